"""A directory file from a stranger: read or refused, never a failure, never more memory than a directory needs."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.directory_file import MOST_BYTES, MOST_PARTS, MOST_UNPACKED, read_file
from shared.kernel.errors import InvalidDocument
from shared.org.workbook import MOST_ROWS, to_xlsx, to_yaml

DEMO = demo_directory()


def zipped(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def refused(content: bytes, name: str = "d.xlsx") -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        read_file(name, content)
    return caught.value.problems


def test_it_is_known_by_what_is_in_it() -> None:
    assert read_file("any.name", to_xlsx(DEMO)) == DEMO
    assert read_file("any.name", to_yaml(DEMO).encode()) == DEMO
    assert read_file("any.name", b"\xef\xbb\xbf" + to_yaml(DEMO).encode()) == DEMO


def test_what_would_unpack_to_too_much_is_not_unpacked() -> None:
    bomb = zipped({"xl/sharedStrings.xml": b"0" * (MOST_UNPACKED + 1)})
    assert len(bomb) < 100_000
    assert "解压后过大" in refused(bomb)[0]
    assert "解压后过大" in refused(zipped({f"part{n}": b"" for n in range(MOST_PARTS + 1)}))[0]


def test_a_cell_in_the_last_row_is_not_a_million_rows() -> None:
    book = load_workbook(io.BytesIO(to_xlsx(DEMO)))
    book["people"].cell(1_048_576, 1, "far.away")
    made = io.BytesIO()
    book.save(made)
    assert refused(made.getvalue()) == [f"d.xlsx:people!{MOST_ROWS + 1}: more than {MOST_ROWS} rows"]


def test_a_text_that_unfolds_is_refused_at_its_first_alias() -> None:
    text = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(3))
    (problem,) = refused(text.encode(), "d.yaml")
    assert problem.startswith("d.yaml:2: not YAML")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK", b"PK\x03\x04broken", b"\xff\xfe\x00", b"[" * 5000, b"a: 2026-13-45", b"just words", b"- 1\n- 2",
        b"group: {id: g}\ncompanies: [{id: c, departments: [1], leaders: x}]", b"x" * (MOST_BYTES + 1),
        b"group: {id: g}\ngroup_service_centre: {general_manager: {person: [1]}}", b"{? [1]: 2}",
        zipped({"[Content_Types].xml": b"<x/>"}), zipped({"xl/workbook.xml": b"<!DOCTYPE x"}),
    ],
)  # fmt: skip
def test_nonsense_is_a_line_of_what_is_wrong(content: bytes) -> None:
    assert all(line.startswith("d.xlsx:") for line in refused(content))
