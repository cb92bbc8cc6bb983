"""A1: the organisation: who holds what as of a day, people, places."""

from datetime import date, datetime, time
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.domain.places import scopes_of, units_of
from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.pages.directory_words import VALUES, place_name, unit_name
from shared.org.model import POST_LABELS, Assignment, Directory, Post
from shared.web.console import MANAGERS, Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported
from shared.web.pages import local
from shared.web.phrases import joined, phrase, words

router = APIRouter()

PATH = "/admin/directory"
TABS = ((PATH, "岗位"), (f"{PATH}/people", "人员"), (f"{PATH}/places", "公司、部门与项目"))
NOBODY = "空缺"
Row = dict[str, Any]


@router.get(PATH)
async def posts(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "q", "post", "day", "which")
    at = _moment(viewer, query.get("day"), room.clock.now())
    rows = _posts(viewer.directory, at, everything=query.get("which") == "all")
    if query.get("which") == "vacant":
        rows = [row for row in rows if not row["person"]]
    if "post" in query:
        rows = [row for row in rows if row["post"] == query["post"]]
    columns = [
        Column("岗位", lambda row: row["post_name"]),
        Column("单位", lambda row: row["scope_name"]),
        Column("部门或分管领域", lambda row: row["unit_name"]),
        Column("任职人", lambda row: row["person_name"] or NOBODY, kind="tag", tone=_tone),
        Column("自", lambda row: local(row["since"], viewer), kind="fixed"),
        Column("至", lambda row: local(row["until"], viewer), kind="fixed"),
    ]  # fmt: skip
    filters = [
        Filter("q", "姓名、单位或部门", kind="search"),
        Filter("post", "岗位", [(post.value, name) for post, name in POST_LABELS.items()]),
        Filter("day", "截至日期", kind="date"),
        Filter("which", "范围", [("vacant", "仅空缺"), ("all", "含历任与将任")]),
    ]
    note = phrase("截至 %(at)s。交接后，此前的时限与扣罚仍归原任职人。", at=local(at, viewer))
    found = [row for row in rows if _matches(query, row, "person_name", "scope_name", "unit_name", "person")]
    return _listed(request, viewer, PATH, columns, found, query, filters, note)


@router.get(PATH + "/people")
async def people(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query, now, directory = asked(request, "q"), room.clock.now(), viewer.directory
    rows: list[Row] = [
        {
            "id": one.id,
            "name": one.name,
            "mobile": one.mobile if viewer.holds(MANAGERS) else None,
            "posts": joined("、", (_held(directory, held) for held in directory.posts_of(one.id, now))),
            "away": directory.absence_of(one.id, now) is not None,
        }
        for one in directory.people
    ]
    columns = [
        Column("姓名", lambda row: row["name"]),
        Column("编号", lambda row: row["id"], kind="fixed"),
        *([Column("手机", lambda row: row["mobile"], kind="fixed")] if viewer.holds(MANAGERS) else []),
        Column("现任岗位", lambda row: row["posts"]),
        Column("请假", lambda row: "请假中" if row["away"] else "", kind="tag", tone=lambda row: "warn"),
    ]
    found = [row for row in rows if _matches(query, row, "name", "id", "posts")]
    filters = [Filter("q", "姓名、编号或岗位", kind="search")]
    return _listed(request, viewer, f"{PATH}/people", columns, found, query, filters, "")


@router.get(PATH + "/places")
async def places(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query, directory = asked(request, "q", "kind"), viewer.directory
    rows: list[Row] = []
    for company in directory.companies:
        rows.append(
            {"kind": company.kind, "name": company.name, "id": company.id, "of": directory.group_name, "note": ""}
        )
        rows += [
            {"kind": "department", "name": unit.name, "id": unit.id, "of": company.name, "note": ""}
            for unit in company.departments
        ]
    policies = {policy.id: policy.name for policy in room.policies.all()}
    for project in directory.projects:
        of = " / ".join(place_name(directory, one) for one in (project.company, project.property_company))
        last = phrase("末次交付 %(day)s", day=project.last_handover_on) if project.last_handover_on else ""
        bound = policies.get(project.policy or "", project.policy or "")
        note = joined("，", (project.city or "", words(VALUES[project.city_tier]), last, bound))
        rows.append({"kind": "project", "name": project.name, "id": project.id, "of": of, "note": note})
    kinds = {**VALUES, "department": "部门", "project": "项目"}
    columns = [
        Column("类别", lambda row: kinds[row["kind"]], kind="tag"),
        Column("名称", lambda row: row["name"]),
        Column("编号", lambda row: row["id"], kind="fixed"),
        Column("隶属", lambda row: row["of"]),
        Column("说明", lambda row: row["note"]),
    ]
    chosen = [row for row in rows if query.get("kind") in (None, row["kind"])]
    found = [row for row in chosen if _matches(query, row, "name", "id", "of")]
    options = [(one, kinds[one]) for one in ("regional", "property", "department", "project")]
    filters = [Filter("q", "名称、编号或隶属", kind="search"), Filter("kind", "类别", options)]
    return _listed(request, viewer, f"{PATH}/places", columns, found, query, filters, "")


def _listed(
    request: Request, viewer: Viewer, path: str, columns: list[Column], rows: list[Row], query: dict[str, str],
    filters: list[Filter], note: str,
) -> Response:  # fmt: skip
    form = export_of(request)
    list_ = Listing(
        title="组织与岗位",
        path=path,
        columns=columns,
        rows=rows,
        query=query,
        filters=filters,
        in_memory=True,
        total=len(rows),
        exports=viewer.holds(MANAGERS),
    )
    if form:
        viewer.require(MANAGERS)
        return exported(list_, form, path.rpartition("/")[2])
    manages = viewer.holds(MANAGERS)
    return pages.render(
        request, "directory.html", viewer=viewer, list=list_, tabs=TABS, tab=path, path=PATH, note=note, manages=manages
    )


def _tone(row: Any) -> str:
    return "" if row["person"] else "bad"


def _posts(directory: Directory, at: datetime, *, everything: bool) -> list[Row]:
    """Every post with its holder at the instant, by rank of post; one that nobody holds is vacant."""
    terms: dict[tuple[Post, str, str | None], list[Assignment]] = {}
    for post in Post:
        for scope in (one for one in _scopes(directory) if one in scopes_of(directory, post)):
            for unit in _units(directory, post, scope):
                if post is Post.supervising_leader and unit is None:
                    continue
                terms[post, scope, unit] = []
    for one in directory.assignments:
        terms.setdefault((one.post, one.scope, one.unit), []).append(one)
    rows = []
    for (post, scope, unit), held in terms.items():
        now = [one for one in held if one.covers(at)]
        project = directory.project(scope)
        optional = post is Post.project_general_manager and project is not None and project.city_tier != "third_tier"
        shown: list[Assignment | None] = [*(held if everything else now)]
        if not now and not (optional and not held):
            shown.append(None)
        rows += [_row(directory, post, scope, unit, one) for one in shown]
    return rows


def _units(directory: Directory, post: Post, scope: str) -> list[str | None]:
    return [*sorted(units_of(directory, post, scope))] or [None]


def _scopes(directory: Directory) -> list[str]:
    return [directory.group, *(one.id for one in directory.companies), *(one.id for one in directory.projects)]


def _row(directory: Directory, post: Post, scope: str, unit: str | None, one: Assignment | None) -> Row:
    return {
        "post": post.value,
        "post_name": POST_LABELS[post],
        "scope": scope,
        "scope_name": place_name(directory, scope),
        "unit": unit,
        "unit_name": unit_name(directory, scope, unit),
        "person": one.person if one else None,
        "person_name": directory.name_of(one.person) if one else "",
        "since": one.since if one else None,
        "until": one.until if one else None,
    }


def _held(directory: Directory, one: Assignment) -> str:
    where = " · ".join(
        part for part in (place_name(directory, one.scope), unit_name(directory, one.scope, one.unit)) if part
    )
    return joined(" ", (where, words(POST_LABELS[one.post])))


def _matches(query: dict[str, str], row: Row, *names: str) -> bool:
    wanted = query.get("q", "").lower()
    return not wanted or any(wanted in str(row[name] or "").lower() for name in names)


def _moment(viewer: Viewer, text: str | None, now: datetime) -> datetime:
    """The end of the day asked for; now for today, and for what is no day."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = None
    if day is None or day == now.astimezone(viewer.zone).date():
        return now
    return datetime.combine(day, time(23, 59, 59), viewer.zone)
