"""The seven documents load, and what they name exists: commands, facts, posts, departments, calls."""

from importlib.resources import files
from pathlib import Path

import pytest

from services.dispatch.app import COMMANDS as DISPATCH
from services.dispatch.domain.demo import demo_directory
from services.intake.app import build as build_intake
from services.sla.app import build as build_sla
from shared.db.database import Database
from shared.events import dispatch, intake, sla
from shared.events.base import REGISTRY, fact_name
from shared.kernel.clock import SystemClock
from shared.kernel.ids import Ids
from shared.org.model import Post
from shared.policy.base import Cash
from shared.policy.clocks import BreachPenalty, DailyBracketPenalty, IntervalPenalty, SpanClock
from shared.policy.library import built_in, parse_policy
from shared.policy.model import Policy
from shared.policy.names import COMMANDS, FACTS, INSTANTS, POSTS, SOURCES, TELLS, tells

LIBRARY = built_in()
POLICIES = {policy.id: policy for policy in LIBRARY.all()}
EVERY = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)


def test_all_seven_procedures_are_there() -> None:
    assert LIBRARY.ids == [
        "commercial-centre",
        "developer-complaints",
        "estate-office",
        "finance",
        "group-after-sales",
        "project-office",
        "service-industry",
    ]


@EVERY
def test_a_document_reads_the_same_twice_and_differs_from_the_others(policy: Policy) -> None:
    text = (files("shared.policy") / "documents" / f"{policy.id}.toml").read_text(encoding="utf-8")
    assert parse_policy(text, file=policy.id) == policy
    assert [other.id for other in POLICIES.values() if other == policy] == [policy.id]


@EVERY
def test_everything_cites_its_document(policy: Policy) -> None:
    parts = [*policy.category, *policy.step, *policy.clock, *policy.penalty, *policy.proposal, *policy.reminder]
    parts += [*policy.severity_rule, *policy.liable, *policy.leader, *policy.ground, *policy.form, *policy.report]
    parts += [*policy.escalation, *policy.record.fields, policy.record, *(f for s in policy.step for f in s.fields)]
    cited = {part.clause.split("§")[0] for part in parts}
    assert cited == {policy.document}


@EVERY
def test_every_department_exists_at_every_demo_project(policy: Policy) -> None:
    directory = demo_directory()
    for project in directory.projects:
        for category in policy.category:
            own = category.first in policy.property_departments
            company = directory.company(project.property_company if own else project.company)
            assert company is not None
            assert category.first in {unit.id for unit in company.departments}, (project.id, category.id)
            both = [directory.company(one) for one in (project.company, project.property_company)]
            known = {unit.id for one in both if one for unit in one.departments}
            assert set(category.cooperating) <= known, category.id
            assert category.first not in category.cooperating


CATEGORIES = {
    "developer-complaints": "planning_design construction_quality sales_management property_service "
    "internal_management",
    "estate-office": "service repair environment security charges other",
    "project-office": "service repair environment security charges other",
    "commercial-centre": "repair service_quality",
    "service-industry": "attitude efficiency product_quality charges safety other",
    "finance": "service_quality business not_company",
}

CLOCKS = {
    "developer-complaints": "reply.invalid transfer.paid_repair dispatch classify.handed_in followup",
    "estate-office": "escalate.urgent",
    "project-office": "call.receipt call.plan call.completion",
    "commercial-centre": "contact contact.other_unit",
    "service-industry": "promise",
    "finance": "forward contact resolve inquiry.answer suggestion.answer",
}


@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_and_categories_have_their_fixed_names(name: str) -> None:
    assert list(POLICIES[name].categories) == CATEGORIES[name].split()
    assert list(POLICIES[name].clocks) == CLOCKS[name].split()


@pytest.mark.parametrize(
    ("policy", "clock", "label"),
    [
        ("developer-complaints", "reply.invalid", "半个工作日"),
        ("developer-complaints", "transfer.paid_repair", "半个工作日"),
        ("developer-complaints", "dispatch", "半个工作日"),
        ("developer-complaints", "followup", "7 天"),
        ("estate-office", "escalate.urgent", "15 分钟"),
        ("project-office", "call.receipt", "1 个工作日"),
        ("project-office", "call.plan", "1 个工作日"),
        ("project-office", "call.completion", "1 个工作日"),
        ("commercial-centre", "contact", "2 天"),
        ("commercial-centre", "contact.other_unit", "3 天"),
        ("finance", "forward", "1 小时"),
        ("finance", "contact", "24 小时"),
        ("finance", "resolve", "3 个工作日"),
        ("finance", "inquiry.answer", "24 小时"),
    ],
)
def test_a_clock_runs_as_long_as_its_document_says(policy: str, clock: str, label: str) -> None:
    found = POLICIES[policy].clocks[clock]
    assert isinstance(found, SpanClock)
    assert found.length.label == label


def test_only_the_groups_measures_take_money() -> None:
    for policy in POLICIES.values():
        if policy.id != "group-after-sales":
            assert policy.penalty == []
            assert "penalty.appeal" not in policy.steps
    money = POLICIES["group-after-sales"].penalty
    assert {type(rule) for rule in money} >= {IntervalPenalty, BreachPenalty, DailyBracketPenalty}
    assert [rule.amount.yuan for rule in money if isinstance(rule, IntervalPenalty)] == [100, 100]
    cash = [rule.amount for rule in money if isinstance(rule, BreachPenalty)]
    assert [amount.yuan for amount in cash if isinstance(amount, Cash)] == [300, 200]


def test_the_names_a_policy_may_use_are_those_of_the_rooms(tmp_path: Path) -> None:
    db, clock = Database(f"sqlite:///{tmp_path / 'none.db'}", "none"), SystemClock()
    rooms = [build(db, clock, Ids(clock), LIBRARY) for build in (build_intake, build_sla)]
    assert {*DISPATCH, *(name for room in rooms for name in room.commands)} >= COMMANDS - {
        "penalty.appeal",
        "penalty.waive",
    }
    assert {command for commands in SOURCES.values() for command in commands} <= COMMANDS
    assert {post.value for post in Post} - {"department_head", "supervising_leader", "service_officer"} <= POSTS


def test_the_facts_a_policy_may_ask_about_are_events_with_those_fields() -> None:
    assert {dispatch.__name__, intake.__name__, sla.__name__}
    events = {fact_name(topic): event for topic, event in REGISTRY.items()}
    assert events.keys() >= FACTS
    for fact in FACTS:
        assert tells(fact) <= events[fact].model_fields.keys(), fact
        assert INSTANTS.get(fact, frozenset()) <= events[fact].model_fields.keys()
    assert TELLS.keys() <= FACTS
