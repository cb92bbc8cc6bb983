"""A1: the directory as an Excel workbook and as text, there and back; every problem by its sheet and row."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from shared.kernel.errors import InvalidDocument
from shared.org.document import read_directory
from shared.org.model import Absence, Assignment, Directory, Post
from shared.org.workbook import COLUMNS, read_workbook, to_xlsx, to_yaml
from tests.kit.story import DEMO, at


def changed() -> Directory:
    """The demo directory with a hand-over, a gap, an absence and a name that looks like a formula."""
    assignments: list[Assignment] = []
    for one in DEMO.assignments:
        if (one.post, one.scope, one.unit) == (Post.department_head, "property-south", "property"):
            assignments.append(one.model_copy(update={"until": at("03-08 18:00")}))
            assignments.append(one.model_copy(update={"person": "yuan.bin", "since": at("03-09 08:00:01")}))
        else:
            assignments.append(one)
    other = {"name": "=1+1", "email": "wu.gang@example.cn"}
    people = [one.model_copy(update=other) if one.id == "wu.gang" else one for one in DEMO.people]
    absence = Absence(person="sun.li", delegate="gao.feng", since=at("03-01 00:00"), until=None)
    return DEMO.with_changes(assignments=assignments, people=people, absences=[absence])


@pytest.mark.parametrize("directory", [DEMO, changed()], ids=["demo", "changed"])
def test_what_was_exported_is_imported_again_without_loss(directory: Directory) -> None:
    assert read_workbook(to_xlsx(directory)) == directory
    assert read_directory(to_yaml(directory)) == directory


def edited(**cells: Any) -> bytes:
    """The demo workbook with cells changed: `people_B3="…"`."""
    book = load_workbook(BytesIO(to_xlsx(DEMO)))
    for place, value in cells.items():
        sheet, _, cell = place.rpartition("_")
        book[sheet][cell] = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def row_of(sheet: str, first: str) -> int:
    rows = load_workbook(BytesIO(to_xlsx(DEMO)))[sheet].iter_rows(values_only=True)
    return next(number for number, row in enumerate(rows, 1) if row[0] == first)


@pytest.mark.parametrize(
    ("cells", "place", "reason"),
    [
        ({"people_A3": "sun.li"}, "people!3", "sun.li is there twice"),
        ({"people_A3": None}, "people!3", "id is missing"),
        ({"people_D2": "nobody"}, "people!2", "email"),
        ({"people_D1": "salary"}, "people!1", "unknown column salary"),
        ({"companies_C2": "local"}, "companies!2", "kind is regional or property"),
        ({"departments_A2": "west"}, "departments!2", "'west' is not among the companies"),
        ({"projects_C2": "west"}, "projects!2", "company 'west' is no regional company"),
        ({"projects_G2": "soon"}, "projects!2", "opened_on"),
        ({"posts_A2": "janitor"}, "posts!2", "'janitor' is no post"),
        ({"posts_B2": "south"}, "posts!2", "there is no 'south'"),
        ({"posts_D2": "no.one"}, "posts!2", "no.one is not among the people"),
        ({"posts_D2": None}, "posts!2", "names no person"),
        ({"posts_E2": "soon"}, "posts!2", "soon"),
        ({"posts_E2": datetime(2026, 3, 2), "posts_F2": datetime(2026, 3, 1)}, "posts!2", "leaves before he starts"),
        ({"absences_A2": "sun.li", "absences_B2": "2026-03-02", "absences_D2": "sun.li"}, "absences!2", "his own"),
    ],
)
def test_a_wrong_row_is_told_by_sheet_and_row(cells: dict[str, Any], place: str, reason: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        read_workbook(edited(**cells), file="d.xlsx")
    found = [line for line in caught.value.problems if line.startswith(f"d.xlsx:{place}: ")]
    assert found, caught.value.problems
    assert any(reason in line for line in found), found


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidDocument) as caught:
        read_workbook(edited(people_A3="sun.li", companies_C2="local", posts_A2="janitor"), file="d.xlsx")
    assert len({line.split(": ")[0] for line in caught.value.problems}) >= 3


def test_a_missing_and_an_unknown_sheet_are_told() -> None:
    book = load_workbook(BytesIO(to_xlsx(DEMO)))
    del book["posts"]
    book.create_sheet("wages")
    with pytest.raises(InvalidDocument) as caught:
        read_workbook(saved(book), file="d.xlsx")
    text = "\n".join(caught.value.problems)
    assert "d.xlsx:posts!1: the sheet posts is missing" in text
    assert "d.xlsx:wages!1: unknown sheet wages" in text


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidDocument):
        read_workbook(content)


def test_dates_and_numbers_as_excel_writes_them_are_understood() -> None:
    row = row_of("people", "wu.gang")
    book = load_workbook(BytesIO(edited(**{f"people_C{row}": 13800000018, "projects_G2": datetime(2019, 5, 1)})))
    assert read_workbook(saved(book)) == DEMO


def test_there_is_a_sheet_for_each_kind_of_thing() -> None:
    assert load_workbook(BytesIO(to_xlsx(DEMO))).sheetnames == list(COLUMNS)
