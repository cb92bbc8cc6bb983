"""H4: disciplinary proposals with the counts they rest on. A person decides, with reason; the system never does."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.sla.domain.clocks import Run
from services.sla.domain.facts import Fact
from services.sla.domain.holders import Office
from shared.policy.clocks import DelayProposal, FindingProposal, ReportProposal
from shared.policy.model import Policy

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be decided about a person, and why. `key` names one that belongs to no case, `period` its last month."""

    rule: str
    name: str
    clause: str
    person: str | None
    range: str
    explanation: str
    state: str = "proposed"
    period: str = ""
    key: UUID | None = None


def proposals_of(office: Office, runs: list[Run], facts: list[Fact], now: datetime) -> list[Proposal]:
    """What the facts of one case propose, and what was decided about it."""
    return [
        decided(proposal, facts)
        for proposal in (
            *delay_proposals(office, runs, now),
            *finding_proposals(office.policy, facts),
            *report_proposals(office.policy, facts),
        )
    ]


def decided(proposal: Proposal, facts: Iterable[Fact]) -> Proposal:
    """The proposal with the last decision about it, if there is one."""
    for fact in facts:
        about = (fact.data.get("rule"), fact.data.get("person"))
        if fact.name == "proposal_decided" and about == (proposal.rule, proposal.person):
            data = fact.data
            proposal = with_decision(proposal, fact.by, data["decision"], data.get("measure"), data["reason"])
    return proposal


def with_decision(proposal: Proposal, by: str, decision: str, measure: str | None, reason: str) -> Proposal:
    imposed = decision == "impose"
    outcome = f"决定处分（{measure or proposal.range}）" if imposed else "决定不予处分"
    told = f"{proposal.explanation}；{by} {outcome}：{reason}"
    return replace(proposal, state="imposed" if imposed else "dismissed", explanation=told)


def delay_proposals(office: Office, runs: list[Run], now: datetime) -> list[Proposal]:
    """003§36.3: after the last bracket no further sum but a proposal, for a person to decide."""
    found: list[Proposal] = []
    for rule in office.policy.proposal:
        if not isinstance(rule, DelayProposal):
            continue
        for run in runs:
            end = run.late_until(now)
            if run.clock.id != rule.clock or end is None or run.due_at is None or run.late_from is None:
                continue
            begins = run.late_from + DAY * (rule.from_day - 1)
            if end <= begins:
                continue
            for entry in rule.for_:
                person = office.person(entry.post, begins)
                if entry.unless_post is not None and person == office.person(entry.unless_post, begins):
                    continue
                bonus = f"扣罚 {entry.percent_min}%-{entry.percent_max}% 月度综合奖金"
                days = -(-(end - run.late_from) // DAY)
                found.append(
                    Proposal(
                        rule.rule, rule.name, rule.clause, person, "、".join([bonus, *entry.also]),
                        f"{rule.clause}：超期第 {days} 天，自第 {rule.from_day} 天起由有权人决定处分",
                    )
                )  # fmt: skip
    return found


def finding_proposals(policy: Policy, facts: Iterable[Fact]) -> list[Proposal]:
    """003§4, 11, 17, 37: each finding that a rule names proposes its measure."""
    return [
        Proposal(
            rule.rule, rule.name, rule.clause, fact.data["person"], rule.measure,
            f"{rule.clause}：稽核查实 1 次（{fact.data.get('evidence') or '无附证'}）",
        )
        for rule in policy.proposal
        if isinstance(rule, FindingProposal) and rule.more_than_a_month == 0
        for fact in facts
        if fact.name == "finding_recorded" and fact.data["kind"] in rule.findings
    ]  # fmt: skip


def report_proposals(policy: Policy, facts: Iterable[Fact]) -> list[Proposal]:
    """003§4: who is reported by name is proposed a measure, once a rule and person however often he is reported."""
    found: dict[tuple[str, str], Proposal] = {}
    for rule in policy.proposal:
        for fact in facts:
            if not isinstance(rule, ReportProposal) or fact.name != rule.on:
                continue
            person = fact.data["person"]
            why = f"{rule.clause}：{fact.by} 上报（{fact.data.get('evidence') or '无说明'}）"
            found.setdefault(
                (rule.rule, person), Proposal(rule.rule, rule.name, rule.clause, person, rule.measure, why)
            )
    return list(found.values())


def monthly_proposals(policy: Policy, findings: Iterable[Fact], zone: ZoneInfo) -> list[tuple[Fact, Proposal]]:
    """003§17: more findings against one person in a calendar month than a rule allows, over all his cases.

    Each proposal comes with the finding that went over the limit; there is one a person, rule and month.
    """
    found: list[tuple[Fact, Proposal]] = []
    for rule in policy.proposal:
        if not isinstance(rule, FindingProposal) or rule.more_than_a_month == 0:
            continue
        counts: dict[tuple[str, str], int] = {}
        for fact in sorted(findings, key=lambda fact: (fact.at, fact.id)):
            if fact.data["kind"] not in rule.findings:
                continue
            key = fact.data["person"], fact.at.astimezone(zone).strftime("%Y-%m")
            counts[key] = counts.get(key, 0) + 1
            if counts[key] == rule.more_than_a_month + 1:
                why = f"{rule.clause}：{key[1]} 累计查实超过 {rule.more_than_a_month} 次"
                found.append((fact, Proposal(rule.rule, rule.name, rule.clause, key[0], rule.measure, why)))
    return found
