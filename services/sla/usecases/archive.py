"""What sla keeps of a case that is archived: clocks, charges, journal and statements as they are."""

from typing import Any

from sqlalchemy import Row

from services.sla.repository import CASE, CHARGE, FACT, JOURNAL, PROPOSAL
from shared.room.archive import Part, Plan, blanked


def _fact(row: Row[Any]) -> dict[str, Any]:
    return {"data": blanked(row.data)}


PLAN = Plan([Part(FACT, blank=_fact), Part(CASE), Part(CHARGE), Part(JOURNAL), Part(PROPOSAL)])
