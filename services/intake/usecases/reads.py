"""What intake tells of a complaint, and to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import repository
from services.intake.domain.case import Whereabouts, cooperating_of, handles, zone_of
from services.intake.domain.keys import Way, named, opens
from services.intake.domain.phone import normalise
from services.intake.domain.signature import sha256, signed_text
from services.intake.domain.text import clean
from services.intake.tables import Complaint
from services.intake.usecases.cases import not_found, standing, state_in, vars_of
from shared.kernel.drawing import is_drawing
from shared.kernel.masking import mask_name, mask_phone
from shared.obs.redaction import masked
from shared.org.authority import scope_of
from shared.org.model import Directory
from shared.policy.library import PolicyLibrary
from shared.policy.model import Named, Policy
from shared.room.reading import note_read
from shared.room.room import Actor, Room

MAX_EARLIER = 20


ABOUT_HIM = frozenset({"extreme", "guardian"})
"""Fields that were noted about a customer and not by him (004§5(二)): he does not read them."""


async def record(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """The record as the viewer may see it; a person who read it in full is on record (A6).

    Raises Refused(not_found) alike for what is not there and not his.
    """
    told = await _record(room, viewer, complaint_id)
    if not told["masked"]:
        await note_read(room, viewer, complaint_id)
    return told


async def _record(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    now = room.clock.now()
    async with room.db.read() as session:
        found = await repository.complaint(session, complaint_id)
        directory = await room.directory(session)
        if found is None or not await sees(session, room.policies, directory, viewer, found, now):
            raise not_found()
        whereabouts = await repository.whereabouts(session, complaint_id)
        signature = await repository.last_signature(session, complaint_id)
        policy = room.policies.get(found.policy_id, found.policy_version)
        project = directory.project(found.project_id)
        state = state_in(policy, found, whereabouts)
        in_full = sees_in_full(policy, directory, viewer, found, whereabouts, now)
        told: dict[str, Any] = {
            "complaint": str(found.id),
            "number": found.number,
            "state": state,
            "state_name": policy.state_names.get(state, state),
            "project": found.project_id,
            "project_name": project.name if project else found.project_id,
            "channel": found.channel,
            "contact_ended_at": _iso(found.contact_ended_at),
            "registered_at": _iso(found.registered_at),
            "officer": found.officer,
            "officer_name": directory.name_of(found.officer),
            "kind": found.kind,
            "kind_name": _label(policy.record.kinds, found.kind),
            "category": found.category,
            "category_name": _category(policy, found.category),
            "required_by": _iso(found.required_by),
            "customer": found.customer if in_full else _masked(found.customer),
            "masked": not in_full,
            "content": found.content if in_full else masked(found.content),
            "on_the_spot": found.on_the_spot,
            "closed": state in policy.closed_states,
            "signed": found.signed,
            "signature": signature
            and {
                "signed_at": _iso(signature.signed_at),
                "text_sha256": signature.text_sha256,
                "unchanged": sha256(signed_text(vars_of(found), zone_of(policy))) == signature.text_sha256,
                "image": f"/api/v1/attachments/signatures/{found.id}"
                if in_full and is_drawing(signature.signature)
                else None,
            },
            "fields": found.fields,
            "version": found.version,
        }
        if viewer.kind == "customer":
            return told | {"fields": {k: v for k, v in found.fields.items() if k not in ABOUT_HIM}}
        links = await _links(room, session, directory, viewer, complaint_id, now)
        return told | {
            "policy": found.policy_id,
            "policy_version": found.policy_version,
            "policy_name": policy.name,
            "registered_by": found.registered_by,
            "registered_by_name": _who(directory, found.registered_by),
            "handed_in": found.handed_in,
            "extreme": found.extreme,
            "guardian": found.guardian,
            "guardian_name": directory.name_of(found.guardian) if found.guardian else None,
            "confidential": bool(found.confined_to),
            "validity": found.validity,
            "severity": found.severity,
            "severity_name": _label(policy.record.severities, found.severity),
            "severity_reason": found.severity_reason,
            "people_count": found.people_count,
            "loss_fen": found.loss_fen,
            "lawsuit": found.lawsuit,
            "media": found.media,
            "note": found.note,
            "classifications": [
                {"at": _iso(c.at), "by": c.by, "by_name": _who(directory, c.by), "before": c.before,
                 "after": c.after, "reason": c.reason}
                for c in await repository.classifications(session, complaint_id)
            ],
            "corrections": [
                {"at": _iso(c.at), "by": c.by, "by_name": _who(directory, c.by),
                 "before": c.before if in_full else _corrected(c.before),
                 "after": c.after if in_full else _corrected(c.after),
                 "reason": c.reason if in_full else masked(c.reason)}
                for c in await repository.corrections(session, complaint_id)
            ],
            "links": links,
            "repeat_of": _other(links, "repeat"),
            "merged_into": _other(links, "duplicate"),
        }  # fmt: skip


async def by_token(room: Room, token: str) -> UUID | None:
    """The complaint that a customer's key opens."""
    found = await opened_by(room, token)
    return found[0] if found else None


async def opened_by(room: Room, token: str) -> tuple[UUID, Way] | None:
    """The complaint that a key opens, and which of its customer's keys it is."""
    if not token.isascii() or not 20 <= len(token) <= 64 or "\x00" in token:
        return None
    said = named(token)
    async with room.db.read() as session:
        if said is None:
            case = await repository.by_tracking(session, token)
            return (case, Way.own) if case else None
        way, complaint_id = said
        found = await repository.complaint(session, complaint_id)
    return (complaint_id, way) if found and opens(token, found.tracking, complaint_id, way) else None


async def earlier(
    room: Room, viewer: Actor, project: str, room_no: str | None = None, phone: str | None = None
) -> list[dict[str, Any]]:
    """B11: earlier complaints of the same room or phone that the viewer may see, newest first."""
    number = _number(phone)
    place = (room_no or "").strip()[:200]
    if "\x00" in place + project or any("\ud800" <= c <= "\udfff" for c in place + project):
        return []
    async with room.db.read() as session:
        found = await repository.earlier(session, project, place or None, number, MAX_EARLIER * 5)
        told = await _seen(room, session, viewer, found)
    for one, complaint in told:
        same = {
            "room": bool(place) and (complaint.project_id, complaint.room) == (project, place),
            "phone": number is not None and complaint.phone == number,
        }
        one["same"] = [name for name, equal in same.items() if equal]
    return [one for one, _ in told]


async def linkable(room: Room, viewer: Actor, complaint_id: UUID, q: str = "") -> list[dict[str, Any]]:
    """B11: the complaints of the same project to which this one may be linked, newest first: those whose number, room
    or phone is looked for, else those of its own room or phone.
    """
    async with room.db.read() as session:
        own = await repository.complaint(session, complaint_id)
        if own is None or not await sees(
            session, room.policies, await room.directory(session), viewer, own, room.clock.now()
        ):
            raise not_found()
        asked = clean(q)[:60]
        found = (
            await repository.looked_for(session, own.project_id, asked, _number(asked), MAX_EARLIER * 5)
            if asked
            else await repository.earlier(session, own.project_id, own.room, own.phone, MAX_EARLIER * 5)
        )
        others = [one for one in found if one.id != own.id and one.project_id == own.project_id]
        return [one for one, _ in await _seen(room, session, viewer, [o for o in others if o.merged_into is None])]


async def _seen(
    room: Room, session: AsyncSession, viewer: Actor, found: Sequence[Complaint]
) -> list[tuple[dict[str, Any], Complaint]]:
    """The first of those that the viewer may see, in short."""
    now = room.clock.now()
    directory = await room.directory(session)
    seen: list[tuple[dict[str, Any], Complaint]] = []
    for complaint in found:
        if len(seen) == MAX_EARLIER:
            break
        if not await sees(session, room.policies, directory, viewer, complaint, now):
            continue
        whereabouts = await repository.whereabouts(session, complaint.id)
        policy = room.policies.get(complaint.policy_id, complaint.policy_version)
        state = state_in(policy, complaint, whereabouts)
        told = {
            "complaint": str(complaint.id),
            "number": complaint.number,
            "project": complaint.project_id,
            "registered_at": _iso(complaint.registered_at),
            "category": complaint.category,
            "category_name": _category(policy, complaint.category),
            "state": state,
            "state_name": policy.state_names.get(state, state),
            "closed": state in policy.closed_states,
            "content": masked(complaint.content[:80]),
        }
        seen.append((told, complaint))
    return seen


async def sees(
    session: AsyncSession, policies: PolicyLibrary, directory: Directory, viewer: Actor, found: Complaint, at: datetime
) -> bool:
    """A7: a customer sees his own case, a person what lies in his scope, the system everything."""
    match viewer.kind:
        case "system":
            return True
        case "customer":
            return viewer.complaint_id == found.id
        case "person":
            whereabouts = await repository.whereabouts(session, found.id)
            policy = policies.get(found.policy_id, found.policy_version)
            cooperating = cooperating_of(policy, found.category, whereabouts)
            scope = scope_of(directory, viewer.person or "", at)
            return scope.covers(policy, directory, standing(policy, found, whereabouts), cooperating)


def sees_in_full(
    policy: Policy, directory: Directory, viewer: Actor, found: Complaint, whereabouts: Whereabouts, at: datetime
) -> bool:
    """A6: who sees the case sees its customer unmasked where he handles it."""
    return viewer.kind != "person" or handles(
        policy,
        directory,
        standing(policy, found, whereabouts),
        cooperating_of(policy, found.category, whereabouts),
        viewer.person or "",
        at,
    )


async def _links(
    room: Room, session: AsyncSession, directory: Directory, viewer: Actor, complaint_id: UUID, at: datetime
) -> list[dict[str, Any]]:
    told = []
    for other_id, relation, linked_at, own in await repository.links(session, complaint_id):
        other = await repository.complaint(session, other_id)
        if other and await sees(session, room.policies, directory, viewer, other, at):
            told.append(
                {
                    "complaint": str(other.id),
                    "number": other.number,
                    "relation": relation,
                    "at": _iso(linked_at),
                    "direction": "to" if own else "from",
                }
            )
    return told


def _other(links: list[dict[str, Any]], relation: str) -> dict[str, Any] | None:
    """The complaint this one repeats, or went into: the last one it was linked to in that way."""
    found = [link for link in links if (link["relation"], link["direction"]) == (relation, "to")]
    return {"complaint": found[-1]["complaint"], "number": found[-1]["number"]} if found else None


def _masked(customer: dict[str, Any]) -> dict[str, Any]:
    """Enough to tell two customers apart; where he lives and the rest is left out."""
    return {"name": mask_name(customer.get("name")), "phone": mask_phone(customer.get("phone"))}


def _corrected(values: dict[str, Any]) -> dict[str, Any]:
    """One side of a correction, as who does not handle the case may read it."""
    told = {name: masked(value) if isinstance(value, str) else value for name, value in values.items()}
    if "customer" in values:
        shown = _masked(values["customer"])
        told["customer"] = {key: shown.get(key, "***") for key in values["customer"]}
    return told


def _number(phone: str | None) -> str | None:
    if not phone:
        return None
    try:
        return normalise(phone)
    except ValueError:
        return None


def _who(directory: Directory, by: str) -> str:
    return "客户" if by == "customer" else directory.name_of(by)


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _label(names: Sequence[Named], value: str | None) -> str | None:
    return next((named.name for named in names if named.id == value), value)


def _category(policy: Policy, category: str | None) -> str | None:
    found = policy.categories.get(category or "")
    return found.name if found else category
