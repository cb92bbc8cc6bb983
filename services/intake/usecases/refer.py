"""A2, 003§7: what a customer said to a centre that is closed is not lost: it is handed to the property company."""

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.intake import repository
from services.intake.domain.centre import property_department, property_head
from services.intake.domain.text import missing
from services.intake.tables import Referral
from services.intake.usecases.forms import RegisterData
from services.intake.usecases.register import ALWAYS
from shared.db.statements import fetch
from shared.events.intake import ComplaintReferredV1
from shared.kernel.errors import Code, Refused
from shared.kernel.masking import mask_name, mask_phone
from shared.obs.redaction import masked
from shared.org.acting import acts_as
from shared.org.authority import scope_of
from shared.org.confidential import confined_to, kind_by_flag
from shared.org.model import Directory, Post
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Policy
from shared.room.commands import parse
from shared.room.room import Actor, Command, Room, Tx

REFERRAL = repository.table_of(Referral)


async def refer(tx: Tx, command: Command, refused: Refused) -> None:
    """Keeps a refused registration for the property company, once a customer, text and local day. What does not even
    say who complains of what is only refused.
    """
    directory = await tx.directory()
    project = directory.project(str(command.data.get("project")))
    if command.name != "complaint.register" or project is None or missing(command.data, ALWAYS) is not None:
        return
    try:
        data = parse(RegisterData, command.data)
    except Refused:
        return
    today = tx.now.astimezone(directory.zone(project.id)).date()
    policy = tx.room.policies.in_force(project.policy or DEFAULT_POLICY, today)
    if policy is not None and _in_confidence(policy, data):
        return
    customer = data.customer.model_dump(exclude_none=True)
    same = [project.id, data.customer.phone, data.customer.room, data.content, today.isoformat()]
    referral_id, head = tx.new_id(), policy and property_head(policy, directory, project, tx.now)
    row = {
        "id": referral_id,
        "digest": hashlib.sha256(json.dumps(same).encode()).hexdigest(),
        "project_id": project.id,
        "property_company": project.property_company,
        "department": property_department(policy) if policy else None,
        "channel": data.channel,
        "customer": customer,
        "content": data.content,
        "reason": refused.detail,
        "referred_to": head,
        "by": command.actor.id,
        "at": tx.now,
    }
    if await repository.add_new(tx.session, Referral, row):
        tx.emit(
            ComplaintReferredV1,
            referral_id=referral_id,
            project_id=project.id,
            property_company=project.property_company,
            head=head,
            by=command.actor.id,
        )


def _in_confidence(policy: Policy, data: RegisterData) -> bool:
    """B9: whoever sent such a letter did not send it to the property company."""
    kind = kind_by_flag(policy, data.fields) or data.kind or policy.record.default_kind
    return bool(confined_to(policy, {"kind": kind, "channel": data.channel, "category": data.category}, data.fields))


async def referrals(room: Room, viewer: Actor, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """What was handed to the property companies that the viewer answers for or sees, newest first."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        scope = scope_of(directory, viewer.person or "", now)
        statement = select(REFERRAL).order_by(REFERRAL.c.id.desc())
        if not scope.everything:
            places = {company for company, _ in scope.departments} | scope.companies
            statement = statement.where(REFERRAL.c.property_company.in_(sorted(places)))
        if cursor is not None:
            statement = statement.where(REFERRAL.c.id < _cursor(cursor))
        found = await fetch(session, statement)
    seen = [
        row
        for row in found
        if scope.everything
        or row.property_company in scope.companies
        or (row.property_company, row.department) in scope.departments
    ]
    items = [_told(directory, row, _handles(directory, row, viewer, now)) for row in seen[:limit]]
    return {"items": items, "next_cursor": items[-1]["referral"] if len(seen) > limit else None}


def _handles(directory: Directory, row: Any, viewer: Actor, at: Any) -> bool:
    """A6: the head to whom it was handed, his department's head of now, and the chairman of his company."""
    company = row.property_company
    people = {
        row.referred_to,
        *directory.holders(Post.department_head, company, row.department, at),
        *directory.holders(Post.chairman, company, None, at),
    }
    return acts_as(directory, viewer.person or "", people - {None}, at) is not None


def _told(directory: Directory, row: Any, in_full: bool) -> dict[str, Any]:
    project = directory.project(row.project_id)
    customer = row.customer
    return {
        "referral": str(row.id),
        "at": row.at.astimezone(directory.zone(row.project_id)).isoformat(),
        "project": row.project_id,
        "project_name": project.name if project else row.project_id,
        "property_company": row.property_company,
        "referred_to": row.referred_to,
        "referred_to_name": directory.name_of(row.referred_to),
        "channel": row.channel,
        "customer": customer
        if in_full
        else {"name": mask_name(customer.get("name")), "phone": mask_phone(customer.get("phone"))},
        "masked": not in_full,
        "content": row.content if in_full else masked(row.content),
        "reason": row.reason,
    }


def _cursor(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是上一页给出的 next_cursor", field="cursor") from None
