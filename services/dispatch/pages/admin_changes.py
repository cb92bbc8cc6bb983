"""A1: the directory changed: a post handed over, a file taken after a look at what it changes."""

import base64
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.domain.places import scopes_of, units_of
from services.dispatch.pages.admin_directory import PATH
from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.pages.directory_words import place_name, problem, told, unit_name
from services.dispatch.usecases.directory_file import MOST_BYTES, preview
from shared.kernel.errors import Code, Refused
from shared.org.model import POST_LABELS, Directory, Post
from shared.web.console import MANAGERS, Viewer
from shared.web.listing import asked
from shared.web.upload import receive

router = APIRouter()

ASKED = ("post", "scope", "unit", "person")


@router.get(PATH + "/hand-over")
async def hand_over(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    """The form, in a dialog or on a page of its own; who has only one post to choose from has it chosen."""
    viewer.require(MANAGERS)
    query, directory = asked(request, *ASKED), viewer.directory
    chosen = Post(query["post"]) if query.get("post") in set(Post) else None
    known = chosen is not None and query.get("scope", "") in scopes_of(directory, chosen)
    if any(query.values()) and not known:
        raise Refused(Code.not_found, "没有这个岗位，可能已在新的组织机构中取消")
    within = request.headers.get("hx-request") == "true"
    return pages.render(
        request,
        "parts/hand_over.html" if within else "hand_over.html",
        viewer=viewer,
        path=PATH,
        chosen={name: query.get(name, "") for name in ASKED} if known else {},
        title=_post_title(directory, query) if known else "",
        holder=directory.name_of(query["person"]) if query.get("person") else "",
        posts=list(POST_LABELS.items()),
        scopes=_scopes(directory),
        units=_units(directory),
        done="stay" if within else PATH,
    )


@router.get(PATH + "/import")
async def choose_file(request: Request, viewer: Viewing) -> Response:
    viewer.require(MANAGERS)
    return _import_page(request, viewer)


@router.post(PATH + "/import")
async def look_at_file(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    """What the file would change; nothing is changed yet."""
    viewer.require(MANAGERS)
    with TemporaryDirectory() as folder:
        given = await receive(request, Path(folder), MOST_BYTES, head=0)
        content = given.path.read_bytes()
    name = (given.name or "directory").rpartition("/")[2].rpartition("\\")[2][:200] or "directory"
    found = await preview(room, viewer.actor, name, content)
    lines = [told(one, found.directory or viewer.directory, viewer) for one in found.changes]
    return _import_page(
        request,
        viewer,
        status=422 if found.problems else 200,
        name=name,
        found=found,
        problems=[problem(one) for one in found.problems],
        lines=lines,
        rewrites=sum(line["rewrites"] for line in lines),
        counts=_counts(lines),
        content=base64.b64encode(content).decode() if lines and not found.problems else "",
    )


def _import_page(request: Request, viewer: Viewer, *, status: int = 200, **given: Any) -> Response:
    empty: dict[str, Any] = {
        "name": "",
        "found": None,
        "problems": [],
        "lines": [],
        "rewrites": 0,
        "counts": [],
        "content": "",
    }
    data = {**empty, **given}
    return pages.render(request, "directory_import.html", status=status, viewer=viewer, path=PATH, **data)


def _counts(lines: list[dict[str, Any]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for line in lines:
        found[f"{line['act']}{line['sheet']}"] = found.get(f"{line['act']}{line['sheet']}", 0) + 1
    return list(found.items())


def _post_title(directory: Directory, query: dict[str, str]) -> str:
    scope, unit = query["scope"], query.get("unit")
    where = " · ".join(part for part in (place_name(directory, scope), unit_name(directory, scope, unit)) if part)
    return f"{where} {POST_LABELS[Post(query['post'])]}"


def _scopes(directory: Directory) -> list[tuple[str, str]]:
    ids = [directory.group, *(one.id for one in directory.companies), *(one.id for one in directory.projects)]
    return [(one, place_name(directory, one)) for one in ids]


def _units(directory: Directory) -> list[tuple[str, str]]:
    """Departments and supervised fields, each once: which company has which, the hand-over itself says."""
    found: dict[str, str] = {}
    for company in directory.companies:
        for post in (Post.department_head, Post.supervising_leader):
            for unit in sorted(units_of(directory, post, company.id)):
                found.setdefault(unit, unit_name(directory, company.id, unit))
    return list(found.items())
