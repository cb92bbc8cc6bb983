"""C5: a change of kind, validity, category or severity, with its history and its fact."""

from collections.abc import Mapping
from typing import Any

from services.intake import repository
from services.intake.tables import Classification, Complaint
from services.intake.usecases.cases import posts_of
from shared.events.intake import ComplaintClassifiedV1
from shared.org.confidential import stored
from shared.room.room import Tx

FIELDS = ("kind", "validity", "category", "severity")


async def reclassify(
    tx: Tx, record: Complaint, changes: Mapping[str, Any], *, by: str, reason: str | None, **columns: Any
) -> dict[str, Any]:
    """Returns the classification as it is from now on. `columns` change beside it, untold."""
    before = {name: getattr(record, name) for name in (*FIELDS, "severity_reason")}
    after = {**before, **changes}
    row = {
        "id": tx.new_id(),
        "complaint_id": record.id,
        "at": tx.now,
        "by": by,
        "before": before,
        "after": after,
        "reason": reason,
    }
    await repository.add(tx.session, Classification, row)
    policy = tx.room.policies.get(record.policy_id, record.policy_version)
    aspects = {name: after[name] for name in FIELDS} | {"fields": columns.get("fields", record.fields)}
    columns["confined_to"] = stored(posts_of(policy, record, **aspects))
    await repository.change(tx.session, record.id, **after, **columns)
    tx.emit(
        ComplaintClassifiedV1,
        complaint_id=record.id,
        project_id=record.project_id,
        by=by,
        reason=reason,
        kind_before=before["kind"],
        **after,
    )
    return after
