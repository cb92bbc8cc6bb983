"""What notify keeps of a case that is archived: that somebody was told, when and with what proof."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from services.notify.domain.case import CUSTOMER
from services.notify.tables import METADATA
from shared.db.statements import fetch, run
from shared.room.archive import BLANK, Part, Plan, blanked, line, write
from shared.room.room import Room

FACT, SEEN, ABOUT, MESSAGE = (
    METADATA.tables[f"notify.{name}"] for name in ("case_fact", "case_seen", "message_case", "message")
)


def _fact(row: Row[Any]) -> dict[str, Any]:
    return {"body": blanked(row.body)}


async def _messages(room: Room, cases: Sequence[UUID], folder: Path) -> None:
    """The messages that speak of one case alone; a digest of several names nobody but whom it went to."""
    async with room.begin() as tx:
        about = select(MESSAGE).where(
            MESSAGE.c.id.in_(select(ABOUT.c.message_id).where(ABOUT.c.complaint_id.in_(cases)))
        )
        rows = [row for row in await fetch(tx.session, about) if len(row.complaints) == 1]
        write(folder, room, [line(MESSAGE, row) for row in rows])
        mine = MESSAGE.c.id.in_([row.id for row in rows])
        await run(tx.session, update(MESSAGE).where(mine).values(text=BLANK, said=None))
        await run(tx.session, update(MESSAGE).where(mine, MESSAGE.c.recipient == CUSTOMER).values(address=None))


PLAN = Plan([Part(FACT, blank=_fact), Part(SEEN), Part(ABOUT)], before=_messages)
