"""003§19: a fact happened of which the policy wants somebody told."""

from zoneinfo import ZoneInfo

from services.notify import repository
from services.notify.domain.case import CUSTOMER, CaseCopy, copy_of, owed_for, placed, stamp, words_of
from services.notify.domain.promise import PUBLIC_URL, promised
from services.notify.domain.templates import text_of
from services.notify.tables import CaseFactRow
from services.notify.usecases.send import Owed, directory_of, in_place_of, send
from shared.events.base import REGISTRY, CaseFact, fact_name
from shared.events.intake import ComplaintRegisteredV1
from shared.org.acting import acting_for
from shared.org.confidential import in_confidence, stored
from shared.org.liability import holder
from shared.policy.clocks import EventMessage
from shared.policy.model import Policy
from shared.room.room import Tx


async def tell(tx: Tx, event: CaseFact) -> None:
    """Keeps the fact, and sends what is owed for every fact of the case not yet served. A fact that overtook the
    registration waits for it: the policy and the customer's number come with that one.
    """
    await repository.lock_case(tx.session, event.complaint_id)
    await repository.keep_fact(tx.session, event)
    rows = await repository.facts(tx.session, event.complaint_id)
    # The customer's key is in the event in hand only: it goes into his message, and is not kept beside it.
    known = [(row, event if row.event_id == event.event_id else parsed(row)) for row in rows]
    waiting = [fact for row, fact in known if not row.done]
    facts = [fact for _, fact in known]
    latest = copy_of(facts)
    if latest is None:
        return
    policy = tx.room.policies.get(latest.policy_id, latest.policy_version)
    if policy.confidential:
        await repository.confine(tx.session, event.complaint_id, stored(placed(policy, latest).confined_to))
    for fact in waiting:
        case = copy_of(facts, until=stamp(fact))
        if case is not None:
            await _serve(tx, case, fact)
    await repository.settle_facts(tx.session, [fact.event_id for fact in waiting])


def parsed(row: CaseFactRow) -> CaseFact:
    fact = REGISTRY[row.topic].model_validate(row.body)
    if not isinstance(fact, CaseFact):
        raise TypeError(f"{row.topic} is no fact of a case")
    return fact


async def _serve(tx: Tx, case: CaseCopy, fact: CaseFact) -> None:
    policy = tx.room.policies.get(case.policy_id, case.policy_version)
    for message in owed_for(policy, fact_name(fact.topic), fact.model_dump()):
        directory = await directory_of(tx)
        words, zone = await _words(tx, policy, fact), await _zone(tx, policy, fact.project_id)
        for recipient, absent in (await _recipients(tx, policy, case, fact, message)).items():
            instead = in_place_of(directory, absent)
            owed = Owed(
                key=f"{message.template}:{fact.event_id}:{recipient}",
                template=message.template,
                channel=message.channel,
                recipient=recipient,
                text=text_of(message.template, [case.number], words) + instead,
                complaints=[fact.complaint_id],
                local_date=tx.now.astimezone(zone).date(),
                address=case.phone if recipient == CUSTOMER else None,
                numbers=[case.number],
                words=words | ({"for": instead} if instead else {}),
                zone=zone.key,
            )
            await send(tx, owed)


async def _recipients(
    tx: Tx, policy: Policy, case: CaseCopy, fact: CaseFact, message: EventMessage
) -> dict[str, list[str]]:
    """Each person once, with the absent people in whose place he is told. Whom the fact itself names is told, or who
    acts for him, whoever came after him.
    """
    people: dict[str, list[str]] = {}
    directory = await directory_of(tx)
    standing = placed(policy, case)
    for post in message.to:
        if post == CUSTOMER:
            people[CUSTOMER] = []
            continue
        if post in type(fact).model_fields:
            person = getattr(fact, post)
        else:
            person = holder(post, policy, await tx.directory(), standing, fact.occurred_at)
        if person and standing.confined_to:
            # Of a letter few may see only they are told, and nobody in their place.
            if in_confidence(policy, await tx.directory(), standing, person, fact.occurred_at):
                people.setdefault(person, [])
        elif person:
            told = acting_for(directory, person, fact.occurred_at) if directory else person
            people.setdefault(told, []).extend([person] if told != person else [])
    return people


async def _words(tx: Tx, policy: Policy, fact: CaseFact) -> dict[str, str]:
    words = words_of(policy, fact)
    if isinstance(fact, ComplaintRegisteredV1):
        zone = await _zone(tx, policy, fact.project_id)
        words |= promised(policy, fact, await directory_of(tx), tx.room.extra.get(PUBLIC_URL), zone)
    return words


async def _zone(tx: Tx, policy: Policy, project_id: str) -> ZoneInfo:
    directory = await directory_of(tx)
    return directory.zone(project_id) if directory else ZoneInfo(policy.timezone)
