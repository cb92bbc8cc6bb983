"""A list of a page: filters, sorting, paging, and the same rows as CSV or Excel."""

import csv
import io
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Literal
from urllib.parse import urlencode

import xlsxwriter
from fastapi import Request
from starlette.responses import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 25
AT_ONCE = 200
MOST_EXPORTED = 5000
_NUMBER = re.compile(r"(-?[\d,]+(?:\.\d+)?)\s*(?:元|%|天|星|条|分)?")

Row = Mapping[str, Any]
Read = Callable[[str | None, int], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Column:
    """`text` gives the plain words of a cell, for screen, export and sorting alike.

    `href` makes a link of the cell. `kind` is how it looks: a number to the right, a tag, a running clock.
    """

    title: str
    text: Callable[[Row], Any]
    href: Callable[[Row], str | None] | None = None
    kind: Literal["text", "num", "tag", "due", "fixed"] = "text"
    tone: Callable[[Row], str] | None = None


@dataclass(frozen=True)
class Filter:
    """A field of the filter form. With `options` (value, label) a choice, else a text or a date."""

    name: str
    title: str
    options: Sequence[tuple[str, str]] | None = None
    kind: Literal["search", "date", "month", "choice"] = "choice"


@dataclass(frozen=True)
class Listing:
    """A list as it was asked for. `query` is what the address asked for; `next` the cursor of the page after this one.

    `rows` are one page of it, or all of it where `whole` read them to be sorted: then `?sort=2` is by the third column,
    `-2` backwards, and the cursor counts rows; so it does where `in_memory` says that the rows are always all of it.
    `empty` says what there would be to see. `late` marks a row.
    """

    title: str
    path: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    query: Mapping[str, str]
    filters: Sequence[Filter] = ()
    next: str | None = None
    empty: str = "没有记录。"
    late: Callable[[Row], bool] = lambda row: False
    total: int | None = None
    live: bool = True
    exports: bool = True
    in_memory: bool = False

    @property
    def filtered(self) -> bool:
        return any(self.query.get(one.name) for one in self.filters)

    @property
    def later(self) -> bool:
        return bool(self.query.get("cursor"))

    def link(self, **changed: str | None) -> str:
        """The address of this list with something else asked for; a new order or filter begins at the first page."""
        asked = {**self.query, **changed}
        if "cursor" not in changed:
            asked.pop("cursor", None)
        kept = {key: value for key, value in asked.items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def here(self) -> str:
        return self.link(cursor=self.query.get("cursor"))

    @property
    def _sorts(self) -> tuple[Column, bool] | None:
        """The column that was asked for, and whether backwards."""
        wanted = self.query.get("sort", "")
        number = wanted.removeprefix("-")
        if not (number.isascii() and number.isdigit() and len(number) < 3 and int(number) < len(self.columns)):
            return None
        return self.columns[int(number)], wanted.startswith("-")

    @cached_property
    def ordered(self) -> Sequence[Row]:
        """All rows that were read, in the order asked for; what is empty comes last either way."""
        if self._sorts is None:
            return self.rows
        column, backwards = self._sorts
        keyed = [(_key(column.text(row)), row) for row in self.rows]
        filled = sorted((one for one in keyed if one[0] is not None), key=itemgetter(0), reverse=backwards)
        return [row for _, row in filled] + [row for key, row in keyed if key is None]

    @property
    def _counts(self) -> bool:
        """Whether all rows are here, and the cursor says with which the page begins."""
        return self.in_memory or self._sorts is not None

    @property
    def shown(self) -> Sequence[Row]:
        """The rows of this page."""
        first = first_of(self.query.get("cursor"))
        return self.ordered[first : first + PER_PAGE] if self._counts else self.ordered

    @property
    def following(self) -> str | None:
        """The cursor of the page after this one."""
        if not self._counts:
            return self.next
        after = first_of(self.query.get("cursor")) + PER_PAGE
        return str(after) if after < len(self.rows) else None

    @property
    def cut(self) -> bool:
        """Whether there is more than can be sorted at once."""
        return self._sorts is not None and self.next is not None

    def sort_link(self, column: Column) -> str:
        number = self.columns.index(column)
        return self.link(sort=f"-{number}" if self.query.get("sort") == str(number) else str(number))

    def sorted_by(self, column: Column) -> str | None:
        """ascending or descending, as aria-sort has it."""
        if self._sorts is None or self._sorts[0] is not column:
            return None
        return "descending" if self._sorts[1] else "ascending"


async def whole(read: Read, query: Mapping[str, str], form: str | None) -> dict[str, Any]:
    """What `read(cursor, limit)` gives for a page; for an export, or to be sorted, page after page up to a limit."""
    if not form and "sort" not in query:
        return await read(query.get("cursor"), PER_PAGE)
    items: list[Any] = []
    cursor: str | None = None
    while True:
        page = await read(cursor, AT_ONCE)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None or len(items) >= MOST_EXPORTED:
            return {**page, "items": items}


def first_of(cursor: str | None) -> int:
    """The number of the first row of a page, where a cursor counts rows."""
    return int(cursor) if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) < 7 else 0


def _key(value: Any) -> tuple[int, float, str] | None:
    """Numbers by their size, also with a unit behind them, before words."""
    if value is None or value in ("", "—"):
        return None
    if isinstance(value, int | float):
        return 0, float(value), ""
    number = _NUMBER.fullmatch(str(value))
    return (0, float(number[1].replace(",", "")), "") if number else (1, 0.0, str(value))


def asked(request: Request, *names: str, longest: int = 200) -> dict[str, str]:
    """What a list's address asks for under these names, besides sort and cursor. What is empty asks for nothing."""
    given = {name: request.query_params.get(name, "").strip()[:longest] for name in (*names, "sort", "cursor")}
    return {name: value for name, value in given.items() if value}


def export_of(request: Request) -> Literal["csv", "xlsx"] | None:
    """The form in which the whole list was asked for (?export=csv), None for a page."""
    match request.query_params.get("export"):
        case "csv":
            return "csv"
        case "xlsx":
            return "xlsx"
    return None


def exported(listing: Listing, form: Literal["csv", "xlsx"], name: str) -> Response:
    """The rows as a file. A spreadsheet never takes a cell for a formula: what people wrote stays text."""
    heads = [column.title for column in listing.columns]
    rows = [[_plain(column.text(row)) for column in listing.columns] for row in listing.ordered]
    body, kind = (_csv(heads, rows), "text/csv; charset=utf-8") if form == "csv" else (_xlsx(heads, rows), XLSX)
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'})


def _plain(value: Any) -> str | int | float:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) else "" if value is None else str(value)
    )


def _csv(heads: list[str], rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    # Excel takes a file without this mark for something else than UTF-8.
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless(cell: Any) -> Any:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _xlsx(heads: list[str], rows: Iterable[list[Any]]) -> bytes:
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, heads, bold)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, 18)
    return made.getvalue()
