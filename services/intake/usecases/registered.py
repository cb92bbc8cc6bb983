"""What whoever registered a complaint is told and may do next: its number, its clock, the customer's link."""

from typing import Any
from uuid import UUID

from services.intake import repository
from services.intake.domain.first_clock import first_clock
from services.intake.domain.keys import Way, derived
from services.intake.domain.places import departments
from services.intake.usecases.allowed import allowed
from services.intake.usecases.cases import not_found, state_in, vars_of
from services.intake.usecases.reads import sees_in_full
from services.intake.usecases.suggest import suggestions_of
from shared.kernel.masking import mask_name
from shared.org.model import Post
from shared.policy.model import Policy
from shared.room.room import Actor, Room

SUBMIT = "order.submit"
ISSUE = "order.issue"
RATE = "complaint.rate_window"
GIVEN = (Way.handed, Way.code, Way.window)


async def registered(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """For who registered it and for the officers of its project; to anybody else it is not there (not_found).

    The customer's own key is told to nobody here, only what follows from it: the link that is handed to him, the code
    of his rating, and the terminal's page.
    """
    now = room.clock.now()
    async with room.db.read() as session:
        found = await repository.complaint(session, complaint_id)
        directory = await room.directory(session)
        if found is None:
            raise not_found()
        whereabouts = await repository.whereabouts(session, complaint_id)
        policy = room.policies.get(found.policy_id, found.policy_version)
        officers = directory.holders(Post.service_officer, found.project_id, None, now)
        in_full = sees_in_full(policy, directory, viewer, found, whereabouts, now)
        by_himself = viewer.person == found.registered_by
        if not by_himself and not (viewer.person in officers and in_full):
            raise not_found()
        alike = await suggestions_of(room.policies, session, policy, found, now) if in_full else []
    project = directory.project(found.project_id)
    # Of a letter few may see, he who took it has the receipt and learns nothing more (004§7(二)).
    secret = found.confined_to is not None and not in_full
    state = policy.initial_state if secret else state_in(policy, found, whereabouts)
    clock = first_clock(policy, vars_of(found), found.fields)
    acts = {} if secret else await allowed(room, viewer, complaint_id)
    waits = state == policy.initial_state and not whereabouts.ordered
    return {
        "complaint": str(found.id),
        "number": found.number,
        "project": found.project_id,
        "project_name": project.name if project else found.project_id,
        "state": state,
        "state_name": policy.state_names.get(state, state),
        "closed": state in policy.closed_states,
        "signed": found.signed,
        "on_the_spot": found.on_the_spot,
        "customer": found.customer if in_full else {"name": mask_name(found.customer.get("name"))},
        "content": found.content if in_full else "",
        "contact_ended_at": found.contact_ended_at,
        "registered_at": found.registered_at,
        "required_by": found.required_by,
        "severity_reason": found.severity_reason if in_full else "",
        "category": found.category,
        "officer_name": directory.name_of(found.officer) if found.officer else "",
        "handed_in": found.handed_in,
        "works": in_full,
        "keys": {} if secret else {way.value: derived(found.tracking, found.id, way) for way in GIVEN},
        "version": found.version,
        "clock": clock if waits else None,
        "due": clock.due(found.contact_ended_at, found.registered_at) if clock and waits else None,
        "order": _order(policy, waits, viewer.person in officers),
        "issues": ISSUE in policy.steps,
        "rates": RATE in policy.steps and not found.handed_in,
        "submit_name": policy.steps[SUBMIT].name if SUBMIT in policy.steps else "",
        "departments": departments(directory, found.project_id),
        "acts": acts,
        "suggestions": [] if "complaint.link" not in acts else alike,
        "policy_name": policy.name,
        "told_next": policy.told.next if policy.told else "",
    }


def _order(policy: Policy, waits: bool, officer: bool) -> bool:
    """Whether the order can be sent up from here. Dispatch decides; this only spares a button that would be refused."""
    step = policy.steps.get(SUBMIT)
    return step is not None and waits and officer and policy.initial_state in step.states
