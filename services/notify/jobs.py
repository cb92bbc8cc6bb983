"""Sending through gateways that stand outside: claimed, called, settled, each in a transaction of its own."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.notify import repository
from services.notify.domain.message import Message, Receipt, Status
from services.notify.gateways.port import Closing, Gateway, GatewayAway
from services.notify.tables import MessageRow
from services.notify.usecases.claim import BATCH, GIVE_UP_WAITING, claim
from services.notify.usecases.conclude import conclude
from services.notify.usecases.receipts import ask_due, asks
from services.notify.usecases.send import GATEWAYS, delivery_of, gateway_for, handed_over, is_expired
from shared.kernel.errors import Transient
from shared.room.room import Room

__all__ = ["GIVE_UP_WAITING", "RETRY_DELAYS", "next_due", "send_all", "send_due"]

RETRY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
LANES = 4
"""So many batches are on their way at once: one that waits for a slow answer does not hold up the others."""

FORGETS_EVERY = timedelta(hours=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NotNow:
    """The message was certainly not taken. `until`: the gateway is away, and this was no try."""

    until: datetime | None = None
    away: bool = False


async def send_all(room: Room) -> None:
    """Sends all that is due, and lets go of the connections."""
    due = await next_due(room)
    if due is None or due > room.clock.now():
        return
    try:
        await _all(_lane(room) for _ in range(LANES))
    finally:
        gateways: dict[str, Gateway] = room.extra.get(GATEWAYS, {})
        for gateway in gateways.values():
            if isinstance(gateway, Closing):
                await gateway.close()


async def _lane(room: Room) -> None:
    while await send_due(room):
        pass


async def send_due(room: Room) -> int:
    """Sends what is queued; several replicas may run at once. Returns how many messages were looked at."""
    due = await next_due(room)
    if due is None or due > room.clock.now():
        return 0
    await _forget(room)
    await _look_after_stuck(room)
    asked = await ask_due(room)
    looked_at, claimed = await claim(room)
    await _all(_send(room, message, gateway, told) for message, gateway, told in claimed)
    return looked_at + asked


async def next_due(room: Room) -> datetime | None:
    async with room.db.read() as session:
        due = await repository.next_due(session)
        asking = await repository.next_asking(session) if asks(room) else None
    return min((at for at in (due, asking) if at is not None), default=None)


async def _send(room: Room, message: MessageRow, gateway: Gateway, told: Message) -> None:
    delivery = delivery_of(room)
    async with delivery.lane(gateway.name):
        away = delivery.breaker(gateway.name).opened_until(room.clock.now())
        if away is not None:
            await _keep(room, message, NotNow(away, away=True), gateway)
            return
        if is_expired(message, room.clock.now()):
            # Its day ended while it waited for its turn: the next round writes it off.
            await _keep(room, message, NotNow(room.clock.now(), away=True), gateway)
            return
        room.failpoint("notify.before_send")
        receipt = await _try(room, gateway, message, told)
        room.failpoint("notify.after_send")
    await _keep(room, message, receipt, gateway)


async def _try(room: Room, gateway: Gateway, message: MessageRow, told: Message) -> Receipt | NotNow:
    breaker = delivery_of(room).breaker(gateway.name)
    try:
        receipt = await handed_over(gateway, message, told)
    except GatewayAway as error:
        log.warning("notify.gateway_away", key=message.key, gateway=gateway.name, reason=str(error))
        until = breaker.failed(room.clock.now(), error.wait)
        if until is not None:
            await _postpone(room, message.via or message.channel, until)
        return NotNow(until, away=True)
    except Transient as error:
        log.warning("notify.send_postponed", key=message.key, gateway=gateway.name, reason=str(error))
        breaker.worked()
        return NotNow()
    except Exception as error:
        # Whatever broke, broke after the message may have left: never send it again blindly.
        log.error("notify.send_uncertain", key=message.key, gateway=gateway.name, error=type(error).__name__)
        breaker.failed(room.clock.now())
        return Receipt(Status.uncertain, detail=type(error).__name__)
    breaker.worked()
    return receipt


async def _postpone(room: Room, channel: str, until: datetime) -> None:
    async with room.begin() as tx:
        await repository.postpone(tx.session, channel, until)


async def _keep(room: Room, message: MessageRow, receipt: Receipt | NotNow, gateway: Gateway) -> None:
    async with room.begin(message.correlation_id) as tx:
        stored = await repository.message(tx.session, message.id)
        if stored is None or stored.status != Status.sending or stored.next_try_at != message.next_try_at:
            return  # somebody took this process for dead and looked after the message, or its receipt came first
        if isinstance(receipt, NotNow) and receipt.away:
            opened = delivery_of(room).breaker(gateway.name).opened_until(tx.now)
            due = receipt.until or opened or tx.now + RETRY_DELAYS[0]
            due = min(due, stored.expires_at or due)
            await repository.change(tx.session, stored.id, status=Status.queued, next_try_at=due)
            return
        again = isinstance(receipt, NotNow) or (receipt.status is Status.uncertain and gateway.deduplicates)
        if not again:
            assert isinstance(receipt, Receipt)
            await conclude(tx, stored, receipt, gateway)
        elif stored.attempts < len(RETRY_DELAYS):
            due = tx.now + RETRY_DELAYS[stored.attempts]
            await repository.change(
                tx.session, stored.id, status=Status.queued, attempts=stored.attempts + 1, next_try_at=due
            )
        else:
            last = Receipt(Status.failed, detail="多次重试仍未成功") if isinstance(receipt, NotNow) else receipt
            await conclude(tx, stored, last, gateway)


async def _look_after_stuck(room: Room) -> None:
    async with room.begin() as tx:
        for message in await repository.claim_stuck(tx.session, tx.now, BATCH):
            gateway = gateway_for(room, message.via or message.channel)
            if gateway.deduplicates:
                await repository.change(tx.session, message.id, status=Status.queued, next_try_at=None)
            else:
                await conclude(tx, message, Receipt(Status.uncertain, detail="发送中断，未收到网关回执"), gateway)


async def _forget(room: Room) -> None:
    last: datetime | None = room.extra.get("budgets_forgotten")
    if last is not None and timedelta(0) <= room.clock.now() - last < FORGETS_EVERY:
        return
    async with room.begin() as tx:
        await repository.forget_budgets(tx.session, tx.now)
    room.extra["budgets_forgotten"] = room.clock.now()


async def _all(work: "Sequence[Coroutine[Any, Any, None]] | Any") -> None:
    """All at once; the first error ends the others, as it does when the process ends."""
    tasks = [asyncio.ensure_future(each) for each in work]
    if not tasks:
        return
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
