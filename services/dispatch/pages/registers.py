"""J7: which register of which policy, of which project and period; the papers themselves are made elsewhere."""

from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.usecases.print_register import MOST_DAYS
from shared.web.console import allowed
from shared.web.phrases import phrase

router = APIRouter()

PATH = "/orders/registers"
FORMS = "forms"


@router.get(PATH)
async def choose(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    today = room.clock.now().astimezone(viewer.zone).date()
    known = {f"{policy.id}/{form.id}": (policy, form) for policy in room.policies.all() for form in policy.form}
    query = request.query_params
    chosen, project = query.get("register", ""), query.get("project", "")
    first, last = _day(query.get("from")) or today.replace(day=1), _day(query.get("to")) or today
    wrong = _wrong(first, last)
    ready = chosen in known and project in viewer.projects and not wrong
    asked = urlencode({"project": project, "from": first.isoformat(), "to": last.isoformat()})
    links = [
        (name, f"{PATH}/{chosen}.{kind}?{asked}")
        for name, kind in (("PDF", "pdf"), ("Word", "docx"), ("Excel", "xlsx"))
    ]
    names = {one.id: one.name for one in viewer.directory.projects}
    return pages.render(
        request,
        "registers.html",
        viewer=viewer,
        forms=[(key, f"{policy.name} · {form.name}") for key, (policy, form) in known.items()],
        projects=[(one, names[one]) for one in viewer.projects],
        chosen=chosen,
        project=project,
        first=first.isoformat(),
        last=last.isoformat(),
        wrong=wrong,
        form=known[chosen][1] if ready else None,
        links=links if ready else [],
    )


def _wrong(first: date, last: date) -> str:
    if last < first:
        return "结束日期不能早于开始日期。"
    return phrase("一次最多 %(n)s 天，请缩短起止日期。", n=MOST_DAYS) if (last - first).days >= MOST_DAYS else ""


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
