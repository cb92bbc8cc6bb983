"""What is taken away on paper: orders, forms and registers; and the page that says whether an order is genuine."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.dispatch.usecases.print_papers import form_on_paper, forms_of, note_print, order_on_paper, printed
from services.dispatch.usecases.print_register import register_on_paper
from services.dispatch.usecases.verify_order import verified
from shared.kernel.errors import Code, Refused
from shared.paper.model import Paper
from shared.paper.sheet import xlsx
from shared.paper.typeset import pdf
from shared.paper.word import docx
from shared.room.room import Actor, Room
from shared.web.auth import Person
from shared.web.edge import edge_of, room_named
from shared.web.errors import HttpProblem
from shared.web.pages import Pages, wants_page

router = APIRouter(include_in_schema=True)
pages = Pages("services.dispatch")

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]
Office = Literal["pdf", "docx"]
Sheets = Literal["pdf", "docx", "xlsx"]
Id = Annotated[str, Query(max_length=100)]
Make = Callable[[Paper, datetime], Awaitable[bytes]]

MADE: dict[str, tuple[Make, str]] = {
    "pdf": (pdf, "application/pdf"),
    "docx": (docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
VERIFY = "/verify"


@router.get("/orders/{complaint_id}/order.pdf", summary="督办令（PDF）", tags=["papers"], response_class=Response)
async def order_pdf(request: Request, complaint_id: UUID, viewer: Person, room: Dispatch) -> Response:
    """未签发前带“草稿”或“待签发”水印。不经办本案的人只见脱敏的客户信息。"""
    who = Actor("person", person=viewer)
    found = await printed(room, who, complaint_id)
    paper = order_on_paper(found, _address(request))
    return await _taken_out(room, who, paper, "pdf", paper.title, found.case["number"], complaint_id)


@router.get("/orders/{complaint_id}/forms", summary="本案制度的表单", tags=["papers"])
async def forms(complaint_id: UUID, viewer: Person, room: Dispatch) -> dict[str, Any]:
    """每份表单的名称、条款、联数、签署人与栏目，及其 PDF 和 Word 地址。"""
    found = await printed(room, Actor("person", person=viewer), complaint_id)
    base = f"/orders/{complaint_id}/forms"
    items = [
        {**form, "pdf": f"{base}/{form['id']}.pdf", "docx": f"{base}/{form['id']}.docx"}
        for form in forms_of(found.policy)
    ]
    return {"policy": found.policy.id, "policy_name": found.policy.name, "items": items}


@router.get(
    "/orders/{complaint_id}/forms/{form}.{kind}", summary="填好的表单（PDF、Word）", tags=["papers"],
    response_class=Response,
)  # fmt: skip
async def form(
    request: Request, complaint_id: UUID, form: str, kind: Office, viewer: Person, room: Dispatch
) -> Response:
    """栏目按本案填写，不知道的留白手填；联数与签署栏按制度。"""
    who = Actor("person", person=viewer)
    found = await printed(room, who, complaint_id)
    paper = form_on_paper(found, form, _address(request))
    return await _taken_out(room, who, paper, kind, paper.title, found.case["number"], complaint_id)


@router.get(
    "/orders/registers/{policy}/{form}.{kind}", summary="登记表（PDF、Word、Excel）", tags=["papers"],
    response_class=Response,
)  # fmt: skip
async def register(
    policy: str,
    form: str,
    kind: Sheets,
    viewer: Person,
    room: Dispatch,
    project: Id,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
) -> Response:
    """一个项目在 from 至 to（含）登记的投诉，按制度表单的栏目列出；只含职责范围内的。"""
    who = Actor("person", person=viewer)
    paper = await register_on_paper(room, who, policy, form, project, first, last, kind)
    return await _taken_out(room, who, paper, kind, paper.title, f"{project}-{first}-{last}")


@router.get(VERIFY, include_in_schema=False)
async def verify_asked(request: Request, code: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What was typed into the form of the page; the form itself where nothing was."""
    if not code.strip():
        return pages.render(request, "verify.html", found=None, code="")
    return RedirectResponse(f"{VERIFY}/{quote(code.strip(), safe='')}", 303)


@router.get(VERIFY + "/{code}", include_in_schema=False)
async def verify(request: Request, code: str, room: Dispatch) -> Response:
    """D1: open to anybody who holds the paper. Tells nothing personal."""
    found = await verified(room, code)
    if not wants_page(request):
        if found is None:
            raise Refused(Code.not_found, "没有这个核验码的督办令或派工单")
        return JSONResponse({"genuine": True, **found})
    return pages.render(request, "verify.html", status=200 if found else 404, found=found, code=code[:40])


async def _taken_out(
    room: Room, who: Actor, paper: Paper, kind: str, what: str, which: str, complaint_id: UUID | None = None
) -> Response:
    make, media_type = MADE[kind]
    try:
        content = await make(paper, room.clock.now())
    except TimeoutError:
        raise HttpProblem(
            503, "unavailable", "内容过多，未能及时排版，请缩小范围", headers={"Retry-After": "5"}
        ) from None
    await note_print(room, who, what, complaint_id, which=which, kind=kind)
    name = quote(f"{what}-{which}.{kind}".replace("/", "／"), safe="")
    shown = "inline" if kind == "pdf" else "attachment"
    headers = {"Content-Disposition": f"{shown}; filename=\"paper.{kind}\"; filename*=UTF-8''{name}"}
    return Response(content, media_type=media_type, headers={**headers, "Cache-Control": "no-store"})


def _address(request: Request) -> Callable[[str], str]:
    """Where the code is verified: the public address where one is set, else that by which this system was called.

    Who calls may say any name; nobody else sees his paper.
    """
    base = edge_of(request).public_address or str(request.base_url).rstrip("/")
    return lambda code: f"{base}{VERIFY}/{code}"
