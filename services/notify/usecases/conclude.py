"""What a gateway says of a message, at once or afterwards, decides what becomes of it (I6)."""

from datetime import datetime, timedelta

from services.notify import repository
from services.notify.domain.message import Receipt, Status
from services.notify.gateways.port import Askable, Gateway
from services.notify.tables import MessageRow
from services.notify.usecases.claim import following, noted
from services.notify.usecases.send import settle
from shared.room.room import Tx

_MINUTES = {
    Status.uncertain: (1, 2, 5, 10, 30, 60, 180, 360, 720),
    Status.sent: (2, 10, 60, 360, 1440),
}
ASK_AFTER = {status: tuple(timedelta(minutes=each) for each in given) for status, given in _MINUTES.items()}
"""How long between two questions after a receipt; after the last one nobody asks any more."""

UNPROVEN = "网关未返回回执，是否发出无法确认"


async def conclude(tx: Tx, message: MessageRow, receipt: Receipt, gateway: Gateway) -> None:
    """A refusal moves the message to its next channel, where there is one."""
    if receipt.status is Status.failed:
        channel = message.via or message.channel
        after = following(tx.room, message, channel)
        if after is not None:
            await repository.change(
                tx.session,
                message.id,
                status=Status.queued,
                via=after,
                note=noted(message, channel, receipt.detail or "发送失败"),
                attempts=0,
                asked=0,
                again=0,
                next_try_at=None,
                charged=None,
                reference=None,
            )
            return
    await settle(tx, message, receipt, _ask_at(tx.now, message, receipt.status, gateway))


async def conclude_question(tx: Tx, message: MessageRow, receipt: Receipt | None, gateway: Askable) -> None:
    """What the gateway answered when it was asked; `receipt` is null where it knows nothing of the message."""
    changed = receipt is not None and receipt.status != message.status
    if receipt is not None and changed:
        message.asked = 0
        await conclude(tx, message, receipt, gateway)  # type: ignore[arg-type]
        return
    proof = gateway.absence_after
    called = message.called_at or message.created_at
    if receipt is None and message.status == Status.uncertain and proof is not None and tx.now - called >= proof:
        # It never arrived. Once more, and after that a person must look.
        if message.again:
            await repository.change(tx.session, message.id, next_try_at=None, detail=UNPROVEN)
        else:
            again = {"status": Status.queued, "again": 1, "asked": 0, "next_try_at": None, "detail": None}
            await repository.change(tx.session, message.id, **again)
        return
    message.asked += 1
    due = _ask_at(tx.now, message, Status(message.status), gateway)
    await repository.change(tx.session, message.id, asked=message.asked, next_try_at=due)


def _ask_at(now: datetime, message: MessageRow, status: Status, gateway: object) -> datetime | None:
    """When to ask (again): also at the moment from which on the gateway's ignorance is a proof."""
    pauses = ASK_AFTER.get(status, ())
    if not isinstance(gateway, Askable) or message.asked >= len(pauses):
        return None
    due = now + pauses[message.asked]
    if status is Status.uncertain and gateway.absence_after is not None:
        proven = (message.called_at or now) + gateway.absence_after
        if now < proven < due:
            return proven
    return due
