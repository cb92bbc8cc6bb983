"""B10: extreme behaviour is threatened: the case is flagged, and a person is named who accompanies it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import repository
from services.intake.domain.text import is_blank
from services.intake.usecases.cases import open_case, standing
from services.intake.usecases.forms import GuardData
from shared.events.intake import ComplaintGuardedV1
from shared.kernel.errors import Code, Refused
from shared.org.confidential import in_confidence
from shared.org.liability import CaseStanding
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.commands import parse
from shared.room.room import Command, Tx


async def guard(tx: Tx, command: Command) -> dict[str, Any]:
    """004§5(二): what is not named stays as it is. Taking the flag away needs a reason."""
    case = await open_case(tx, command)
    record, policy = case.record, case.policy
    if all(is_blank(command.data.get(name)) for name in ("extreme", "guardian")):
        raise Refused(Code.field_missing, "extreme、guardian 至少填一项", field="guardian")
    data = parse(GuardData, command.data)
    extreme = record.extreme if data.extreme is None else data.extreme
    guardian = data.guardian or record.guardian
    if (extreme, guardian) == (record.extreme, record.guardian):
        raise Refused(Code.state_not_allowed, "与现有登记相同，没有变化")
    if record.extreme and not extreme and is_blank(data.reason):
        raise Refused(Code.field_missing, "撤销过激行为标记须写明理由 reason", field="reason")
    if guardian is not None and guardian != record.guardian:
        placed = standing(policy, record, case.whereabouts)
        require_guardian(guardian, policy, await tx.directory(), placed, tx.now, field="guardian")
    await repository.change(tx.session, record.id, extreme=extreme, guardian=guardian)
    tell_guarded(
        tx, record.id, record.project_id, command.actor.id, extreme, guardian, (record.extreme, record.guardian)
    )
    return {
        "complaint": str(record.id),
        "state": case.state,
        "extreme": extreme,
        "guardian": guardian,
        "version": record.version + 1,
    }


def require_guardian(
    person: str, policy: Policy, directory: Directory, placed: CaseStanding, at: datetime, *, field: str
) -> None:
    """He is of the directory, and in a confidential case one of those who see it: naming him must not tell him of it.

    Raises Refused(field.invalid).
    """
    if directory.person(person) is None:
        raise Refused(Code.field_invalid, f"专人：通讯录中没有 {person}", field=field)
    if not in_confidence(policy, directory, placed, person, at):
        raise Refused(Code.field_invalid, "专人：本案只能由可查阅者负责", field=field)


def tell_guarded(
    tx: Tx,
    complaint_id: UUID,
    project_id: str,
    by: str,
    extreme: bool,
    guardian: str | None,
    before: tuple[bool, str | None] = (False, None),
) -> None:
    """From this fact the leader and the person named learn of it at once."""
    tx.emit(
        ComplaintGuardedV1,
        complaint_id=complaint_id,
        project_id=project_id,
        by=by,
        extreme=extreme,
        guardian=guardian,
        raised=extreme and not before[0],
        named=guardian is not None and guardian != before[1],
    )
