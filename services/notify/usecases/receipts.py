"""Receipts that come by themselves, and those that are asked for (I6)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from services.notify import repository
from services.notify.domain.message import Asked, Receipt, Status
from services.notify.gateways.port import Askable, Gateway, Report, Reporting
from services.notify.tables import MessageRow
from services.notify.usecases.conclude import conclude, conclude_question
from services.notify.usecases.send import GATEWAYS, delivery_of, gateway_for
from shared.room.room import Room

BATCH = 50
HELD = timedelta(minutes=5)
"""So long nobody else asks about a message; a process that dies meanwhile only delays the question."""

MOST_REPORTS = 1000

log = structlog.get_logger()


def asks(room: Room) -> bool:
    """Whether any gateway can be asked: elsewhere nothing is looked for."""
    gateways: dict[str, Gateway] = room.extra.get(GATEWAYS, {})
    return any(isinstance(gateway, Askable) for gateway in gateways.values())


async def ask_due(room: Room) -> int:
    """Asks the gateways about the messages whose time has come. Returns about how many."""
    if not asks(room):
        return 0
    async with room.begin() as tx:
        messages = list(await repository.claim_asking(tx.session, tx.now, BATCH))
        for message in messages:
            message.next_try_at = tx.now + HELD
    await asyncio.gather(*(_ask(room, message) for message in messages))
    return len(messages)


async def _ask(room: Room, message: MessageRow) -> None:
    gateway = gateway_for(room, message.via or message.channel)
    if not isinstance(gateway, Askable) or gateway.name != message.gateway:
        # It went out by a gateway that is no longer set up: nobody knows more than is written.
        async with room.begin(message.correlation_id) as tx:
            await repository.change(tx.session, message.id, next_try_at=None)
        return
    asked = Asked(message.id, message.address or "", message.reference, message.called_at or message.created_at)
    receipt: Receipt | None = None
    try:
        async with delivery_of(room).lane(gateway.name):
            receipt = await gateway.receipt_of(asked)
    except Exception as error:
        log.warning("notify.receipt_not_answered", key=message.key, gateway=gateway.name, error=type(error).__name__)
        receipt = Receipt(Status(message.status))  # nothing new
    async with room.begin(message.correlation_id) as tx:
        stored = await repository.message(tx.session, message.id)
        if stored is not None and (stored.status, stored.next_try_at) == (message.status, message.next_try_at):
            await conclude_question(tx, stored, receipt, gateway)


def reporting(room: Room, name: str) -> Gateway | None:
    """The gateway of this name that reports to us."""
    gateways: dict[str, Gateway] = room.extra.get(GATEWAYS, {})
    return next((each for each in gateways.values() if each.name == name and isinstance(each, Reporting)), None)


async def take_reports(room: Room, gateway: Gateway, reports: list[Report]) -> int:
    """Returns how many changed something: one heard before, or about a message nobody sent, does not."""
    taken = 0
    for report in reports[:MOST_REPORTS]:
        taken += await _take(room, gateway, report)
    return taken


async def _take(room: Room, gateway: Gateway, report: Report) -> bool:
    async with room.begin() as tx:
        message = None
        message_id = _id(report.message_id)
        if message_id is not None:
            message = await repository.message(tx.session, message_id)
        elif report.reference:
            message = await repository.by_reference(tx.session, gateway.name, report.reference)
        if message is None or message.gateway != gateway.name:
            return False
        other = bool(message.reference and report.reference and message.reference != report.reference)
        waiting = message.status in (Status.sent, Status.uncertain, Status.sending)
        if report.receipt.status is Status.delivered:
            # Also of a call that was taken for lost: it has arrived, whatever was planned since.
            if not waiting and not (message.status == Status.queued and message.again):
                return False
        elif not waiting or other:
            return False
        tx.correlation_id = message.correlation_id
        message.asked = 0
        receipt = Receipt(report.receipt.status, report.reference or message.reference, report.receipt.detail)
        await conclude(tx, message, receipt, gateway)
        return True


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
