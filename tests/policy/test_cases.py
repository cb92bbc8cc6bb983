"""Which clocks a case has, as it was judged when: the rules of the six other policies over bare facts."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.sla.domain.calendar import due_after
from services.sla.domain.clocks import ClockState, Run
from services.sla.domain.ledger import compute
from services.sla.domain.working import calendar_of, statutory_calendar
from shared.policy.base import CaseCondition, Length
from shared.policy.library import built_in, parse_policy
from shared.policy.model import Policy
from tests.kit.story import ZONE, Story, at

POLICIES = {policy.id: policy for policy in built_in().all()}
DEVELOPER, FINANCE = POLICIES["developer-complaints"], POLICIES["finance"]
NOW = "03-04 00:00"


def judged(story: Story, moment: str, **what: Any) -> Story:
    case = {"kind": "complaint", "validity": None, "category": "construction_quality", "severity": "general"}
    return story.fact("complaint_classified", moment, **{**case, **what})


def begun(policy: Policy, **data: Any) -> Story:
    return Story(policy).registered("03-02 09:00", **{"category": policy.category[0].id, "required_by": None, **data})


def rows(story: Story, now: str = NOW) -> list[tuple[str, str, ClockState]]:
    return [(run.clock.id, run.started_at.strftime("%H:%M"), run.state) for run in story.ledger(now).runs]


@pytest.mark.parametrize(
    ("judgements", "expected"),
    [
        ([], []),
        ([("09:10", {"validity": "valid"})], [("dispatch", "09:10", ClockState.breached)]),
        ([("09:10", {"validity": "invalid"})], [("reply.invalid", "09:00", ClockState.breached)]),
        ([("09:10", {"kind": "paid_repair"})], [("transfer.paid_repair", "09:00", ClockState.breached)]),
        ([("09:10", {"kind": "paid_repair", "validity": "valid"})],
         [("transfer.paid_repair", "09:00", ClockState.breached)]),
        ([("09:10", {"kind": "inquiry"})], []),
        ([("09:10", {"kind": "suggestion", "validity": "valid"})], []),
        ([("09:10", {"validity": "invalid"}), ("09:20", {"validity": "valid"})],
         [("reply.invalid", "09:00", ClockState.cancelled), ("dispatch", "09:20", ClockState.breached)]),
        ([("09:10", {"validity": "valid"}), ("09:20", {"validity": "valid", "severity": "major"})],
         [("dispatch", "09:10", ClockState.breached)]),
        ([("09:10", {"validity": "valid"}), ("09:20", {"kind": "inquiry", "validity": "valid"}),
          ("09:30", {"validity": "valid"})], [("dispatch", "09:10", ClockState.breached)]),
        ([("09:10", {"validity": "invalid"}), ("09:20", {"kind": "paid_repair", "validity": "invalid"})],
         [("reply.invalid", "09:00", ClockState.cancelled), ("transfer.paid_repair", "09:00", ClockState.breached)]),
    ],
)  # fmt: skip
def test_a_case_has_the_clocks_of_what_it_is_judged_to_be(judgements: list[Any], expected: list[Any]) -> None:
    story = begun(DEVELOPER)
    for moment, what in judgements:
        judged(story, f"03-02 {moment}", **what)
    assert rows(story) == expected


def test_the_order_of_arrival_of_judgements_changes_nothing() -> None:
    story = judged(judged(begun(DEVELOPER), "03-02 09:10", validity="invalid"), "03-02 10:00", validity="valid")
    story.fact("order_dispatched", "03-02 11:00", department="engineering")
    calendar = statutory_calendar(ZONE)
    told = [
        compute(DEVELOPER, story.directory, [*facts, *facts], at(NOW), calendar).runs
        for facts in permutations(story.facts)
    ]
    assert all(runs == told[0] for runs in told)
    assert [(run.clock.id, run.state) for run in told[0]] == [
        ("reply.invalid", ClockState.cancelled),
        ("dispatch", ClockState.met),
    ]


def test_a_clock_that_was_kept_stays_kept_whatever_the_case_is_judged_to_be_later() -> None:
    story = judged(begun(DEVELOPER), "03-02 09:10", validity="invalid")
    story.fact("complaint_replied", "03-02 10:00", state="replied")
    assert rows(judged(story, "03-02 15:00", validity="valid"), "03-02 15:00") == [
        ("reply.invalid", "09:00", ClockState.met),
        ("dispatch", "15:00", ClockState.running),
    ]


def test_what_was_done_before_it_was_known_to_be_owed_counts() -> None:
    story = begun(DEVELOPER).fact("complaint_transferred", "03-02 10:00", department="property")
    (run,) = judged(story, "03-02 11:00", kind="paid_repair").ledger(NOW).runs
    assert (run.clock.id, run.state, run.stopped_at) == ("transfer.paid_repair", ClockState.met, at("03-02 10:00"))


def test_a_department_the_case_went_to_answers_for_it() -> None:
    story = begun(FINANCE, category="business").fact("complaint_transferred", "03-02 09:30", department="treasury")
    ledger = story.ledger(NOW)
    contact = next(run for run in ledger.runs if run.clock.id == "contact")
    assert ledger.liable_of(contact, at(NOW)) == "cao.yan"


def resolve(story: Story, now: str = "03-20 00:00") -> Run:
    return next(run for run in story.ledger(now).runs if run.clock.id == "resolve")


@pytest.mark.parametrize(
    ("granted", "due"),
    [("03-05 09:00:00", "03-11 09:00"), ("03-05 09:00:01", "03-05 09:00")],
)
def test_an_extension_counts_until_the_deadline_in_force_has_passed(granted: str, due: str) -> None:
    story = begun(FINANCE, category="business").fact("extension_granted", granted, until="x")
    assert resolve(story).due_at == at(due)


def test_a_second_extension_adds_nothing() -> None:
    story = begun(FINANCE, category="business").fact("extension_granted", "03-03 09:00", until="x")
    story.fact("extension_granted", "03-10 09:00", until="x")
    assert resolve(story).due_at == at("03-11 09:00")


def test_a_policy_may_have_hours_of_its_own() -> None:
    usual = '[{ start = "08:30", end = "12:00" }, { start = "14:00", end = "17:30" }]'
    text = _text("developer-complaints")
    assert usual in text
    own = parse_policy(text.replace(usual, '[{ start = "9:00", end = "19:00" }]'), file="own")
    calendar = calendar_of(own, ZONE)
    assert calendar.half_day() == timedelta(hours=5)
    assert calendar.add_working_time(at("03-02 16:00"), calendar.half_day()) == at("03-03 11:00")
    assert calendar.add_working_days(at("03-02 08:00"), 1) == at("03-03 09:00")
    assert calendar_of(DEVELOPER, ZONE).sessions == statutory_calendar(ZONE).sessions


def _text(name: str) -> str:
    from importlib.resources import files

    return (files("shared.policy") / "documents" / f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("start", "due"),
    [("03-02 08:30", "03-03 09:30"), ("03-06 16:30", "03-09 17:30"), ("02-14 17:00", "02-25 09:00")],
)
def test_working_hours_run_only_in_working_time(start: str, due: str) -> None:
    assert due_after(Length(working_hours=8), at(start), statutory_calendar(ZONE)) == at(due)


@pytest.mark.parametrize(
    ("length", "label", "elapsed"),
    [
        ({"working_hours": 8}, "8 个工作小时", None),
        ({"half_working_days": 1}, "半个工作日", None),
        ({"working_days": 3}, "3 个工作日", None),
        ({"months": 1}, "1 个月", None),
        ({"days": 7}, "7 天", timedelta(days=7)),
    ],
)
def test_a_length_says_its_unit(length: dict[str, int], label: str, elapsed: timedelta | None) -> None:
    found = Length(**length)
    assert (found.label, found.elapsed) == (label, elapsed)


@pytest.mark.parametrize(
    ("condition", "case", "holds"),
    [
        ({"any_of": [{"kind": ["a"]}, {"validity": ["invalid"]}]}, {"kind": "b", "validity": "invalid"}, True),
        ({"any_of": [{"kind": ["a"]}, {"validity": ["invalid"]}]}, {"kind": "b", "validity": "valid"}, False),
        ({"kind": ["b"], "any_of": [{"validity": ["invalid"]}]}, {"kind": "b", "validity": "invalid"}, True),
        ({"kind": ["a"], "any_of": [{"validity": ["invalid"]}]}, {"kind": "b", "validity": "invalid"}, False),
        ({"validity": ["valid", "unset"]}, {"validity": None}, True),
        ({"validity": ["valid"]}, {"validity": None}, False),
    ],
)
def test_a_condition_may_give_alternatives(condition: Any, case: Any, holds: bool) -> None:
    assert CaseCondition(**condition).holds(case, {}) is holds


def test_a_changed_copy_of_a_policy_has_no_old_index() -> None:
    assert "order.dispatch" in DEVELOPER.steps
    bare = DEVELOPER.model_copy(update={"step": DEVELOPER.step[:1]})
    assert list(bare.steps) == ["complaint.register"]
