"""A directory file (YAML) read into a Directory, with every problem told by its line; nothing half read."""

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError

from shared.kernel.errors import InvalidDocument
from shared.org.model import Absence, Assignment, Company, Department, Directory, Person, Post, Project

GROUP_POSTS = {
    "deputy_general_manager": Post.deputy_general_manager,
    "general_manager": Post.general_manager,
    "vice_president": Post.vice_president,
    "auditor": Post.auditor,
    "hr_centre": Post.hr_centre,
    "finance_centre": Post.finance_centre,
}
REQUIRED_GROUP_POSTS = ("deputy_general_manager", "general_manager")


class Lines(dict[str, Any]):
    """A mapping that remembers where each key stands: its line, or the row of a sheet."""

    lines: dict[str, "int | Row"]
    line: "int | Row"


class Row(NamedTuple):
    """A row of a sheet, as an Excel file has its places."""

    sheet: str
    number: int

    def __str__(self) -> str:
        return f"{self.sheet}!{self.number}"


class _Loader(yaml.SafeLoader):
    """Without aliases: a few lines of them unfold to more than a memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=mark)
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lines:
    loader.flatten_mapping(node)
    result = Lines()
    result.line = node.start_mark.line + 1
    result.lines = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        result[key] = loader.construct_object(value_node, deep=True)
        result.lines[key] = key_node.start_mark.line + 1
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_directory(text: str, *, file: str = "directory") -> Directory:
    """The directory of a YAML text. Raises InvalidDocument with one line a problem ("file:line: reason")."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader subclass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InvalidDocument([f"{file}:{mark.line + 1 if mark else 1}: not YAML: {error}"]) from None
    except (ValueError, RecursionError) as error:  # a date that is none, nesting without end
        raise InvalidDocument([f"{file}:1: not YAML: {error}"]) from None
    return directory_from(document, file=file)


def directory_from(document: Any, *, file: str = "directory") -> Directory:
    """As read_directory, from what YAML made of the file (or of an inline `org:`)."""
    reader = _Reader(file)
    directory = reader.read(document)
    if reader.problems or directory is None:
        raise InvalidDocument([text for _, text in sorted(reader.problems)])
    return directory


Sorted = tuple[str, int]
"""Where a problem stands: the sheet (none in a text), and the line or row."""


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[tuple[Sorted, str]] = []
        self.assignments: list[Assignment] = []
        self.people: dict[str, Person] = {}
        self.listed = False
        self.zone = ZoneInfo("Asia/Shanghai")

    def problem(self, node: Any, key: str | None, reason: str) -> None:
        place: int | Row = node.lines.get(key or "", node.line) if isinstance(node, Lines) else 1
        order = place if isinstance(place, Row) else ("", place)
        self.problems.append((order, f"{self.file}:{place}: {reason}"))

    def read(self, doc: Any) -> Directory | None:
        if not isinstance(doc, dict):
            self.problem(doc, None, "a directory is a mapping of group, companies and projects")
            return None
        known = {
            "group",
            "timezone",
            "group_service_centre",
            "companies",
            "projects",
            "people",
            "absences",
            "categories_003",
        }
        for key in doc.keys() - known:
            self.problem(doc, key, f"unknown key {key}")
        timezone = doc.get("timezone", "Asia/Shanghai")
        try:
            self.zone = ZoneInfo(str(timezone))
        except (KeyError, ValueError):
            self.problem(doc, "timezone", f"no time zone is named {timezone!r}")
        group = doc.get("group") or {}
        if not isinstance(group, dict) or not group.get("id"):
            self.problem(doc, "group", "group needs an id and a name")
            group = {"id": "group"}
        self.read_people(doc)
        self.read_group_posts(doc, str(group["id"]))
        companies = self.read_companies(doc)
        projects = self.read_projects(doc, {c.id: c for c in companies})
        absences = self.read_absences(doc)
        return Directory(
            group=str(group["id"]),
            group_name=str(group.get("name", group["id"])),
            timezone=str(timezone) if not self.problems else "Asia/Shanghai",
            companies=companies,
            projects=projects,
            people=list(self.people.values()),
            assignments=self.assignments,
            absences=absences,
        )

    def read_people(self, doc: Any) -> None:
        people = doc.get("people")
        if people is None:
            return
        self.listed = True
        if not isinstance(people, dict):
            self.problem(doc, "people", "people is a mapping of person id to name and mobile")
            return
        for person_id, entry in people.items():
            entry = entry or {}
            try:
                self.people[person_id] = Person(id=person_id, **{"name": person_id, **entry})
            except (ValidationError, TypeError) as error:
                self.problem(people, person_id, f"person {person_id}: {_first(error)}")

    def read_group_posts(self, doc: Any, group_id: str) -> None:
        centre = doc.get("group_service_centre")
        if not isinstance(centre, dict):
            self.problem(doc, "group_service_centre", "group_service_centre with its posts is missing")
            return
        for key in REQUIRED_GROUP_POSTS:
            if not centre.get(key):
                self.problem(centre, key, f"group_service_centre: post {key} is missing")
        for key, value in centre.items():
            post = GROUP_POSTS.get(key)
            if post is None:
                self.problem(centre, key, f"group_service_centre: unknown post {key}")
            elif value:
                self.hold(centre, key, value, post, group_id, None)

    def read_companies(self, doc: Any) -> list[Company]:
        companies: list[Company] = []
        for entry in self.entries(doc, "companies"):
            company_id, departments = str(entry["id"]), []
            for key in ("departments", "leaders"):
                if not isinstance(entry.get(key) or {}, dict):
                    self.problem(entry, key, f"company {company_id}: {key} is a mapping")
                    entry[key] = {}
            if not entry.get("chairman"):
                self.problem(entry, None, f"company {company_id}: post chairman is missing")
            else:
                self.hold(entry, "chairman", entry["chairman"], Post.chairman, company_id, None)
            for department_id, department in (entry.get("departments") or {}).items():
                if not isinstance(department, dict) or not department.get("head"):
                    self.problem(
                        department if isinstance(department, dict) else entry.get("departments"),
                        department_id if not isinstance(department, dict) else None,
                        f"company {company_id}: department {department_id} has no head",
                    )
                    continue
                departments.append(Department(id=department_id, name=str(department.get("name", department_id))))
                self.hold(department, "head", department["head"], Post.department_head, company_id, department_id)
            for field, leader in (entry.get("leaders") or {}).items():
                self.hold(entry["leaders"], field, leader, Post.supervising_leader, company_id, field)
            kind = entry.get("kind")
            if kind not in ("regional", "property"):
                self.problem(entry, "kind", f"company {company_id}: kind is regional or property, not {kind!r}")
                continue
            companies.append(
                Company(id=company_id, name=str(entry.get("name", company_id)), kind=kind, departments=departments)
            )
        return companies

    def read_projects(self, doc: Any, companies: dict[str, Company]) -> list[Project]:
        projects: list[Project] = []
        for entry in self.entries(doc, "projects"):
            project_id = str(entry["id"])
            for key, kind in (("company", "regional"), ("property_company", "property")):
                company = companies.get(str(entry.get(key)))
                if company is None or company.kind != kind:
                    self.problem(entry, key, f"project {project_id}: {key} {entry.get(key)!r} is no {kind} company")
            for officer in entry.get("officers") or []:
                self.hold(entry, "officers", officer, Post.service_officer, project_id, None)
            if entry.get("general_manager"):
                self.hold(
                    entry, "general_manager", entry["general_manager"], Post.project_general_manager, project_id, None
                )
            elif entry.get("city_tier") == "third_tier":
                self.problem(entry, None, f"project {project_id}: post general_manager is missing (third_tier)")
            try:
                projects.append(Project(**{k: v for k, v in entry.items() if k not in ("officers", "general_manager")}))
            except ValidationError as error:
                self.problem(entry, None, f"project {project_id}: {_first(error)}")
        return projects

    def read_absences(self, doc: Any) -> list[Absence]:
        """D5: who is away, and who acts for him."""
        absences: list[Absence] = []
        entries = doc.get("absences") or []
        if not isinstance(entries, list):
            self.problem(doc, "absences", "absences is a list of {person, from, until, delegate}")
            return []
        for entry in entries:
            if not isinstance(entry, dict):
                self.problem(doc, "absences", f"{entry!r} is not {{person, from, until, delegate}}")
                continue
            known = len(self.problems)
            for key in entry.keys() - {"person", "from", "until", "delegate"}:
                self.problem(entry, key, f"unknown key {key}")
            for key in ("person", "delegate"):
                if not isinstance(entry.get(key), str) or entry[key] not in self.people:
                    self.problem(entry, key, f"absence: {key} {entry.get(key)!r} is not among the people")
            if entry.get("person") == entry.get("delegate"):
                self.problem(entry, "delegate", f"absence: {entry.get('person')} cannot be his own delegate")
            try:
                since, until = self.moment(entry.get("from")), self.moment(entry.get("until"))
            except ValueError as error:
                self.problem(entry, None, f"absence: {error}")
                continue
            if since is None:
                self.problem(entry, None, "absence: from is missing")
            elif until is not None and until <= since:
                self.problem(entry, "until", f"absence of {entry.get('person')} ends before it begins")
            elif len(self.problems) == known:
                absences.append(Absence(person=entry["person"], delegate=entry["delegate"], since=since, until=until))
        return absences

    def entries(self, doc: Any, key: str) -> list[Any]:
        entries, seen = doc.get(key), set()
        if not isinstance(entries, list) or not entries:
            self.problem(doc, key, f"{key} is missing")
            return []
        good = []
        for entry in entries:
            if not isinstance(entry, dict) or not entry.get("id"):
                self.problem(entry if isinstance(entry, dict) else doc, key, f"an entry of {key} has no id")
            elif entry["id"] in seen:
                self.problem(entry, "id", f"{key}: {entry['id']} is there twice")
            else:
                seen.add(entry["id"])
                good.append(entry)
        return good

    def hold(self, node: Any, key: str, value: Any, post: Post, scope: str, unit: str | None) -> None:
        """One holder, or a list of {person, from, until} where the post changes hands."""
        for part in value if isinstance(value, list) else [value]:
            terms = part if isinstance(part, dict) else {"person": part}
            place = part if isinstance(part, Lines) else node
            person_id = terms.get("person")
            if not isinstance(person_id, str) or not person_id:
                self.problem(place, key, f"{key}: {part!r} names no person")
                continue
            if self.listed and person_id not in self.people:
                self.problem(place, key, f"{key}: {person_id} is not among the people")
                continue
            self.people.setdefault(person_id, Person(id=person_id, name=person_id))
            try:
                since, until = self.moment(terms.get("from")), self.moment(terms.get("until"))
            except ValueError as error:
                self.problem(place, key, f"{key}: {error}")
                continue
            if since and until and since >= until:
                self.problem(place, key, f"{key}: {person_id} leaves before he starts")
                continue
            self.assignments.append(
                Assignment(post=post, scope=scope, unit=unit, person=person_id, since=since, until=until)
            )

    def moment(self, value: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - made aware below
        else:
            moment = datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
