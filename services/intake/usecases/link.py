"""B11: a complaint is linked to the one it duplicates, belongs with or repeats."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from services.intake import repository
from services.intake.domain.text import missing
from services.intake.tables import Complaint, Link
from services.intake.usecases.cases import Case, case_of, closed, not_found, open_case
from services.intake.usecases.forms import LinkData
from services.intake.usecases.groups import upgrade_group
from services.intake.usecases.reads import sees
from shared.events.intake import ComplaintLinkedV1
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx

Role = Literal["from", "to", "merged", "survivor"]


async def link(tx: Tx, command: Command) -> dict[str, Any]:
    """003§33.4: only to a complaint that the actor may see; of any other he is not even told that it exists."""
    if command.complaint_id is not None:
        # Before any row is locked: whoever links in a project sees all that was linked there, and in one order.
        await repository.one_link_at_a_time(tx.session, await repository.project_of(tx.session, command.complaint_id))
    case = await open_case(tx, command)
    if missing(command.data, ["to"]):
        raise Refused(Code.field_missing, "缺少必填项 to", field="to")
    data = parse(LinkData, command.data)
    record = case.record
    if data.to == record.id:
        raise Refused(Code.field_invalid, "不能与自身关联", field="to")
    found = await repository.complaint(tx.session, data.to)
    directory = await tx.directory()
    if found is None or not await sees(tx.session, tx.room.policies, directory, command.actor, found, tx.now):
        raise not_found()
    if found.project_id != record.project_id:
        raise Refused(Code.field_invalid, "只能关联同一项目的投诉", field="to")
    other = await case_of(tx, await repository.locked(tx.session, found.id))
    await _require_linkable(tx, case, other, data.relation)

    answer: dict[str, Any] = {"complaint": str(record.id), "to": str(data.to), "relation": data.relation}
    match data.relation:
        case "duplicate":
            answer |= await _merge(tx, command, case, other)
        case "same_group" | "repeat":
            await _keep(tx, command, record, other.record, data.relation)
            _tell(tx, command, other.record, record, data.relation, "to")
            _tell(tx, command, record, other.record, data.relation, "from")
            answer["state"] = case.state
    if data.relation != "repeat":
        answer["upgraded"] = await upgrade_group(tx, command, record.id)
    answer["version"] = await repository.version(tx.session, record.id)
    return answer


async def _require_linkable(tx: Tx, case: Case, other: Case, relation: str) -> None:
    """A closed case is over: only a repeat may still name it, which has its own clocks and leaves that result alone."""
    record, target = case.record, other.record
    if record.confined_to or target.confined_to:
        raise Refused(Code.state_not_allowed, "举报、检举信件不与其他投诉关联：关联会让别人知道它")
    if target.merged_into is not None:
        survivor = await repository.number_of(tx.session, target.merged_into)
        raise Refused(Code.state_not_allowed, f"{target.number} 已并入 {survivor}，请关联 {survivor}")
    if relation != "repeat":
        for one in (case, other):
            if closed(one):
                raise Refused(
                    Code.state_not_allowed,
                    f"{one.record.number} 已结案，不能再合并或并入群体；结案后再次投诉请以 repeat 关联",
                )
    elif await repository.repeats(tx.session, target.id, record.id):
        raise Refused(
            Code.field_invalid, f"{target.number} 已是 {record.number} 的再次投诉，不能互为再次投诉", field="to"
        )
    if await repository.is_linked(tx.session, record.id, target.id, relation):
        raise Refused(Code.state_not_allowed, f"两件投诉已有 {relation} 关联")


async def _merge(tx: Tx, command: Command, case: Case, other: Case) -> dict[str, Any]:
    """One set of clocks and one order: the case linked goes into the other, unless only it has an issued order."""
    reverses = case.whereabouts.issued and not other.whereabouts.issued
    merged, survivor = (other, case) if reverses else (case, other)
    inherited = await _inherited(tx, merged, survivor)
    ends = {"closed": True, "merged_into": survivor.record.id}
    await _keep(tx, command, merged.record, survivor.record, "duplicate", **ends)
    roles: dict[bool, tuple[Role, Mapping[str, Any]]] = {True: ("survivor", inherited), False: ("merged", {})}
    for one, another in ((other, case), (case, other)):
        role, more = roles[one is survivor]
        _tell(tx, command, one.record, another.record, "duplicate", role, **more)
    return {
        "state": case.state if reverses else case.policy.closed_states[0],
        "merged": str(merged.record.id),
        "survivor": str(survivor.record.id),
        "survivor_number": survivor.record.number,
    }


async def _inherited(tx: Tx, merged: Case, survivor: Case) -> dict[str, datetime | None]:
    """The earliest of all that ends in the merged case. Where both have an order on its way, each submit clock has
    been judged by itself; else the one order there will be is owed since the earliest contact.
    """
    taken = [merged, *[await case_of(tx, one) for one in await repository.merged_into(tx.session, merged.record.id)]]
    required = [one.whereabouts.required_by or one.record.required_by for one in taken]
    ordered = merged.whereabouts.ordered and survivor.whereabouts.ordered
    return {
        "contact_ended_at": None if ordered else min(one.record.contact_ended_at for one in taken),
        "registered_at": None if ordered else min(one.record.registered_at for one in taken),
        "required_by": min((at for at in required if at is not None), default=None),
    }


async def _keep(tx: Tx, command: Command, record: Complaint, other: Complaint, relation: str, **changes: Any) -> None:
    """The link, `changes` to the complaint it is of, and a new version of both."""
    row = {
        "id": tx.new_id(),
        "complaint_id": record.id,
        "to_id": other.id,
        "relation": relation,
        "at": tx.now,
        "by": command.actor.id,
    }
    await repository.add(tx.session, Link, row)
    await repository.change(tx.session, record.id, **changes)
    await repository.change(tx.session, other.id)


def _tell(
    tx: Tx, command: Command, record: Complaint, other: Complaint, relation: str, role: Role, **inherited: Any
) -> None:
    tx.emit(
        ComplaintLinkedV1,
        complaint_id=record.id,
        project_id=record.project_id,
        by=command.actor.id,
        to=other.id,
        relation=relation,
        role=role,
        number=other.number,
        **inherited,
    )
