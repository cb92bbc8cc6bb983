"""Texts that Python puts together read Chinese, and are said in the language of the page."""

import pytest

from shared.web.i18n import translations
from shared.web.pages import word
from shared.web.phrases import Phrase, cut, joined, phrase, words

ENGLISH = word("en")


def test_a_phrase_reads_chinese_wherever_no_page_says_it() -> None:
    made = phrase("%(years)s 年%(n)s 天", years="2027", n=3)
    assert isinstance(made, str)
    assert made == "2027 年3 天"
    assert f"{made}！" == "2027 年3 天！"


def test_a_page_says_the_pattern_and_the_words_in_it_and_nothing_else() -> None:
    made = phrase("仅限%(posts)s", posts=joined("、", [words("董事长"), "董事长"]))
    assert made == "仅限董事长、董事长"
    # The second is somebody's text that happens to be a word of the program.
    assert ENGLISH(made) == "Only for: Chairman, 董事长"
    assert word("zh-TW")(made) == "僅限董事長、董事长"
    assert word("zh-CN")(made) == "仅限董事长、董事长"


def test_what_stands_in_a_phrase_is_never_taken_for_a_pattern() -> None:
    assert ENGLISH(phrase("制度：%(name)s", name="100%(x)s {y}")) == "Policy: 100%(x)s {y}"


def test_parts_that_are_empty_leave_no_separator() -> None:
    assert joined("，", ["", words(""), "a", "", words("部门")]) == "a，部门"
    assert ENGLISH(joined("", ["a", "b"])) == "ab"
    assert ENGLISH(words("")) == ""
    assert joined("，", []) == ""


@pytest.mark.parametrize("locale", ["en", "zh-TW", "zh-CN"])
def test_a_cut_phrase_is_no_longer_than_asked_in_any_language(locale: str) -> None:
    gettext = translations(locale).gettext
    long = cut(joined("；", [words("董事长")] * 50), 40)
    assert len(long) == 40
    assert len(long.said(gettext)) == 40
    assert long.said(gettext).endswith("…")
    assert cut(words("董事长"), 40).said(gettext) == gettext("董事长")


def test_the_text_of_a_page_is_plain_again() -> None:
    assert type(ENGLISH(words("董事长"))) is str
    assert not isinstance(ENGLISH(words("董事长")), Phrase)
