"""A1: the directory as an Excel workbook, one sheet a kind of thing, and back; the rules are those of the text file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from shared.kernel.errors import InvalidDocument
from shared.org.document import GROUP_POSTS, Lines, Row, Sorted, directory_from
from shared.org.model import Assignment, Directory, Post

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "group": ("id", "name", "timezone"),
    "people": ("id", "name", "mobile", "email"),
    "companies": ("id", "name", "kind"),
    "departments": ("company", "id", "name"),
    "projects": (
        "id", "name", "company", "property_company", "city", "city_tier", "opened_on", "last_handover_on", "timezone",
        "policy", "working_hours",
    ),
    "posts": ("post", "scope", "unit", "person", "from", "until"),
    "absences": ("person", "from", "until", "delegate"),
}  # fmt: skip
"""The sheets and their columns. `scope` is the group, a company or a project; `unit` the department or the field."""

MOST_ROWS = 20_000
"""In one sheet. What a file says of its own size is not believed: a cell in the last row would be a million rows."""

_KEYS = {post: key for key, post in GROUP_POSTS.items()}
_DAYS = ("opened_on", "last_handover_on")


def document_of(directory: Directory) -> dict[str, Any]:
    """The directory as the text file has it."""
    held: dict[tuple[Post, str], dict[str | None, list[Assignment]]] = {}
    for one in directory.assignments:
        held.setdefault((one.post, one.scope), {}).setdefault(one.unit, []).append(one)

    def holder(post: Post, scope: str, unit: str | None = None) -> Any:
        terms = [_terms(one, directory) for one in held.get((post, scope), {}).get(unit, ())]
        return terms[0] if len(terms) == 1 and isinstance(terms[0], str) else terms

    centre = {_KEYS[post]: holder(post, scope) for post, scope in held if post in _KEYS}
    companies = []
    for company in directory.companies:
        units = {
            unit.id: {"name": unit.name, "head": holder(Post.department_head, company.id, unit.id)}
            for unit in company.departments
        }
        leaders = held.get((Post.supervising_leader, company.id), {})
        companies.append(
            {
                "id": company.id,
                "name": company.name,
                "kind": company.kind,
                "chairman": holder(Post.chairman, company.id),
                "departments": units,
                "leaders": {field: holder(Post.supervising_leader, company.id, field) for field in leaders},
            }
        )
    projects = []
    for project in directory.projects:
        manager = holder(Post.project_general_manager, project.id)
        officers = holder(Post.service_officer, project.id)
        projects.append(
            project.model_dump(exclude_none=True)
            | ({"general_manager": manager} if manager else {})
            | {"officers": officers if isinstance(officers, list) else [officers]}
        )
    return {
        "group": {"id": directory.group, "name": directory.group_name},
        "timezone": directory.timezone,
        "group_service_centre": centre,
        "companies": companies,
        "projects": projects,
        "people": {one.id: one.model_dump(exclude={"id"}, exclude_none=True) for one in directory.people},
        "absences": [
            {"person": one.person, **_span(one.since, one.until, directory), "delegate": one.delegate}
            for one in directory.absences
        ],
    }


def to_yaml(directory: Directory) -> str:
    text: str = yaml.safe_dump(document_of(directory), allow_unicode=True, sort_keys=False, width=120)
    return text


def to_xlsx(directory: Directory) -> bytes:
    """The workbook's bytes. Every cell is text or a date, so that nothing in it is taken for a formula."""
    book = Workbook(write_only=True)
    for sheet, columns in COLUMNS.items():
        page = book.create_sheet(sheet)
        page.freeze_panes = "A2"
        header = [WriteOnlyCell(page, value=column) for column in columns]
        for cell in header:
            cell.font = Font(bold=True)
        page.append(header)
        for row in _rows(directory)[sheet]:
            cells = [WriteOnlyCell(page, value=row.get(column)) for column in columns]
            for cell in cells:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
            page.append(cells)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read_workbook(content: bytes, *, file: str = "directory.xlsx") -> Directory:
    """The directory of a workbook. Raises InvalidDocument with one line a problem ("file:sheet!row: reason")."""
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InvalidDocument([f"{file}: not an Excel workbook (.xlsx): {error}"]) from None
    reader = _Sheets(file)
    for sheet in COLUMNS:
        if sheet in book.sheetnames:
            most = len(COLUMNS[sheet]) + 8
            reader.take(sheet, book[sheet].iter_rows(max_row=MOST_ROWS + 1, max_col=most, values_only=True))
        elif sheet != "absences":
            reader.problem(Row(sheet, 1), f"the sheet {sheet} is missing")
    for name in book.sheetnames:
        if name not in COLUMNS:
            reader.problem(Row(name, 1), f"unknown sheet {name}; there are {', '.join(COLUMNS)}")
    book.close()
    # What the rows alone show is told together with what the rules find in the rest.
    try:
        directory = directory_from(reader.document(), file=file)
    except InvalidDocument as invalid:
        raise InvalidDocument([*reader.told(), *invalid.problems]) from None
    if reader.problems:
        raise InvalidDocument(reader.told())
    return directory


class _Sheets:
    """Rows gathered into the shape of the text file, each part knowing its row."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[tuple[Sorted, str]] = []
        self.rows: dict[str, list[Lines]] = {sheet: [] for sheet in COLUMNS}

    def problem(self, place: Row, reason: str) -> None:
        self.problems.append((place, f"{self.file}:{place}: {reason}"))

    def told(self) -> list[str]:
        return [text for _, text in sorted(self.problems)]

    def take(self, sheet: str, rows: Iterable[Sequence[Any]]) -> None:
        header: list[str] = []
        for number, cells in enumerate(rows, 1):
            if number > MOST_ROWS:
                self.problem(Row(sheet, number), f"more than {MOST_ROWS} rows")
                return
            if number == 1:
                header = [str(cell).strip() if cell is not None else "" for cell in cells]
                for name in header:
                    if name and name not in COLUMNS[sheet]:
                        self.problem(Row(sheet, 1), f"unknown column {name}; there are {', '.join(COLUMNS[sheet])}")
                if header[:1] and not set(header) & set(COLUMNS[sheet]):
                    return
                continue
            values = {name: value for name, cell in zip(header, cells, strict=False) if (value := _plain(cell, name))}
            if values:
                self.rows[sheet].append(_placed(values, Row(sheet, number)))

    def document(self) -> Lines:
        group = self.rows["group"][0] if self.rows["group"] else _placed({}, Row("group", 2))
        people = _placed({}, Row("people", 1))
        for row in self.rows["people"]:
            self._put(people, row, _placed({k: v for k, v in row.items() if k != "id"}, row.line))
        companies = [self._company(row) for row in self.rows["companies"]]
        projects = [_placed({"officers": [], **row}, row.line) for row in self.rows["projects"]]
        units: dict[tuple[Any, Any], Lines] = {}
        by_id = {one.get("id"): one for one in companies}
        for row in self.rows["departments"]:
            if (company := by_id.get(row.get("company"))) is None:
                self.problem(_row(row), f"{row.get('company')!r} is not among the companies")
            else:
                unit = _placed({k: v for k, v in row.items() if k == "name"}, row.line)
                self._put(company["departments"], row, unit)
                units[company["id"], row.get("id")] = unit
        centre = _placed({}, Row("posts", 1))
        self._posts(group.get("id"), centre, by_id, units, {one.get("id"): one for one in projects})
        return _placed(
            {
                "group": _placed({k: v for k, v in group.items() if k != "timezone"}, group.line),
                **({"timezone": group["timezone"]} if "timezone" in group else {}),
                "group_service_centre": centre,
                "companies": companies,
                "projects": projects,
                "people": people,
                "absences": self.rows["absences"],
            },
            Row("group", 2),
        )

    def _company(self, row: Lines) -> Lines:
        return _placed({**row, "departments": _placed({}, row.line), "leaders": _placed({}, row.line)}, row.line)

    def _put(self, into: Lines, row: Lines, value: Lines) -> None:
        key = row.get("id")
        if not isinstance(key, str):
            self.problem(_row(row), "id is missing")
        elif key in into:
            self.problem(_row(row), f"{key} is there twice")
        else:
            into[key] = value
            into.lines[key] = row.line

    def _posts(
        self,
        group: Any,
        centre: Lines,
        companies: Mapping[Any, Lines],
        units: Mapping[tuple[Any, Any], Lines],
        projects: Mapping[Any, Lines],
    ) -> None:
        for row in self.rows["posts"]:
            post, scope, unit = (row.get(key) for key in ("post", "scope", "unit"))
            into: Lines | None = None
            key = str(post)
            match post:
                case _ if post in GROUP_POSTS:
                    into = centre if scope in (group, None) else None
                case Post.chairman:
                    into = companies.get(scope)
                case Post.department_head:
                    into, key = units.get((scope, unit)), "head"
                case Post.supervising_leader:
                    company = companies.get(scope)
                    into, key = (company["leaders"] if company is not None else None), str(unit)
                case Post.project_general_manager:
                    into, key = projects.get(scope), "general_manager"
                case Post.service_officer:
                    into, key = projects.get(scope), "officers"
                case _:
                    self.problem(_row(row), f"{post!r} is no post; there are {', '.join(Post)}")
                    continue
            if post == Post.supervising_leader and unit is None:
                self.problem(_row(row), "unit, the field he supervises, is missing")
            elif into is None:
                self.problem(_row(row), f"{post}: there is no {scope!r}" + (f" with {unit!r}" if unit else ""))
            else:
                into.setdefault(key, []).append(
                    _placed({k: v for k, v in row.items() if k in ("person", "from", "until")}, row.line)
                )
                into.lines.setdefault(key, row.line)


def _rows(directory: Directory) -> dict[str, list[dict[str, Any]]]:
    return {
        "group": [{"id": directory.group, "name": directory.group_name, "timezone": directory.timezone}],
        "people": [one.model_dump() for one in directory.people],
        "companies": [one.model_dump(include=set(COLUMNS["companies"])) for one in directory.companies],
        "departments": [
            {"company": company.id, "id": unit.id, "name": unit.name}
            for company in directory.companies
            for unit in company.departments
        ],
        "projects": [one.model_dump() for one in directory.projects],
        "posts": [
            {
                "post": one.post.value,
                "scope": one.scope,
                "unit": one.unit,
                "person": one.person,
                **_span(one.since, one.until, directory),
            }
            for one in directory.assignments
        ],
        "absences": [
            {"person": one.person, **_span(one.since, one.until, directory), "delegate": one.delegate}
            for one in directory.absences
        ],
    }


def _terms(one: Assignment, directory: Directory) -> Any:
    span = _span(one.since, one.until, directory)
    return {"person": one.person, **span} if span else one.person


def _span(since: datetime | None, until: datetime | None, directory: Directory) -> dict[str, str]:
    zone = ZoneInfo(directory.timezone)
    given = {"from": since, "until": until}
    return {key: value.astimezone(zone).isoformat() for key, value in given.items() if value is not None}


def _placed(values: Mapping[str, Any], place: Any) -> Lines:
    made = Lines(values)
    made.line, made.lines = place, dict.fromkeys(values, place)
    return made


def _row(row: Lines) -> Row:
    return row.line if isinstance(row.line, Row) else Row("", row.line)


def _plain(cell: Any, name: str) -> Any:
    """A cell as the text file would have it; an empty one is none."""
    match cell:
        case None:
            return None
        case datetime() if name in _DAYS:
            return cell.date()
        case datetime() | date():
            return cell
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).strip() or None
