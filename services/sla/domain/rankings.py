"""003§16: the monthly ranking of service officers by window rating, and who stayed at its end. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from services.sla.domain.facts import Fact
from services.sla.domain.proposals import Proposal
from shared.policy.clocks import RankingProposal
from shared.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Place:
    """An officer's place of a month, 1 is best; equal averages are told apart by the number of ratings, then the id."""

    place: int
    officer: str
    average: float
    ratings: int


def rankings(ratings: Iterable[Fact], zone: ZoneInfo) -> dict[str, list[Place]]:
    """By local month ("2026-03"), best first. Only rated officers are ranked."""
    stars: dict[str, dict[str, list[int]]] = {}
    for fact in ratings:
        if fact.name == "window_rated" and fact.data.get("officer"):
            month = fact.at.astimezone(zone).strftime("%Y-%m")
            stars.setdefault(month, {}).setdefault(fact.data["officer"], []).append(int(fact.data["stars"]))
    return {month: _ranked(officers) for month, officers in sorted(stars.items())}


def _ranked(officers: dict[str, list[int]]) -> list[Place]:
    order = sorted(officers, key=lambda officer: (-_mean(officers[officer]), -len(officers[officer]), officer))
    return [
        Place(number, officer, round(_mean(officers[officer]), 2), len(officers[officer]))
        for number, officer in enumerate(order, 1)
    ]


def _mean(stars: Sequence[int]) -> float:
    return sum(stars) / len(stars)


def ranking_proposals(policy: Policy, ratings: Iterable[Fact], now: datetime, zone: ZoneInfo) -> list[Proposal]:
    """Who was among the last so many months running, counted over months that are over; then the count begins anew."""
    current = now.astimezone(zone).strftime("%Y-%m")
    closed = {month: places for month, places in rankings(ratings, zone).items() if month < current}
    found: list[Proposal] = []
    for rule in policy.proposal:
        if not isinstance(rule, RankingProposal) or not closed:
            continue
        streaks: dict[str, int] = {}
        month = min(closed)
        while month < current:
            places = closed.get(month, [])
            last = {place.officer for place in places[-rule.bottom :]} if len(places) > rule.bottom else set()
            streaks = {officer: streaks.get(officer, 0) + 1 for officer in last}
            for officer in sorted(last):
                if streaks[officer] % rule.months == 0:
                    why = f"{rule.clause}：至 {month} 连续 {rule.months} 个月排名倒数 {rule.bottom} 名以内"
                    made = Proposal(rule.rule, rule.name, rule.clause, officer, rule.measure, why, period=month)
                    found.append(replace(made, key=key_of(policy, zone, made)))
            month = _next(month)
    return found


def key_of(policy: Policy, zone: ZoneInfo, proposal: Proposal) -> UUID:
    """What a decision names: the same for good, whoever computes the proposal again."""
    parts = (zone.key, policy.id, policy.version, proposal.rule, str(proposal.person), proposal.period)
    return uuid5(NAMESPACE_OID, "|".join(("ccrm.proposal", *parts)))


def _next(month: str) -> str:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year}-{number + 1:02d}"
