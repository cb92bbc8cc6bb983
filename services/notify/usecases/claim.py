"""Takes messages that are due, and finds for each the channel that may carry it now (I6)."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from services.notify import repository
from services.notify.domain.case import CUSTOMER
from services.notify.domain.limits import next_minute
from services.notify.domain.message import Message, Receipt, Status
from services.notify.domain.wording import Wording
from services.notify.gateways.delivery import Delivery
from services.notify.gateways.port import Gateway
from services.notify.tables import MessageRow
from services.notify.usecases.send import (
    EXPIRED,
    delivery_of,
    directory_of,
    gateway_for,
    handed_over,
    is_expired,
    letter,
    mobile,
    quiet_until,
    settle,
    zone_of,
)
from shared.org.model import Directory
from shared.room.room import Room, Tx

BATCH = 50
GIVE_UP_WAITING = timedelta(minutes=5)
"""After so long without an answer the process that sent is taken for dead."""

AWAY_MOST = timedelta(hours=24)
"""So long a message waits for a gateway that is away, then the next channel has it."""

DIRECTORY_PAUSE = timedelta(seconds=5)

Claimed = tuple[MessageRow, Gateway, Message]


async def claim(room: Room) -> tuple[int, list[Claimed]]:
    """How many messages were looked at, and those that are to be sent now. The claim is committed before the call: a
    crash leaves `sending`, never a message sent twice unknowingly.
    """
    claimed: list[Claimed] = []
    async with room.begin() as tx:
        directory = await directory_of(tx)
        due = await repository.claim_due(tx.session, tx.now, BATCH)
        # In the order of numbers: two replicas that count for the same ones must not wait for each other crosswise.
        for message in sorted(due, key=lambda each: (each.address or "", each.id)):
            placed = await _place(tx, message, directory)
            if placed is not None:
                message.status, message.called_at = Status.sending, tx.now
                message.next_try_at = tx.now + GIVE_UP_WAITING
                message.gateway = placed[0].name
                claimed.append((message, *placed))
    return len(due), claimed


def following(room: Room, message: MessageRow, channel: str) -> str | None:
    """The channel after this one; a customer has only the one that the message names."""
    if message.recipient == CUSTOMER:
        return None
    order = [name for name in delivery_of(room).fallbacks if name == channel or name != message.channel]
    after = order[order.index(channel) + 1 :] if channel in order else order
    return after[0] if after else None


def noted(message: MessageRow, channel: str, why: str) -> str:
    """What the record says of a channel that could not take the message."""
    return f"{message.note}；{channel}：{why}" if message.note else f"{channel}：{why}"


async def _place(tx: Tx, message: MessageRow, directory: Directory | None) -> tuple[Gateway, Message] | None:
    """The gateway and what it is given; None where the message waits, or its way has ended."""
    room = tx.room
    if is_expired(message, tx.now):
        await settle(tx, message, EXPIRED)
        return None
    quiet = quiet_until(room, message, directory, tx.now)
    if quiet is not None:
        message.next_try_at = quiet
        return None
    message.address = message.address or mobile(directory, message.recipient)
    if directory is None and message.address is None:
        message.next_try_at = tx.now + DIRECTORY_PAUSE
        return None
    while True:
        channel = message.via or message.channel
        gateway = gateway_for(room, channel)
        told = _told(delivery_of(room), message, channel, directory, tx.now)
        if gateway.local:
            message.gateway = gateway.name
            await settle(tx, message, await handed_over(gateway, message, told))
            return None
        hindrance = await _hindrance(tx, message, channel, gateway, told, directory)
        if hindrance is None:
            return gateway, told
        if isinstance(hindrance, datetime):
            message.next_try_at = min(hindrance, message.expires_at or hindrance)
            return None
        after = following(room, message, channel)
        if after is None:
            await settle(tx, message, Receipt(Status.failed, detail=hindrance))
            return None
        message.note = noted(message, channel, hindrance)
        message.via, message.charged, message.attempts, message.reference = after, None, 0, None


def _told(delivery: Delivery, message: MessageRow, channel: str, directory: Directory | None, now: datetime) -> Message:
    person = directory.person(message.recipient) if directory else None
    said = message.said or {}
    mapped = delivery.templates.find(message.template)
    wording: Wording | None = None
    if mapped is not None:
        words = dict(said.get("words", {})) | {"name": person.name if person else "客户"}
        words["day"] = message.local_date.isoformat()
        wording = mapped.fill(said.get("numbers", []), words)
    return replace(
        letter(message),
        channel=channel,
        address=person.email if channel == "email" and person else message.address,
        name=person.name if person else "",
        wording=wording,
    )


async def _hindrance(
    tx: Tx,
    message: MessageRow,
    channel: str,
    gateway: Gateway,
    told: Message,
    directory: Directory | None,
) -> datetime | str | None:
    """Why the channel does not carry the message: not before an instant, or not at all; None where it does."""
    delivery = delivery_of(tx.room)
    if told.address is None:
        return "没有电子邮箱" if channel == "email" else "没有手机号码"
    if channel in delivery.needs_template and told.wording is None:
        return "短信模板未映射"
    limits = delivery.limits_of(channel)
    not_before = limits.not_before(tx.now)
    if not_before is not None:
        return not_before
    breaker = delivery.breaker(gateway.name)
    if breaker.is_open and tx.now - message.created_at >= AWAY_MOST:
        return "网关长时间不可用"
    away = breaker.closed_until(tx.now)
    if away is not None:
        return away
    address = hashlib.sha256(told.address.encode()).hexdigest()
    zone = zone_of(message, directory)
    day = f"{channel} {tx.now.astimezone(zone).date().isoformat()}"
    if message.charged != day:
        wording = f"{told.wording.sign} {told.wording.code}"[:150] if told.wording else None
        taken: list[str] = []
        for slot in limits.day_slots(tx.now, zone, wording):
            if not await repository.take(tx.session, channel, address, slot.name, slot.most, slot.over):
                for name in taken:
                    await repository.give_back(tx.session, channel, address, name)
                return "当日条数已达上限"
            taken.append(slot.name)
        message.charged = day
    for slot in limits.minute_slots(tx.now):
        if not await repository.take(tx.session, channel, address, slot.name, slot.most, slot.over):
            return next_minute(tx.now)
    return None
