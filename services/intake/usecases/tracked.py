"""B8: what a customer reads by his link: his own case, in his words, and nothing of the inside."""

from typing import Any
from uuid import UUID

from services.intake import repository
from services.intake.domain.case import zone_of
from services.intake.domain.keys import Way
from services.intake.domain.progress import DONE, Done, standing_of
from services.intake.domain.signature import sha256, signed_text
from services.intake.usecases.addresses import hotline_of
from services.intake.usecases.allowed import allowed
from services.intake.usecases.cases import not_found, state_in, vars_of
from services.intake.usecases.reads import by_token, opened_by
from shared.org.model import Directory
from shared.policy.clocks import SpanClock
from shared.policy.model import Policy
from shared.room.room import Actor, Room


async def tracked(room: Room, token: str) -> dict[str, Any]:
    """Raises Refused(not_found) for a link that opens nothing."""
    opened = await opened_by(room, token)
    if opened is None:
        raise not_found()
    complaint_id, way = opened
    viewer = Actor("customer", complaint_id=complaint_id)
    async with room.db.read() as session:
        found = await repository.complaint(session, complaint_id)
        if found is None:
            raise not_found()
        directory = await room.directory(session)
        whereabouts = await repository.whereabouts(session, complaint_id)
        signature = await repository.last_signature(session, complaint_id)
        steps = await repository.customer_steps(session, complaint_id)
        rated = await repository.rated(session, complaint_id)
        hotline = await hotline_of(session, found.project_id)
        files = [one for one in await repository.attachments(session, complaint_id) if one.uploaded_by == viewer.id]
    policy = room.policies.get(found.policy_id, found.policy_version)
    project = directory.project(found.project_id)
    closed = state_in(policy, found, whereabouts) in policy.closed_states
    told = policy.told.next if policy.told else None
    standing = standing_of(closed, [step.fact for step in steps], told)
    acts = await allowed(room, viewer, complaint_id)
    text = signed_text(vars_of(found), zone_of(policy))
    zone = directory.zone(found.project_id)
    expected = whereabouts.required_by or found.required_by
    done = [Done(found.registered_at, "已登记"), *(Done(step.at, DONE[step.fact]) for step in steps)]
    return {
        "complaint": str(found.id),
        "number": found.number,
        "project_name": project.name if project else found.project_id,
        "state": standing.state,
        "next": standing.next,
        "closed": closed,
        "merged": found.merged_into is not None,
        "expected": expected.astimezone(zone) if expected else None,
        "within": _within(policy),
        "contact": hotline or _officer(directory, found.officer),
        "customer": found.customer,
        "content": found.content,
        "signed_at": signature.signed_at.astimezone(zone) if signature else None,
        "unchanged": signature is None or sha256(text) == signature.text_sha256,
        "done": [Done(one.at.astimezone(zone), one.what) for one in done],
        "files": files,
        "signs": "complaint.sign" in acts and not found.signed,
        "uploads": not closed,
        "rates": "complaint.rate_window" in acts and not rated,
        "way": way,
        "opens_rating": way is not Way.handed,
        "rated": rated,
    }


async def own_case(room: Room, token: str) -> UUID:
    """The case that the link opens. Raises Refused(not_found)."""
    found = await by_token(room, token)
    if found is None:
        raise not_found()
    return found


def _within(policy: Policy) -> str:
    """002§二(一)5: the time the policy promises where no day was agreed."""
    clock = policy.clocks.get(policy.told.clock or "") if policy.told else None
    return clock.length.label if isinstance(clock, SpanClock) else ""


def _officer(directory: Directory, officer: str | None) -> str:
    person = directory.person(officer or "")
    return f"客服专员 {person.name}，{person.mobile}" if person and person.mobile else ""
