"""D1, D6, J7: the papers of a case: its supervision order, and every form of its policy."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.forms import SIGNATORIES, form_paper
from services.dispatch.domain.order_paper import Issuing, order_paper
from services.dispatch.domain.sheet import Sheet
from services.dispatch.repository import company_name, facts_of, order_of, rows_of
from services.dispatch.tables import ACT, Act
from services.dispatch.usecases import story
from services.dispatch.usecases.acting import UNKNOWN
from services.dispatch.usecases.confiding import confided
from services.dispatch.usecases.reads import shown_case
from services.dispatch.usecases.sheets import sheet_of, written
from services.dispatch.usecases.shown import Shown
from shared.kernel.errors import Code, Refused
from shared.org.model import Directory
from shared.paper.model import Paper, Verification
from shared.policy.model import Policy
from shared.policy.reports import Form
from shared.room.room import Actor, Room
from shared.room.trails import note

Address = Callable[[str], str]
"""Where a code is verified, as an address that can be opened."""

ORDER_FORM = "supervision_order"
ISSUE = "order.issue"
CENTRE = "集团售后服务中心"


class Printed:
    """A case the viewer sees, with all that a paper says of it."""

    def __init__(self, shown: Shown, case: dict[str, Any], acts: list[dict[str, Any]], order: dict[str, Any] | None):
        self.shown, self.case, self.acts, self.order = shown, case, acts, order
        self.sheet: Sheet = sheet_of(shown, case, acts, order)

    @property
    def policy(self) -> Policy:
        return self.shown.policy

    @property
    def directory(self) -> Directory:
        return self.shown.directory

    @property
    def printed_at(self) -> str:
        return written(self.shown.time(self.shown.now))


async def printed(room: Room, viewer: Actor, complaint_id: UUID) -> Printed:
    """Raises Refused(not_found) where there is no case, or none that the viewer sees."""
    if viewer.kind == "customer":
        raise Refused(Code.not_found, UNKNOWN)
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        shown = await shown_case(room, session, directory, viewer, complaint_id, own)
        acts, order = await _told(session, shown), await order_of(session, complaint_id)
    given = None if order is None else story.order(shown, order) | {"verification_code": order.verification_code}
    return Printed(shown, shown.full(), acts, given)


async def _told(session: AsyncSession, shown: Shown) -> list[dict[str, Any]]:
    complaint_id = shown.case.complaint_id
    acts = select(ACT).where(ACT.c.complaint_id == complaint_id).order_by(ACT.c.version, ACT.c.id)
    return story.story(shown, await facts_of(session, complaint_id), await rows_of(session, Act, acts))


def order_on_paper(found: Printed, address: Address) -> Paper:
    """The supervision order. Raises Refused(policy.not_allowed) where the policy has none."""
    if ISSUE not in found.policy.steps:
        raise Refused(Code.policy_not_allowed, f"《{found.policy.name}》没有督办令，请打印该制度的表单")
    code = (found.order or {}).get("verification_code")
    _, company = company_name(found.policy, found.directory, found.shown.case)
    return order_paper(
        found.sheet,
        _issuing(found),
        found.policy,
        centre_of(found.directory),
        company or "",
        Verification(code, address(code)) if code else None,
    )


def centre_of(directory: Directory) -> str:
    """恒信地产集团 and 集团售后服务中心 have one 集团 between them."""
    return f"{directory.group_name.removesuffix('集团')}{CENTRE}"


def form_on_paper(found: Printed, form_id: str, address: Address) -> Paper:
    """A form of the case's policy. Raises Refused(not_found) where the policy has none of that name."""
    form = form_named(found.policy, form_id)
    if form.id == ORDER_FORM and ISSUE in found.policy.steps:
        return order_on_paper(found, address)
    project = found.directory.project(found.shown.case.project_id)
    organisation = f"{found.directory.group_name}　{project.name if project else ''}"
    return form_paper(form, found.sheet, organisation, found.printed_at)


def form_named(policy: Policy, form_id: str) -> Form:
    form = next((one for one in policy.form if one.id == form_id), None)
    if form is None:
        known = "、".join(one.id for one in policy.form) or "无"
        raise Refused(Code.not_found, f"《{policy.name}》没有表单 {form_id[:50]}；有：{known}")
    return form


def forms_of(policy: Policy) -> list[dict[str, Any]]:
    """The policy's forms, as they are listed for choice."""
    return [
        {
            "id": form.id,
            "name": form.name,
            "clause": form.clause,
            "copies": form.copies,
            "signatories": [SIGNATORIES.get(post, post) for post in form.signatories],
            "columns": form.columns,
        }
        for form in policy.form
    ]


async def note_print(room: Room, viewer: Actor, what: str, complaint_id: UUID | None = None, **said: str) -> None:
    """A6: every paper that is taken out is on record, before it goes out."""
    await note(room, viewer, "paper.print", complaint_id, paper=what, **said)


def _issuing(found: Printed) -> Issuing:
    order, case, policy = found.order, found.case, found.policy
    chairman, reason = case["chairman_name"] or "", case["severity_reason"] or ""
    back = order is not None and order["issued_at"] is None and case["state"] in policy.steps["order.submit"].states
    if order is None or back:
        return Issuing(chairman=chairman, reason=reason)

    def step(name: str, command: str) -> tuple[str, str] | None:
        at = order[f"{name}_at"]
        if not at:
            return None
        done = [one["by_name"] for one in found.acts if one["command"] == command and one["at"] == at]
        return (done[-1] if done else order[f"{name}_by_name"]) or "", written(at)

    return Issuing(
        step("submitted", "order.submit"),
        step("reviewed", "order.review"),
        step("issued", ISSUE),
        order["chairman_name"] or chairman,
        reason,
    )
