"""I1, I2: sla says that a reminder is due."""

from services.notify.domain.templates import text_of
from services.notify.usecases.send import Owed, directory_of, in_place_of, send
from shared.events.sla import ReminderDueV1
from shared.room.room import Tx


async def remind(tx: Tx, event: ReminderDueV1) -> None:
    """003§19,30: one message a key, whoever says it how often."""
    absent = in_place_of(await directory_of(tx), event.on_behalf_of)
    owed = Owed(
        key=event.key,
        template=event.template,
        channel=event.channel,
        recipient=event.recipient,
        text=text_of(event.template, event.numbers, {}) + absent,
        complaints=event.complaints,
        local_date=event.local_date,
        expires_at=event.expires_at,
        numbers=event.numbers,
        words={"for": absent} if absent else {},
    )
    await send(tx, owed)
