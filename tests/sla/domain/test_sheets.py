"""Files that administrators hand in: every problem by its line; cells that spreadsheets would run are text."""

import pytest

from services.sla.domain.sheets import decoded, read_bases, read_calendar, safe_cell, written
from shared.kernel.errors import InvalidDocument

HEAD = "day,working,note\n"


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        read_calendar(text, "f.csv")
    return caught.value.problems


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "是"])
def test_a_day_reads_with_or_without_its_note(word: str) -> None:
    (line,) = read_calendar(f"{HEAD}2027-01-04,{word}\n\n", "f.csv")
    assert (line.line, str(line.day), line.working, line.note) == (2, "2027-01-04", True, "")


def test_every_problem_is_told_by_its_line() -> None:
    found = problems(
        f"{HEAD}2027-02-30,1,x\n2027-01-04,maybe,\n2027-01-05,0,\n2027-01-05,1,\n2027/01/06,1,\n20270107,1,\n,,\n1\n"
    )
    assert [line.split(": ")[0] for line in found] == [f"f.csv:{number}" for number in (2, 3, 5, 6, 7, 9)]


@pytest.mark.parametrize("text", ["", "day,working\n", "2027-01-01,1,\n", '"day', f'{HEAD}"2027-01-01\n'])
def test_what_is_no_such_list_is_refused(text: str) -> None:
    assert problems(text)[0].startswith("f.csv:")


def test_a_spreadsheet_s_encodings_are_read() -> None:
    for content in ("\ufeffday,春节".encode(), "day,春节".encode("gb18030")):
        assert decoded(content, "f") == "day,春节"
    with pytest.raises(InvalidDocument):
        decoded(b"\xff\xff\xff", "f")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("nobody,2026-03,8000", "person"),
        ("wu.gang,2026-13,8000", "month"),
        ("wu.gang,2026-03,-1", "yuan"),
        ("wu.gang,2026-03,1.005", "yuan"),
        ("wu.gang,2026-03,1e9", "yuan"),
        ("wu.gang,2026-03,10000001", "yuan"),
        ("wu.gang,2026-03,", "yuan"),
    ],
)
def test_a_base_that_cannot_be_is_refused_by_its_field(line: str, field: str) -> None:
    with pytest.raises(InvalidDocument, match=f"f.csv:3: {field}:"):
        read_bases(f"person,month,yuan\nwu.gang,2026-02,0\n{line}\n", "f.csv", ["wu.gang"])


def test_bases_read_to_the_fen_and_none_twice() -> None:
    (line,) = read_bases("person,month,yuan\nwu.gang,2026-03,8000.5\n", "f.csv", ["wu.gang"])
    assert (line.person, line.month, line.fen) == ("wu.gang", "2026-03", 800_050)
    with pytest.raises(InvalidDocument, match=r"f\.csv:3: .*第 2 行"):
        read_bases("person,month,yuan\nwu.gang,2026-03,1\nwu.gang,2026-03,2\n", "f.csv", ["wu.gang"])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_text_that_would_be_a_formula_is_marked(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_numbers_and_plain_texts_stay() -> None:
    assert written([("a", -5, "张三，“a”", 'x"y')]) == 'a,-5,张三，“a”,"x""y"\r\n'
