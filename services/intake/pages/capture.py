"""Where complaints come in: the officer's capture, an employee's short form, and the customer's own."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.intake.usecases import reads
from services.intake.usecases.capture import Whose, capture_form, open_projects, own_projects
from services.intake.usecases.cases import not_found
from shared.org.model import Directory
from shared.room.room import Room
from shared.web.console import Viewer, allowed, console
from shared.web.edge import room_named
from shared.web.pages import Pages

router = APIRouter()
pages = Pages("services.intake")

Intake = Annotated[Room, Depends(room_named("intake"))]
Viewing = Annotated[Viewer, Depends(console("intake"))]
Project = Annotated[str, Query(max_length=200)]

NEW, HAND_IN = "/intake/new", "/intake/hand-in"


@router.get(NEW)
async def new(request: Request, viewer: Viewing, room: Intake, project: Project = "") -> Response:
    viewer.require(allowed(NEW))
    own = own_projects(viewer.directory, viewer.person, room.clock.now()) or viewer.projects
    projects = open_projects(viewer.directory, own)
    return await _page(request, "capture.html", room, projects, project, "officer", viewer)


@router.get(HAND_IN)
async def hand_in(request: Request, viewer: Viewing, room: Intake, project: Project = "") -> Response:
    viewer.require(allowed(HAND_IN))
    projects = open_projects(viewer.directory)
    near = viewer.projects[0] if viewer.projects else ""
    return await _page(request, "hand_in.html", room, projects, project or near, "employee", viewer)


@router.get("/report")
async def report(request: Request, room: Intake, project: Project = "") -> Response:
    """Open to anybody: a customer has no account."""
    return await _page(request, "report.html", room, open_projects(await _directory(room)), project, "customer")


@router.get("/intake/fields")
async def fields(
    request: Request, viewer: Viewing, room: Intake, project: Project, whose: Literal["officer", "employee"]
) -> Response:
    """The part of the form that another project's policy decides."""
    return await _fields(request, room, project, whose, viewer)


@router.get("/report/fields")
async def report_fields(request: Request, room: Intake, project: Project) -> Response:
    return await _fields(request, room, project, "customer")


@router.get("/intake/earlier")
async def earlier(
    request: Request,
    viewer: Viewing,
    room: Intake,
    project: Project,
    room_no: Annotated[str, Query(alias="customer.room", max_length=200)] = "",
    phone: Annotated[str, Query(alias="customer.phone", max_length=50)] = "",
) -> Response:
    """B11: what was registered before of the room or the phone that is being typed."""
    viewer.require(allowed(NEW))
    asked = room_no.strip() or phone.strip()
    found = await reads.earlier(room, viewer.actor, project, room_no, phone) if asked else None
    return pages.render(request, "earlier.html", viewer=viewer, earlier=found)


async def _page(
    request: Request,
    template: str,
    room: Room,
    projects: list[tuple[str, str]],
    project: str,
    whose: Whose,
    viewer: Viewer | None = None,
) -> Response:
    known = [one for one, _ in projects]
    chosen = project if project in known else next(iter(known), "")
    data = await _data(room, chosen, whose)
    return pages.render(request, template, viewer=viewer, projects=projects, chosen=chosen, refreshed=False, **data)


async def _fields(request: Request, room: Room, project: str, whose: Whose, viewer: Viewer | None = None) -> Response:
    data = await _data(room, project, whose)
    return pages.render(request, "capture_fields.html", viewer=viewer, refreshed=True, **data)


async def _data(room: Room, project: str, whose: Whose) -> dict[str, Any]:
    form = await capture_form(room, project, whose)
    if form is None:
        raise not_found()
    clock = form.get("clock")
    now = room.clock.now()
    due = clock.due(now, now).isoformat() if clock and clock.seconds else ""
    return {"form": form, "whose": whose, "due": due, "earlier": None}


async def _directory(room: Room) -> Directory:
    async with room.db.read() as session:
        return await room.directory(session)
