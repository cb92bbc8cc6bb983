"""Approved templates with short variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.wording import LONGEST, BadMapping, filled, read_mapping

NUMBERS = [f"TS20260302-{number:04}" for number in range(1, 13)]

GOOD = """
sign = "金碧集团"
[templates."order.issued"]
code = "SMS_1"
variables = { order = "{order}", numbers = "{numbers}" }
[templates."reminder.daily"]
code = "SMS_2"
sign = "金碧售后"
longest = 20
variables = { count = "{count}", numbers = "{numbers}" }
[templates."report.*"]
code = "SMS_3"
"""


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "TS20260302-0001"),
        (2, "TS20260302-0001、TS20260302-0002"),
        (3, "TS20260302-0001、TS20260302-0002等3件"),
        (12, "TS20260302-0001、TS20260302-0002等12件"),
    ],
)
def test_a_list_that_does_not_fit_says_how_many_there_are(count: int, text: str) -> None:
    assert filled("{numbers}", NUMBERS[:count], {}, LONGEST) == text
    assert len(text) <= LONGEST


def test_where_no_number_fits_the_count_is_left() -> None:
    assert filled("{numbers}", NUMBERS, {}, 10) == "12件"


@given(
    st.lists(st.text(max_size=40), max_size=30),
    st.text(max_size=100),
    st.sampled_from(["{numbers}", "{order}", "{numbers}（{order}）", "{number}", "{link}"]),
    st.integers(1, 50),
)
def test_a_variable_is_never_empty_nor_too_long(numbers: list[str], word: str, made_of: str, longest: int) -> None:
    text = filled(made_of, numbers, {"order": word, "link": word}, longest)
    assert 1 <= len(text) <= longest
    assert not set(text) & set("【】\n")


def test_a_links_address_stands_in_the_template_and_its_key_in_the_variable() -> None:
    assert filled("{key}", [], {"link": "https://ccrm.example.cn/t/abcdefgh"}, LONGEST) == "abcdefgh"


def test_an_entry_may_stand_for_all_reports() -> None:
    mapping = read_mapping(GOOD)
    named = ("order.issued", "reminder.daily", "report.monthly", "urge.leader")
    found = [mapping.find(name) for name in named]
    assert [one and (one.code, one.sign, one.longest) for one in found] == [
        ("SMS_1", "金碧集团", 35), ("SMS_2", "金碧售后", 20), ("SMS_3", "金碧集团", 35), None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no"),
        ("[templates", "Expected"),
        ('[templates."a"]\ncode = "1"', "sign is missing"),
        ('sign = "x"\n[templates."a"]\n', "code is missing"),
        ('sign = "【x】"\n[templates."a"]\ncode = "1"', "without 【】"),
        ('sign = "x"\n[templates."a"]\ncode = "1"\nvars = {}', "unknown key vars"),
        ('sign = "x"\n[templates."a"]\ncode = "1"\nlongest = 0', "longest"),
        ('sign = "x"\n[templates."a"]\ncode = "1"\nvariables = { n = "{nummer}" }', "{nummer} is none of"),
        ('sign = "x"\n[templates."a"]\ncode = "1"\nvariables = { n = "{" }', "variable n"),
        ('sign = "x"\n[templates."a"]\ncode = "1"\nvariables = { n = "{numbers.__class__}" }', "is none of"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(text: str, why: str) -> None:
    with pytest.raises(BadMapping, match=why.replace("{", r"\{").replace("}", r"\}")):
        read_mapping(text)
