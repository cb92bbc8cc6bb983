"""What makes a policy document unfit to run although each part of it reads well: every problem by its key."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.policy.base import ASPECTS, UNSET, CaseCondition, Trigger
from shared.policy.clocks import (
    Clock,
    DailyBracketPenalty,
    DailyClock,
    DeadlineClock,
    DelayProposal,
    EventMessage,
    FindingPenalty,
    FindingProposal,
    IntervalPenalty,
    OverdueReminder,
    RankingProposal,
    ReportProposal,
    SpanClock,
)
from shared.policy.names import ANY_CALL, CALLS, COMMANDS, FACTS, INSTANTS, OCCURRED_AT, POSTS, SOURCES, tells

if TYPE_CHECKING:
    from shared.policy.model import ClaimTier, LiableRule, Policy, Step

Problem = tuple[str, str]

PLACES = ("project", "channel", "content", "contact_ended_at", "kind", "category", "required_by", "people_count",
          "loss_amount", "signature")  # fmt: skip
NESTED = ("customer.", "fields.")


def problems_of(policy: "Policy") -> Iterator[Problem]:
    """(key, reason) of everything that does not fit together."""
    yield from _frame(policy)
    yield from _record(policy)
    yield from _people(policy)
    yield from _steps(policy)
    yield from _cooperation(policy)
    yield from _protection(policy)
    yield from _reach(policy)
    for clock in policy.clock:
        yield from _clock(policy, clock)
    yield from _money(policy)
    yield from _reminders(policy)
    yield from _tiers(policy.claim_tier, [severity.id for severity in policy.record.severities])


def _frame(policy: "Policy") -> Iterator[Problem]:
    states = [state.id for state in policy.states]
    try:
        ZoneInfo(policy.timezone)
    except (KeyError, ValueError, OSError):
        yield "timezone", f"no time zone is named {policy.timezone}"
    yield from _unknown("initial_state", [policy.initial_state], states)
    yield from _unknown("closed_states", policy.closed_states, states)
    lists: dict[str, Iterable[str]] = {
        "states": states,
        "category": (category.id for category in policy.category),
        "step": (step.command for step in policy.step),
        "clock": (clock.id for clock in policy.clock),
        "penalty": (penalty.rule for penalty in policy.penalty),
        "proposal": (proposal.rule for proposal in policy.proposal),
        "ground": (ground.id for ground in policy.ground),
        "escalation": (level.id for level in policy.escalation),
        "form": (form.id for form in policy.form),
        "report": (report.id for report in policy.report),
        "register_kind": (kind.id for kind in policy.register_kind),
        "evidence": (evidence.id for evidence in policy.evidence),
    }
    for key, names in lists.items():
        yield from _twice(key, names)
    for evidence in policy.evidence:
        yield from _unknown(f"evidence {evidence.id}: category", evidence.category or [], policy.categories)
    last = None
    for session in policy.calendar.sessions:
        where = f"calendar.sessions {session.start:%H:%M}"
        if session.end <= session.start:
            yield where, f"ends at {session.end:%H:%M}, before it starts"
        if last is not None and session.start < last:
            yield where, f"starts before the session before it has ended at {last:%H:%M}"
        last = session.end


def _record(policy: "Policy") -> Iterator[Problem]:
    record = policy.record
    severities = [severity.id for severity in record.severities]
    yield from _unknown("record.default_severity", [record.default_severity], severities)
    yield from _unknown("record.default_kind", [record.default_kind], [kind.id for kind in record.kinds])
    if record.default_category is not None:
        yield from _unknown("record.default_category", [record.default_category], policy.categories)
    for key in ("kinds", "validities", "severities"):
        yield from _twice(f"record.{key}", (named.id for named in getattr(record, key)))
    yield from _twice("record.channels", record.channels)
    for name in [part for required in record.required for part in required.split("|")]:
        yield from _place("record.required", name)
    for field in record.fields:
        yield from _place("record.fields", field.id)
    if policy.recurrence.severity is not None:
        yield from _unknown("recurrence.severity", [policy.recurrence.severity], severities)
    for rule in policy.severity_rule:
        yield from _unknown(f"severity_rule {rule.severity}", [rule.severity], severities)
        if not rule.flags and not rule.at_least:
            yield f"severity_rule {rule.severity}", "names no flag and no number, so that it never holds"


def _place(key: str, name: str) -> Iterator[Problem]:
    if name not in PLACES and not any(name.startswith(root) and len(name) > len(root) for root in NESTED):
        yield key, f"{name} is not one of {', '.join([*PLACES, *(f'{root}…' for root in NESTED)])}"


def _people(policy: "Policy") -> Iterator[Problem]:
    yield from _rules(policy, "liable", policy.liable)
    yield from _rules(policy, "leader", policy.leader)
    yield from _unknown("waive_by", policy.waive_by, POSTS)
    for tier in policy.claim_tier:
        yield from _unknown("claim_tier: post", [tier.post], POSTS)
        yield from _unknown("claim_tier: severity", tier.severity or [], [s.id for s in policy.record.severities])
    for level in policy.escalation:
        yield from _unknown(f"escalation {level.id}: post", [level.post], POSTS)


def _rules(policy: "Policy", key: str, rules: "list[LiableRule]") -> Iterator[Problem]:
    severities = [severity.id for severity in policy.record.severities]
    for rule in rules:
        yield from _unknown(f"{key}: post", [rule.post], (POSTS | {"supervising_leader"}) - {"liable", "leader"})
        yield from _unknown(f"{key}: severity", rule.severity or [], severities)
    if rules and (rules[-1].severity or rules[-1].company or rules[-1].city_tier):
        yield key, "the last rule must fit every case, or nobody answers for some"


def _steps(policy: "Policy") -> Iterator[Problem]:
    states = policy.state_names
    for step in policy.step:
        where = f"step {step.command}"
        yield from _unknown("step", [step.command], COMMANDS)
        yield from _unknown(f"{where}: by", step.by, POSTS)
        if not set(step.by) - {"system"}:
            yield f"{where}: by", "nobody can do it: the system does not act"
        if step.by == ["leader"] and not policy.leader:
            yield f"{where}: by", "nobody can do it: the policy has no leader"
        waits = step.waits if isinstance(step.waits, list) else []
        named = [*step.states, *step.stays, *waits, *step.decisions.values(), *([step.to] if step.to else [])]
        yield from _unknown(f"{where}: state", named, states)
        yield from _condition(policy, f"{where}: case", step.case)
        for field in step.fields:
            if not field.id.startswith("fields."):
                yield f"{where}: fields", f"{field.id} must begin with fields."
        yield from _purposes(where, step)
    if "complaint.register" not in policy.steps:
        yield "step", "complaint.register is missing: no case could ever begin"
    if "closure.close" in policy.steps and not policy.ground:
        yield "step closure.close", "nobody can do it: the policy names no [[ground]]"
    if "claim.decide" in policy.steps and not policy.claim_tier:
        yield "step claim.decide", "nobody can do it: the policy names no [[claim_tier]]"
    for ground in policy.ground:
        if ground.needs_call is not None:
            yield from _unknown(f"ground {ground.id}: needs_call", [ground.needs_call], CALLS | {ANY_CALL})


def _purposes(where: str, step: "Step") -> Iterator[Problem]:
    """Who calls for which purpose: only of a call, and only those who may call at all. Likewise in a closed case."""
    yield from _unknown(f"{where}: by_closed", step.by_closed, step.by)
    if step.by_closed and step.command != "complaint.correct":
        yield f"{where}: by_closed", "only complaint.correct asks for it"
    if step.by_purpose and step.command != "customer.call":
        yield f"{where}: by_purpose", "only customer.call has a purpose"
        return
    yield from _unknown(f"{where}: by_purpose", step.by_purpose, CALLS)
    for purpose, posts in step.by_purpose.items():
        yield from _unknown(f"{where}: by_purpose.{purpose}", posts, step.by)
        if not posts:
            yield f"{where}: by_purpose.{purpose}", "nobody could call for it"


def _cooperation(policy: "Policy") -> Iterator[Problem]:
    asked = policy.cooperation is not None and policy.cooperation.at_issue
    if (asked or "cooperation.ask" in policy.steps) and "cooperation.done" not in policy.steps:
        yield "step", "cooperation.done is missing: what a department is asked for could never be done"
    if asked and "order.issue" not in policy.steps:
        yield "cooperation: at_issue", "the policy has no step order.issue"
    if asked and policy.cooperation is not None and not policy.cooperation.text.strip():
        yield "cooperation: text", "the departments must be told what is asked of them"


def _protection(policy: "Policy") -> Iterator[Problem]:
    for rule in policy.confidential:
        where = f"confidential {rule.id}"
        yield from _condition(policy, f"{where}: case", rule.case)
        yield from _unknown(f"{where}: visible_to", rule.visible_to, POSTS - {"customer", "system", "employee"})
        yield from _unknown(f"{where}: waits", rule.waits, policy.steps)
        if rule.case == CaseCondition():
            yield f"{where}: case", "without a condition nobody else would see any case"
        if rule.flags and not rule.case.kind:
            yield f"{where}: flags", "the condition names no kind that a registration so flagged could have"
    yield from _twice("confidential", (rule.id for rule in policy.confidential))
    if policy.told is not None and policy.told.clock is not None:
        yield from _unknown("told: clock", [policy.told.clock], policy.clocks)
        if not isinstance(policy.clocks.get(policy.told.clock), SpanClock | None):
            yield "told: clock", "only a clock with a length says within which time"


def _reach(policy: "Policy") -> Iterator[Problem]:
    """Every state is reached from the first one, and from every one a closed state is reached."""
    ways: dict[str, set[str]] = {state: set() for state in policy.state_names}
    for step in policy.step:
        targets = {*step.decisions.values(), *([step.to] if step.to else [])}
        for state in step.states or policy.state_names:
            if state in ways and state not in step.stays and step.command != "complaint.register":
                ways[state] |= targets & ways.keys()
    first = policy.initial_state
    reached = _from({first}, ways)
    back: dict[str, set[str]] = {state: {s for s, targets in ways.items() if state in targets} for state in ways}
    ending = _from(set(policy.closed_states) & ways.keys(), back)
    for state in policy.state_names:
        if state not in reached:
            yield f"states {state}", "no step reaches it"
        if state not in ending:
            yield f"states {state}", "no step leaves it towards a closed state"


def _from(start: set[str], ways: dict[str, set[str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        for state in ways.get(todo.pop(), set()) - found:
            found.add(state)
            todo.append(state)
    return found


def _condition(policy: "Policy", where: str, condition: CaseCondition) -> Iterator[Problem]:
    record = policy.record
    known: dict[str, Iterable[str]] = {
        "kind": [kind.id for kind in record.kinds],
        "validity": [*(validity.id for validity in record.validities), UNSET],
        "category": [*policy.categories, UNSET],
        "severity": [severity.id for severity in record.severities],
        "channel": record.channels,
    }
    for aspect in ASPECTS:
        yield from _unknown(f"{where}.{aspect}", getattr(condition, aspect) or [], known[aspect])
    for one in condition.any_of:
        yield from _condition(policy, where, one)


def _clock(policy: "Policy", clock: Clock) -> Iterator[Problem]:
    where = f"clock {clock.id}"
    yield from _unknown(f"{where}: liable", [holder.post for holder in clock.liable], POSTS)
    yield from _unknown(f"{where}: until", [holder.until for holder in clock.liable if holder.until], FACTS)
    if clock.liable[-1].until is not None:
        yield f"{where}: liable", "the last holder must not end"
    yield from _condition(policy, f"{where}: case", clock.case)
    yield from _triggers(policy, f"{where}: start", clock.start, must_come=True)
    names: list[str] = []
    match clock:
        case SpanClock():
            yield from _triggers(policy, f"{where}: stop", clock.stop, must_come=True)
            yield from _triggers(policy, f"{where}: cancel", clock.cancel)
            if clock.extended is not None and "extension.grant" not in policy.steps:
                yield f"{where}: extended", "no step extension.grant could ever extend it"
        case DailyClock():
            yield from _triggers(policy, f"{where}: entries", clock.entries, must_come=True)
            names = [*clock.pending, *clock.resumed]
        case DeadlineClock():
            yield from _triggers(policy, f"{where}: stop", clock.stop, must_come=True)
            names = [*clock.unstop, *(source.on for source in clock.agreed)]
    yield from _unknown(f"{where}: fact", names, FACTS)


def _triggers(policy: "Policy", where: str, triggers: list[Trigger], *, must_come: bool = False) -> Iterator[Problem]:
    """`must_come`: without such a fact the clock would never start, or never end."""
    for trigger in triggers:
        yield from _unknown(f"{where}: fact", [trigger.on], FACTS)
        if trigger.on not in FACTS:
            return
        if trigger.at != OCCURRED_AT and trigger.at not in INSTANTS.get(trigger.on, frozenset()):
            yield f"{where}: at", f"{trigger.on} carries no instant {trigger.at}"
        asked = [name.split(".")[0] for name in trigger.when]
        yield from _unknown(f"{where}: when", asked, tells(trigger.on))
    if must_come and not any(SOURCES[trigger.on] & policy.steps.keys() for trigger in triggers):
        commands = sorted({command for trigger in triggers for command in SOURCES[trigger.on]})
        yield where, f"the policy has none of the steps that would bring it about: {', '.join(commands)}"


def _money(policy: "Policy") -> Iterator[Problem]:
    for penalty in policy.penalty:
        where = f"penalty {penalty.rule}"
        if isinstance(penalty, FindingPenalty):
            if "finding.record" not in policy.steps:
                yield where, "no step finding.record could ever bring it about"
            continue
        yield from _unknown(f"{where}: clock", [penalty.clock], policy.clocks)
        if isinstance(penalty, IntervalPenalty) and penalty.every.elapsed is None:
            yield f"{where}: every", "an interval is minutes, hours or days"
        if isinstance(penalty, DailyBracketPenalty):
            posts = [penalty.post, *([penalty.unless_post] if penalty.unless_post else [])]
            yield from _unknown(f"{where}: post", posts, POSTS)
    for proposal in policy.proposal:
        where = f"proposal {proposal.rule}"
        if isinstance(proposal, DelayProposal):
            yield from _unknown(f"{where}: clock", [proposal.clock], policy.clocks)
            for entry in proposal.for_:
                posts = [entry.post, *([entry.unless_post] if entry.unless_post else [])]
                yield from _unknown(f"{where}: post", posts, POSTS)
                if entry.percent_max < entry.percent_min:
                    yield f"{where}: for {entry.post}", "percent_max is less than percent_min"
        elif isinstance(proposal, FindingProposal) and "finding.record" not in policy.steps:
            yield where, "no step finding.record could ever bring it about"
        elif isinstance(proposal, ReportProposal):
            yield from _triggers(policy, f"{where}: on", [Trigger(on=proposal.on)], must_come=True)
            if proposal.on in FACTS and "person" not in tells(proposal.on):
                yield f"{where}: on", f"{proposal.on} names no person"
        elif isinstance(proposal, RankingProposal) and "complaint.rate_window" not in policy.steps:
            yield where, "no step complaint.rate_window could ever bring it about"


def _reminders(policy: "Policy") -> Iterator[Problem]:
    for reminder in policy.reminder:
        where = f"reminder {reminder.template}"
        yield from _unknown(f"{where}: to", reminder.to, POSTS)
        if isinstance(reminder, EventMessage):
            yield from _triggers(policy, f"{where}: on", [Trigger(on=reminder.on, when=dict(reminder.when))])
            continue
        yield from _unknown(f"{where}: clock", [reminder.clock], policy.clocks)
        if isinstance(reminder, OverdueReminder) and reminder.more_than and reminder.more_than.elapsed is None:
            yield f"{where}: more_than", "is minutes, hours or days"
    yield from _reports(policy)
    if policy.rotation is not None:
        yield from _unknown("rotation: to", policy.rotation.to, POSTS)


def _reports(policy: "Policy") -> Iterator[Problem]:
    severities = [severity.id for severity in policy.record.severities]
    for report in policy.report:
        where = f"report {report.id}"
        yield from _unknown(f"{where}: to", report.to, POSTS - {"customer", "system", "employee"})
        yield from _condition(policy, f"{where}: case", report.case)
        if report.case.model_dump(exclude={"kind", "category", "severity"}, exclude_defaults=True):
            yield f"{where}: case", "a list is narrowed by kind, category and severity only"
    for kind in policy.register_kind:
        yield from _unknown(f"register_kind {kind.id}: by", kind.by, POSTS - {"customer", "system", "employee"})
    watch = policy.watch
    yield from _unknown("watch: clock", [watch.clock] if watch.clock else [], policy.clocks)
    yield from _unknown("watch: slow", watch.slow, policy.clocks)
    yield from _unknown("watch: at_once", watch.at_once, severities)
    if watch.severe.elapsed is None:
        yield "watch: severe", "is minutes, hours or days"


def _tiers(tiers: "list[ClaimTier]", severities: list[str]) -> Iterator[Problem]:
    """For each severity the amounts rise, nothing stands behind an unlimited tier, and one is unlimited."""
    found: dict[str, None] = {}
    for severity in severities if tiers else []:
        named = [tier for tier in tiers if tier.severity and severity in tier.severity]
        general = [tier for tier in tiers if not tier.severity]
        for group in (named, general):
            last: int | None = 0
            for tier in group:
                upto = "any amount" if tier.up_to_yuan is None else f"up to {tier.up_to_yuan} yuan"
                if last is None or (tier.up_to_yuan is not None and tier.up_to_yuan <= last):
                    found[f"{tier.post}, {upto}, overlaps the tier before it"] = None
                last = tier.up_to_yuan
        if not any(tier.up_to_yuan is None for tier in [*named, *general]):
            found[f"nobody may decide the largest amounts of a {severity} case"] = None
    for reason in found:
        yield "claim_tier", reason


def _unknown(key: str, given: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    allowed = set(known)
    for name in given:
        if name not in allowed:
            yield key, f"{name} is not one of {', '.join(sorted(allowed))}"


def _twice(key: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{key} {name}", "is there twice"
        seen.add(name)
