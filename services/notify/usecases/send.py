"""A message that is owed is written once, and sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.notify import repository
from services.notify.domain.message import Message, Receipt, Status
from services.notify.gateways.outbox import OutboxGateway
from services.notify.gateways.port import Gateway
from services.notify.tables import MessageRow
from shared.events.notify import MessageSentV1
from shared.kernel.errors import Transient
from shared.org.model import Directory
from shared.room.room import Room, Tx

GATEWAYS = "gateways"
OUTBOX = OutboxGateway()
EXPIRED = Receipt(Status.expired, detail="恢复时已过当日，不再发送")


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that must go out; `key` is unique for good."""

    key: str
    template: str
    channel: str
    recipient: str
    text: str
    complaints: Sequence[UUID]
    local_date: date
    address: str | None = None
    expires_at: datetime | None = None


def gateway_for(room: Room, channel: str) -> Gateway:
    """The gateway of a channel; the outbox where none is set up."""
    gateways: dict[str, Gateway] = room.extra.get(GATEWAYS, {})
    return gateways.get(channel, OUTBOX)


async def send(tx: Tx, owed: Owed) -> bool:
    """Writes the message, and sends it at once where the gateway is local. False where it was owed before."""
    address = owed.address or mobile(await directory_of(tx), owed.recipient)
    gateway = gateway_for(tx.room, owed.channel)
    message = MessageRow(
        id=tx.new_id(),
        key=owed.key,
        template=owed.template,
        channel=owed.channel,
        recipient=owed.recipient,
        address=address,
        text=owed.text,
        complaints=[str(each) for each in owed.complaints],
        local_date=owed.local_date,
        status=Status.queued,
        created_at=tx.now,
        sent_at=None,
        attempts=0,
        next_try_at=None,
        expires_at=owed.expires_at,
        gateway=gateway.name,
        reference=None,
        detail=None,
        correlation_id=tx.correlation_id,
    )
    if not await repository.add_message(tx.session, message.model_dump(), owed.complaints):
        return False
    if is_expired(message, tx.now):
        await settle(tx, message, EXPIRED)
    elif gateway.local:
        await settle(tx, message, await gateway.send(letter(message)))
    return True


def is_expired(message: MessageRow, now: datetime) -> bool:
    """003§19: a reminder missed in an outage goes out the same local day, never a day late."""
    return message.expires_at is not None and now >= message.expires_at


async def settle(tx: Tx, message: MessageRow, receipt: Receipt) -> None:
    """Keeps what became of the message; tells the other rooms of one that went out."""
    sent = receipt.status is Status.sent
    await repository.change(
        tx.session,
        message.id,
        status=receipt.status.value,
        sent_at=tx.now if sent else None,
        attempts=message.attempts + 1,
        next_try_at=None,
        reference=receipt.reference,
        detail=receipt.detail,
    )
    if sent:
        tx.emit(
            MessageSentV1,
            key=message.key,
            template=message.template,
            channel=message.channel,
            recipient=message.recipient,
            complaints=[UUID(each) for each in message.complaints],
        )


def letter(message: MessageRow) -> Message:
    return Message(
        message.id,
        message.key,
        message.channel,
        message.template,
        message.recipient,
        message.address,
        message.text,
    )


def mobile(directory: Directory | None, recipient: str) -> str | None:
    person = directory.person(recipient) if directory else None
    return person.mobile if person else None


def in_place_of(directory: Directory | None, absent: Iterable[str]) -> str:
    """D5: what a delegate's message says besides: for whom he gets it."""
    names = [directory.name_of(person) if directory else person for person in dict.fromkeys(absent)]
    return f"（您代{'、'.join(names)}办理）" if names else ""


async def directory_of(tx: Tx) -> Directory | None:
    """A message is owed also while the directory is still on its way."""
    try:
        return await tx.directory()
    except Transient:
        return None
