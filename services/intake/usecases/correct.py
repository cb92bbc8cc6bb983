"""F7: a wrong record is corrected, and what stood there before is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.intake import repository
from services.intake.domain.correcting import changes, names
from services.intake.domain.linking import rises
from services.intake.domain.severity import computed
from services.intake.domain.soundness import require_complete, require_contact_end, require_fields
from services.intake.domain.text import is_blank, missing
from services.intake.tables import Complaint, Correction
from services.intake.usecases.cases import judged_facts, judged_from, open_case, posts_of, vars_of
from services.intake.usecases.forms import CorrectData, CustomerData, WhoData
from services.intake.usecases.groups import upgrade_group
from services.intake.usecases.reclassify import reclassify
from shared.events.intake import ComplaintCorrectedV1
from shared.kernel.errors import Code, Refused
from shared.kernel.money import fen
from shared.org.confidential import kind_by_flag, stored
from shared.policy.model import Policy
from shared.room.commands import parse
from shared.room.room import Command, Tx

WHAT = ("customer", "content", "contact_ended_at", "people_count", "loss_amount", "lawsuit", "media", "fields")
GUARDED = ("extreme", "guardian")
"""Fields with a command and a history of their own (004§5(二))."""
ALWAYS = ("content", "customer.name", "customer.phone")


async def correct(tx: Tx, command: Command) -> dict[str, Any]:
    """004§6, 003§13: what is not named stays as it is; a signature given to the old text stays beside it."""
    if command.complaint_id is not None and not is_blank(command.data.get("customer")):
        # Another telephone may make a group of what is linked: in one order with whoever links, before any row is held.
        await repository.one_link_at_a_time(tx.session, await repository.project_of(tx.session, command.complaint_id))
    case = await open_case(tx, command)
    record, policy = case.record, case.policy
    if all(is_blank(command.data.get(name)) for name in WHAT):
        raise Refused(Code.field_missing, f"{'、'.join(WHAT)} 至少填一项", field="content")
    if missing(command.data, ["reason"]):
        raise Refused(Code.field_missing, "更正须写明理由 reason", field="reason")
    data = parse(CorrectData, command.data)
    after = _after(record, data)
    _require_sound(record, policy, data, after)
    before = {name: getattr(record, name) for name in after}
    old, new = changes(before, after)
    if not new:
        raise Refused(Code.state_not_allowed, "与现有登记相同，没有变化")

    row = {
        "id": tx.new_id(),
        "complaint_id": record.id,
        "at": tx.now,
        "by": command.actor.id,
        "before": _plain(old),
        "after": _plain(new),
        "reason": data.reason,
    }
    await repository.add(tx.session, Correction, row)
    judged, aspects = _judged(record, policy, after)
    phone, place = after["customer"]["phone"], after["customer"].get("room")
    columns = {**after, **judged, "phone": phone, "room": place, "phone_blind": phone, "room_blind": place}
    if aspects:
        await reclassify(tx, record, aspects, by=command.actor.id, reason=data.reason, **columns)
    else:
        columns["confined_to"] = stored(posts_of(policy, record, fields=after["fields"]))
        await repository.change(tx.session, record.id, **columns)
    tx.emit(
        ComplaintCorrectedV1,
        complaint_id=record.id,
        project_id=record.project_id,
        by=command.actor.id,
        changed=names(new),
        reason=data.reason,
        **{name: after[name] for name in ("customer", "content", "contact_ended_at", "fields")},
    )
    answer = {
        "complaint": str(record.id),
        "state": case.state,
        "changed": names(new),
        "severity": aspects.get("severity", record.severity),
        "severity_reason": aspects.get("severity_reason", record.severity_reason),
    }
    if "phone" in new.get("customer", {}):
        answer["upgraded"] = await upgrade_group(tx, command, record.id)
    return answer | {"version": await repository.version(tx.session, record.id)}


def _after(record: Complaint, data: CorrectData) -> dict[str, Any]:
    """The columns as they are right, changed or not."""
    given = {key: value for key, value in data.customer.items() if value is not None}
    who: CustomerData = parse(WhoData, {"customer": {**record.customer, **given}}).customer
    fields = {**record.fields, **data.fields}
    return {
        "customer": who.model_dump(exclude_none=True),
        "content": data.content or record.content,
        "contact_ended_at": data.contact_ended_at or record.contact_ended_at,
        "fields": {key: value for key, value in fields.items() if key not in data.fields or value is not None},
        "people_count": record.people_count if data.people_count is None else data.people_count,
        "loss_fen": record.loss_fen if data.loss_amount is None else fen(data.loss_amount),
        "lawsuit": record.lawsuit if data.lawsuit is None else data.lawsuit,
        "media": record.media if data.media is None else data.media,
    }


def _require_sound(record: Complaint, policy: Policy, data: CorrectData, after: Mapping[str, Any]) -> None:
    """As at the registration: what had to be there then stays there, and the contact had ended by then."""
    for name in GUARDED:
        if name in data.fields:
            raise Refused(Code.field_invalid, "过激行为与专人请以 complaint.guard 更正", field=f"fields.{name}")
    was = vars_of(record)
    require_complete({**was, **after}, [n for n in (*ALWAYS, *policy.record.required) if not missing(was, [n])])
    require_fields(policy, after["fields"])
    if data.contact_ended_at is not None:
        require_contact_end(data.contact_ended_at, record.registered_at, "登记时间")


def _judged(record: Complaint, policy: Policy, after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The system's judgement by the right facts, and what of it is in force from now on.

    A severity that a person gave stays, and none that came by the case's group is lowered.
    """
    in_force: dict[str, Any] = {}
    flagged = kind_by_flag(policy, after["fields"])
    if flagged is not None and flagged != kind_by_flag(policy, record.fields):
        in_force["kind"] = flagged
    was = (record.computed_severity, record.computed_reason)
    before, now = computed(policy, judged_facts(record)), computed(policy, judged_from(after))
    by_group = was != before
    if now == before or (by_group and not rises(policy, record.computed_severity, now[0])):
        return {}, in_force
    if was == (record.severity, record.severity_reason):
        in_force |= {"severity": now[0], "severity_reason": now[1]}
    return {"computed_severity": now[0], "computed_reason": now[1]}, in_force


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in values.items()}
