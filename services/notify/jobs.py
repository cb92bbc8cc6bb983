"""Sending through gateways that stand outside: claimed, called, settled, each in a transaction of its own."""

from datetime import datetime, timedelta

import structlog

from services.notify import repository
from services.notify.domain.message import Receipt, Status
from services.notify.gateways.port import Gateway
from services.notify.tables import MessageRow
from services.notify.usecases.send import EXPIRED, directory_of, gateway_for, is_expired, letter, mobile, settle
from shared.kernel.errors import Transient
from shared.room.room import Room

BATCH = 50
RETRY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
GIVE_UP_WAITING = timedelta(minutes=5)
"""After so long without an answer the process that sent is taken for dead."""

log = structlog.get_logger()


async def send_due(room: Room) -> int:
    """Sends what is queued; several replicas may run at once. Returns how many messages were tried."""
    due = await next_due(room)
    if due is None or due > room.clock.now():
        return 0
    await _look_after_stuck(room)
    claimed = await _claim(room)
    for message in claimed:
        if is_expired(message, room.clock.now()):
            await _keep(room, message, EXPIRED)
            continue
        gateway = gateway_for(room, message.channel)
        room.failpoint("notify.before_send")
        receipt = await _try(gateway, message)
        room.failpoint("notify.after_send")
        await _keep(room, message, receipt)
    return len(claimed)


async def next_due(room: Room) -> datetime | None:
    async with room.db.read() as session:
        return await repository.next_due(session)


async def _claim(room: Room) -> list[MessageRow]:
    """The claim is committed before the call: a crash leaves `sending`, never a message sent twice unknowingly."""
    async with room.begin() as tx:
        directory = await directory_of(tx)
        messages = list(await repository.claim_due(tx.session, tx.now, BATCH))
        for message in messages:
            message.status = Status.sending
            message.address = message.address or mobile(directory, message.recipient)
            message.next_try_at = tx.now + GIVE_UP_WAITING
            message.gateway = gateway_for(room, message.channel).name
    return messages


async def _try(gateway: Gateway, message: MessageRow) -> Receipt | None:
    """None where the message was certainly not taken."""
    try:
        return await gateway.send(letter(message))
    except Transient as error:
        log.warning("notify.send_postponed", key=message.key, gateway=gateway.name, reason=str(error))
        return None
    except Exception as error:
        # Whatever broke, broke after the message may have left: never send it again blindly.
        log.error("notify.send_uncertain", key=message.key, gateway=gateway.name, error=type(error).__name__)
        return Receipt(Status.uncertain, detail=type(error).__name__)


async def _keep(room: Room, message: MessageRow, receipt: Receipt | None) -> None:
    gateway = gateway_for(room, message.channel)
    async with room.begin(message.correlation_id) as tx:
        stored = await repository.message(tx.session, message.id)
        if stored is None or stored.status != Status.sending or stored.next_try_at != message.next_try_at:
            return  # somebody took this process for dead and looked after the message
        again = receipt is None or (receipt.status is Status.uncertain and gateway.deduplicates)
        if receipt is not None and not again:
            await settle(tx, stored, receipt)
        elif stored.attempts < len(RETRY_DELAYS):
            due = tx.now + RETRY_DELAYS[stored.attempts]
            await repository.change(
                tx.session, stored.id, status=Status.queued, attempts=stored.attempts + 1, next_try_at=due
            )
        else:
            await settle(tx, stored, receipt or Receipt(Status.failed, detail="多次重试仍未成功"))


async def _look_after_stuck(room: Room) -> None:
    async with room.begin() as tx:
        for message in await repository.claim_stuck(tx.session, tx.now, BATCH):
            if gateway_for(room, message.channel).deduplicates:
                await repository.change(tx.session, message.id, status=Status.queued, next_try_at=None)
            else:
                await settle(tx, message, Receipt(Status.uncertain, detail="发送中断，未收到网关回执"))
