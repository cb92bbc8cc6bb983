"""H4: what rests on more than one case: findings counted over a month, and the officers' ranking."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.facts import Fact
from services.sla.domain.proposals import Proposal, decided, monthly_proposals, with_decision
from services.sla.domain.rankings import ranking_proposals, rankings
from services.sla.repository import CASE, DECISION, FACT, PROPOSAL, as_fact
from services.sla.usecases.confiding import not_secret
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.org.authority import scope_of
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.room import Actor, Room

PERSONAL = ("finding_recorded", "window_rated", "proposal_decided")
"""The facts about a person rather than about a case."""

Group = tuple[str, str, str]


async def personal_facts(session: AsyncSession) -> dict[Group, list[Fact]]:
    """By (zone, policy id, policy version)."""
    statement = (
        select(FACT, CASE.c.zone, CASE.c.policy_id, CASE.c.policy_version)
        .join(CASE, CASE.c.complaint_id == FACT.c.complaint_id)
        .where(FACT.c.name.in_(PERSONAL), CASE.c.zone.is_not(None))
    )
    found: dict[Group, list[Fact]] = {}
    for row in await fetch(session, statement):
        found.setdefault((row.zone, row.policy_id, row.policy_version), []).append(as_fact(row))
    return found


async def cross_proposals(room: Room, session: AsyncSession, now: datetime) -> list[tuple[UUID | None, Proposal]]:
    """Each with the case that tipped it, where there is one."""
    found: list[tuple[UUID | None, Proposal]] = []
    for (zone, policy_id, version), facts in sorted((await personal_facts(session)).items()):
        policy = room.policies.get(policy_id, version)
        findings = [fact for fact in facts if fact.name == "finding_recorded"]
        for fact, proposal in monthly_proposals(policy, findings, ZoneInfo(zone)):
            # Decided in the case that tipped it: the same rule may propose the same again in another month.
            here = [one for one in facts if one.data["complaint_id"] == fact.data["complaint_id"]]
            found.append((UUID(str(fact.data["complaint_id"])), decided(proposal, here)))
        ranked = ranking_proposals(policy, facts, now, ZoneInfo(zone))
        found += ((None, proposal) for proposal in await _with_decisions(session, ranked))
    return found


async def proposal_of_no_case(
    room: Room, session: AsyncSession, key: UUID, now: datetime
) -> tuple[Policy, Proposal] | None:
    """The proposal of this key as it stands, with the policy it rests on."""
    for (zone, policy_id, version), facts in (await personal_facts(session)).items():
        policy = room.policies.get(policy_id, version)
        for proposal in ranking_proposals(policy, facts, now, ZoneInfo(zone)):
            if proposal.key == key:
                return policy, (await _with_decisions(session, [proposal]))[0]
    return None


async def _with_decisions(session: AsyncSession, proposals: Sequence[Proposal]) -> list[Proposal]:
    keys = [proposal.key for proposal in proposals]
    rows = await fetch(session, select(DECISION).where(DECISION.c.proposal.in_(keys))) if keys else []
    made = {row.proposal: row for row in rows}
    return [
        with_decision(one, row.by, row.decision, row.measure, row.reason) if (row := made.get(one.key)) else one
        for one in proposals
    ]


async def proposals(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """Everything that is proposed, with its state. Group posts see all; others what concerns themselves."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        statement = select(PROPOSAL, CASE.c.number).join(CASE, CASE.c.complaint_id == PROPOSAL.c.complaint_id)
        open_to_him = await not_secret(room, session, directory, viewer)
        statement = statement.where(*open_to_him)
        rows = await fetch(
            session, statement.order_by(PROPOSAL.c.complaint_id.desc(), PROPOSAL.c.rule, PROPOSAL.c.person)
        )
        crossing = await cross_proposals(room, session, now)
        rows_of = [row.complaint_id for row in rows if row.state == "proposed"]
        just_decided = await _decisions(session, rows_of)
        tipping = [case for case, _ in crossing if case is not None]
        known = {row.complaint_id for row in await fetch(session, _of(tipping).where(*open_to_him))}
    listed = [
        {
            "complaint": str(row.complaint_id),
            "number": row.number,
            "id": None,
            **shown_proposal(_as_proposal(row, just_decided.get(row.complaint_id, [])), directory),
        }
        for row in rows
    ]
    listed += [
        {"complaint": str(case) if case in known else None, "number": None,
         "id": str(proposal.key) if proposal.key else None, **shown_proposal(proposal, directory)}
        for case, proposal in crossing
    ]  # fmt: skip
    everything = sees_everything(directory, viewer, now)
    return [row for row in listed if everything or row["person"] == viewer.person]


async def _decisions(session: AsyncSession, cases: list[UUID]) -> dict[UUID, list[Fact]]:
    """Decisions in these cases: a row of `proposal` learns of them a tick later, and nobody should decide twice."""
    wanted = select(FACT).where(FACT.c.name == "proposal_decided", FACT.c.complaint_id.in_(cases)).order_by(FACT.c.at)
    found: dict[UUID, list[Fact]] = {}
    for row in await fetch(session, wanted):
        found.setdefault(row.complaint_id, []).append(as_fact(row))
    return found


def _as_proposal(row: Row[Any], facts: list[Fact]) -> Proposal:
    return decided(
        Proposal(row.rule, row.name, row.clause, row.person, row.range, row.explanation, row.state), facts
    )  # fmt: skip


def _of(cases: list[UUID]) -> Select[Any]:
    return select(CASE.c.complaint_id).where(CASE.c.complaint_id.in_(cases))


def shown_proposal(proposal: Proposal, directory: Directory) -> dict[str, Any]:
    return {
        "person": proposal.person,
        "person_name": directory.name_of(proposal.person),
        "rule": proposal.rule,
        "name": proposal.name,
        "range": proposal.range,
        "clause": proposal.clause,
        "state": proposal.state,
        "explanation": proposal.explanation,
    }


async def ranking(room: Room, viewer: Actor, month: str) -> list[dict[str, Any]]:
    """003§16: the month's ranking over all projects of the group, for group posts; empty where nobody was rated."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        if not sees_everything(directory, viewer, room.clock.now()):
            raise Refused(Code.role_not_allowed, "排名只对集团岗位开放")
        found = await personal_facts(session)
    zones: dict[str, list[Fact]] = {}
    for (zone, _, _), facts in found.items():
        zones.setdefault(zone, []).extend(facts)
    return [
        {**asdict(place), "name": directory.name_of(place.officer)}
        for zone, facts in zones.items()
        for place in rankings(facts, ZoneInfo(zone)).get(month, [])
    ]


def sees_everything(directory: Directory, viewer: Actor, now: datetime) -> bool:
    if viewer.kind == "system":
        return True
    return viewer.person is not None and scope_of(directory, viewer.person, now).everything
