"""What dispatch keeps of a case that is archived, and which cases are: it closes them."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from services.dispatch.tables import (
    ACT,
    CLAIM,
    COMPLAINT,
    COOPERATION,
    COOPERATION_TASK,
    DRAWING,
    FACT,
    LINK,
    MEETING,
    ORDER,
)
from shared.db.statements import fetch
from shared.room.archive import BLANK, CUSTOMER, Part, Plan, blanked, only_marks
from shared.room.room import Room


def _complaint(row: Row[Any]) -> dict[str, Any]:
    return {
        "content": BLANK,
        "customer": dict(CUSTOMER),
        "customer_name": BLANK,
        "customer_phone": "",
        "customer_room": None,
        "customer_terms": (None, None, None),
        "extra": only_marks(row.extra),
    }


def _fact(row: Row[Any]) -> dict[str, Any]:
    return {"body": json.dumps(blanked(json.loads(row.body)), ensure_ascii=False)}


def _act(row: Row[Any]) -> dict[str, Any]:
    return {"data": blanked(row.data)}


def _task(row: Row[Any]) -> dict[str, Any]:
    return {"text": BLANK, "answer": BLANK if row.answer else None}


def _meeting(row: Row[Any]) -> dict[str, Any]:
    return {"actions": []}


PLAN = Plan(
    [
        Part(COMPLAINT, blank=_complaint),
        Part(FACT, blank=_fact),
        Part(ACT, blank=_act),
        Part(DRAWING, removed=True),
        Part(COOPERATION),
        Part(COOPERATION_TASK, blank=_task),
        Part(ORDER),
        Part(CLAIM),
        Part(MEETING, blank=_meeting),
        Part(LINK),
    ]
)


async def closed_before(room: Room, before: datetime) -> list[tuple[UUID, str]]:
    """Id and number of the cases that were closed before, with nothing owed in them any more; oldest first."""
    statement = (
        select(COMPLAINT.c.complaint_id, COMPLAINT.c.number)
        .where(COMPLAINT.c.closed_at < before, COMPLAINT.c.open_ends.is_(False))
        .order_by(COMPLAINT.c.complaint_id)
    )
    async with room.db.read() as session:
        return [(row.complaint_id, row.number) for row in await fetch(session, statement)]
