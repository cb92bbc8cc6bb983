"""What intake says about a case becomes this room's copy of it, in whatever order it arrives."""

from typing import Any

from services.dispatch.domain.deadlines import earlier
from services.dispatch.domain.fold import Picture, fold
from services.dispatch.domain.steps import is_closed
from services.dispatch.repository import (
    add_cooperation,
    change_complaint,
    complaint_of,
    facts_of,
    keep_fact,
    keep_link,
    one_at_a_time,
    places_of,
    store,
)
from services.dispatch.tables import COMPLAINT, Complaint
from services.dispatch.usecases.acting import find_policy, record
from shared.events.base import CaseFact
from shared.events.dispatch import CaseClosedV1
from shared.events.intake import ComplaintLinkedV1
from shared.org.confidential import confined_to, stored
from shared.policy.model import Policy
from shared.room.room import Tx

ON_THE_SPOT = "on_the_spot"
DUPLICATE = "duplicate"
CLOSED_BY_FACT = "case.closed"


async def take_fact(tx: Tx, event: CaseFact) -> None:
    """Keeps the fact and draws the case anew from all facts there are; before the registration there is no case."""
    await one_at_a_time(tx, event.complaint_id)
    await keep_fact(tx, event, event.complaint_id)
    if isinstance(event, ComplaintLinkedV1):
        await keep_link(tx, event)
    facts = await facts_of(tx.session, event.complaint_id)
    picture = fold(facts)
    if picture is None:
        return
    policy = find_policy(tx.room, picture.registered.policy_id, picture.registered.policy_version)
    case = await complaint_of(tx.session, event.complaint_id, lock=True)
    if case is None:
        # The version counts facts and acts alike, so it does not tell in which order the facts came.
        version = len(facts)
        await _open(tx, picture, policy, version)
    else:
        version = case.version + 1
        await change_complaint(tx, case.complaint_id, {"version": version, **_redrawn(case, picture, policy)})
    state = case.state if case else policy.initial_state
    if tx.room.observes:
        return  # its region closes it, and says so
    if picture.merged is not None and not is_closed(policy, state):
        await _close(tx, picture.merged, policy, state, DUPLICATE, version + 1)
    elif picture.solved is not None and state == policy.initial_state:
        await _close(tx, picture.solved, policy, state, ON_THE_SPOT, version + 1)


async def _open(tx: Tx, picture: Picture, policy: Policy, version: int) -> None:
    registered = picture.registered
    places = places_of(policy, picture.category, None)
    row: dict[str, Any] = {
        "complaint_id": registered.complaint_id,
        "number": registered.number,
        "project_id": registered.project_id,
        "policy_id": registered.policy_id,
        "policy_version": registered.policy_version,
        "officer": registered.officer,
        "channel": registered.channel,
        "registered_at": registered.occurred_at,
        "on_the_spot": registered.on_the_spot,
        "state": policy.initial_state,
        "state_since": registered.occurred_at,
        "version": version,
        "order_department": None,
        "required_by": earlier(registered.required_by, picture.inherited_required_by),
        "inherited_required_by": picture.inherited_required_by,
        "material_entered": False,
        "planned": False,
        "pending": {},
        "open_ends": False,
        "asked": [],
        **_recorded(picture),
        **_classification(picture, policy),
        **places,
    }
    await store(tx, COMPLAINT, row)
    await add_cooperation(tx, registered.complaint_id, places["cooperating"])


def _redrawn(case: Complaint, picture: Picture, policy: Policy) -> dict[str, Any]:
    changes = _recorded(picture) | _classification(picture, policy)
    changes["inherited_required_by"] = picture.inherited_required_by
    changes["required_by"] = earlier(case.required_by, picture.inherited_required_by)
    # Another category moves the case only until an order has named who handles it.
    if case.order_department is None and case.category != picture.category:
        changes |= places_of(policy, picture.category, None)
    return changes


def _recorded(picture: Picture) -> dict[str, Any]:
    """What the customer said, and who he is, as last corrected."""
    told = picture.recorded
    return {
        "contact_ended_at": told.contact_ended_at,
        "content": told.content,
        "customer": told.customer.model_dump(mode="json", exclude_none=True),
        "extra": told.fields,
        "customer_name": told.customer.name,
        "customer_phone": told.customer.phone,
        "customer_room": told.customer.room,
        "customer_terms": (told.customer.name, told.customer.phone, told.customer.room),
    }


def _classification(picture: Picture, policy: Policy) -> dict[str, Any]:
    aspects = {name: getattr(picture, name) for name in ("kind", "validity", "category", "severity")}
    aspects["channel"] = picture.registered.channel
    return {
        "confined_to": stored(confined_to(policy, aspects, picture.recorded.fields)),
        "extreme": picture.extreme,
        "guardian": picture.guardian,
        "kind": picture.kind,
        "validity": picture.validity,
        "category": picture.category,
        "severity": picture.severity,
        "severity_reason": picture.severity_reason,
        "signed": picture.signed,
    }


async def _close(tx: Tx, fact: CaseFact, policy: Policy, before: str, ground: str, version: int) -> None:
    """003§15: solved on the spot and signed; once the case has gone on its way, it is closed by that way only.
    003§33.4: merged into the case it duplicates, wherever it was; nothing waits on it any more.
    """
    state = policy.closed_states[0]
    closing = tx.emit(
        CaseClosedV1,
        occurred_at=fact.occurred_at,
        complaint_id=fact.complaint_id,
        project_id=fact.project_id,
        by=fact.by,
        state_before=before,
        state=state,
        ground=ground,
    )
    changes: dict[str, Any] = {
        "version": version,
        "state": state,
        "state_since": fact.occurred_at,
        "closed_at": fact.occurred_at,
        "closed_ground": ground,
    }
    if isinstance(fact, ComplaintLinkedV1):
        changes |= {"merged_into": fact.number or str(fact.to), "pending": {}, "open_ends": False, "asked": []}
    await change_complaint(tx, fact.complaint_id, changes)
    await record(tx, closing, version, CLOSED_BY_FACT, {"ground": ground})
