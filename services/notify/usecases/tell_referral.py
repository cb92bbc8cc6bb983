"""A2: the property company's head is told that a customer was sent on to him."""

from services.notify.domain.templates import text_of
from services.notify.usecases.send import Owed, in_place_of, send
from shared.events.intake import ComplaintReferredV1
from shared.org.acting import acting_for
from shared.room.room import Tx

TEMPLATE = "referral.property"


async def tell_referral(tx: Tx, event: ComplaintReferredV1) -> None:
    """Once a referral; who acts for him where he is away. No policy asks for it: a centre that is closed has none."""
    if event.head is None:
        return
    directory = await tx.directory()
    project = directory.project(event.project_id)
    told = acting_for(directory, event.head, event.occurred_at)
    named = project.name if project else event.project_id
    absent = in_place_of(directory, [event.head] if told != event.head else [])
    owed = Owed(
        key=f"{TEMPLATE}:{event.referral_id}",
        template=TEMPLATE,
        channel="sms",
        recipient=told,
        text=text_of(TEMPLATE, [named], {}) + absent,
        complaints=[],
        local_date=tx.now.astimezone(directory.zone(event.project_id)).date(),
        numbers=[named],
        words={"for": absent} if absent else {},
        zone=directory.zone(event.project_id).key,
    )
    await send(tx, owed)
