"""Cases as sla hears of them, and its clock moved on."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.sla.usecases.tick import tick
from shared.events.base import CaseFact
from shared.events.sla import ReminderDueV1
from tests.kit.desk import Desk
from tests.notify.facts import issued, registered, submitted

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """ "03-03 09:30" of 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE)


async def go(desk: Desk, moment: str) -> None:
    """It is that time now, and sla has done what is due."""
    desk.clock.move_to(at(moment))
    await tick(desk.room)


def story(desk: Desk, case: UUID, *, number: str = "TS-1", **data: Any) -> list[CaseFact]:
    """Registered 09:40, submitted and issued on the spot at the desk's present instant."""
    required = at("03-06 18:00")
    return [
        registered(desk, case, number=number, required_by=required, **data),
        submitted(desk, case, required_by=required),
        issued(desk, case),
    ]


async def open_case(desk: Desk, number: str = "TS-1", **data: Any) -> UUID:
    case = desk.other_ids.new()
    for fact in story(desk, case, number=number, **data):
        await desk.hears(fact)
    await tick(desk.room)
    return case


async def reminders(desk: Desk, template: str = "reminder.daily") -> list[tuple[str, str, list[str]]]:
    """(recipient, local date, numbers) of every reminder sla said was due."""
    return [
        (event.recipient, str(event.local_date), event.numbers)
        for event in await desk.events()
        if isinstance(event, ReminderDueV1) and event.template == template
    ]
