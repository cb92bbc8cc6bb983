"""A message that is owed is written once, and sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notify import repository
from services.notify.domain.case import CUSTOMER
from services.notify.domain.message import Message, Receipt, Status
from services.notify.domain.quiet import NEVER_QUIET
from services.notify.gateways.delivery import DELIVERY, Delivery
from services.notify.gateways.outbox import OutboxGateway
from services.notify.gateways.port import Gateway
from services.notify.tables import MessageRow
from shared.events.notify import MessageSentV1
from shared.kernel.errors import Transient
from shared.obs import tracing
from shared.obs.correlation import correlated
from shared.org.model import Directory
from shared.room.room import Room, Tx

GATEWAYS = "gateways"
OUTBOX = OutboxGateway()
EXPIRED = Receipt(Status.expired, detail="恢复时已过当日，不再发送")


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that must go out; `key` is unique for good.

    `numbers` and `words` are what the text was made of. `zone` names the time zone of the case's project.
    """

    key: str
    template: str
    channel: str
    recipient: str
    text: str
    complaints: Sequence[UUID]
    local_date: date
    address: str | None = None
    expires_at: datetime | None = None
    numbers: Sequence[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None


def delivery_of(room: Room) -> Delivery:
    """How messages leave; without a setting there are no limits, no quiet hours and no other channels."""
    found: Delivery = room.extra.setdefault(DELIVERY, Delivery())
    return found


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
        said={"numbers": list(owed.numbers), "words": dict(owed.words)} if owed.numbers or owed.words else None,
        zone=owed.zone,
    )
    message.next_try_at = quiet_until(tx.room, message, await directory_of(tx), tx.now)
    if not await repository.add_message(tx.session, message.model_dump(), owed.complaints):
        return False
    tracing.mark(f"owe {owed.template}", "producer", tx.correlation_id, message.id, {"room": tx.room.name})
    if is_expired(message, tx.now):
        await settle(tx, message, EXPIRED)
    elif gateway.local and message.next_try_at is None:
        await settle(tx, message, await handed_over(gateway, message))
    return True


async def handed_over(gateway: Gateway, message: MessageRow, told: Message | None = None) -> Receipt:
    """The end of the trace that began with a request: the gateway has the message, or raises. `told`: as this one."""
    trace_id, facts = message.correlation_id, {"template": message.template, "gateway": gateway.name}
    with (
        correlated(trace_id),
        tracing.span(f"send {message.via or message.channel}", "client", trace_id, parent=message.id, about=facts),
    ):
        return await gateway.send(told or letter(message))


def zone_of(message: MessageRow, directory: Directory | None) -> ZoneInfo:
    return ZoneInfo(message.zone or (directory.timezone if directory else "Asia/Shanghai"))


def quiet_until(room: Room, message: MessageRow, directory: Directory | None, now: datetime) -> datetime | None:
    """I6: when the customer may be told; None where he may now. Only customers are left alone at night."""
    quiet = delivery_of(room).quiet
    if quiet is None or message.recipient != CUSTOMER or message.template in NEVER_QUIET:
        return None
    return quiet.until(now, zone_of(message, directory))


def is_expired(message: MessageRow, now: datetime) -> bool:
    """003§19: a reminder missed in an outage goes out the same local day, never a day late."""
    return message.expires_at is not None and now >= message.expires_at


async def settle(tx: Tx, message: MessageRow, receipt: Receipt, ask_at: datetime | None = None) -> None:
    """Keeps what became of the message; tells the other rooms of one that went out, once. `ask_at`: when to ask the
    gateway what it knows.
    """
    out = receipt.status in (Status.sent, Status.delivered)
    await repository.change(
        tx.session,
        message.id,
        status=receipt.status.value,
        sent_at=message.sent_at or (tx.now if out else None),
        delivered_at=tx.now if receipt.status is Status.delivered else None,
        attempts=message.attempts + 1,
        next_try_at=ask_at,
        reference=receipt.reference or message.reference,
        detail=receipt.detail,
    )
    if out and message.sent_at is None:
        tx.emit(
            MessageSentV1,
            key=message.key,
            template=message.template,
            channel=message.via or message.channel,
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
