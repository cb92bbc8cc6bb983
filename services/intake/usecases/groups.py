"""C6: three distinct complainants in linked cases make every case of the group a group complaint."""

from uuid import UUID

from services.intake import repository
from services.intake.domain.linking import group_severity, rises, with_the_group
from services.intake.usecases.cases import case_of, closed, judged_facts
from services.intake.usecases.reclassify import reclassify
from shared.room.room import Command, Tx


async def upgrade_group(tx: Tx, command: Command, complaint_id: UUID) -> list[str]:
    """003§33: every open case of the group once, by a fact of its own; returns their numbers.

    The group goes over all same_group links and whatever was merged into its cases. A case is judged anew only where
    the count changes the system's judgement: what a person has decided since stays, and nothing is ever lowered.
    """
    ids, is_group = await repository.group_of(tx.session, complaint_id)
    if not is_group:
        return []
    records = [await repository.locked(tx.session, one) for one in sorted(ids)]
    complainants = len({record.phone for record in records})
    upgraded: list[str] = []
    for record in records:
        case = await case_of(tx, record)
        severity, why = group_severity(case.policy, judged_facts(record), complainants)
        if closed(case) or not rises(case.policy, record.computed_severity, severity):
            continue
        reason = with_the_group(why, sorted(one.number for one in records if one is not record), complainants)
        judged = {"computed_severity": severity, "computed_reason": reason}
        if rises(case.policy, record.severity, severity):
            after = {"severity": severity, "severity_reason": reason}
            await reclassify(tx, record, after, by=command.actor.id, reason=reason, **judged)
            upgraded.append(record.number)
        else:
            await repository.change(tx.session, record.id, **judged)
    return upgraded
