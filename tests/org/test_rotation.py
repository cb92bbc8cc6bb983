"""A5, 003§43: an officer's six months at a project, counted from when he came."""

from datetime import date, datetime

import pytest

from shared.org.model import Assignment, Directory, Post
from shared.org.rotation import rotations, terms
from shared.policy.library import built_in
from tests.kit.story import DEMO, ZONE, at


def officer(since: datetime | None, until: datetime | None = None) -> Directory:
    term = Assignment(post=Post.service_officer, scope="jinbi-bay", person="liu.yan", since=since, until=until)
    return DEMO.with_changes(assignments=[*DEMO.assignments, term])


@pytest.mark.parametrize(("now", "due"), [("07-29 09:29:59", 0), ("07-29 09:30", 1), ("12-31 09:30", 1)])
def test_he_is_due_six_months_on_and_reminded_of_thirty_days_before(now: str, due: int) -> None:
    found = rotations(
        officer(at("03-02 00:00").replace(month=2, day=28)), built_in(), at(now.replace("07-31", "07-29"))
    )
    assert len(found) == due
    (term,) = terms(officer(at("02-28 00:00")), built_in(), at("03-01 00:00"))
    assert (term.due_on, term.remind_at) == (date(2026, 8, 28), datetime(2026, 7, 29, 9, 30, tzinfo=ZONE))


@pytest.mark.parametrize(("since", "due_on"), [("08-31 12:00", date(2027, 2, 28)), ("01-15 23:59", date(2026, 7, 15))])
def test_a_month_too_short_ends_it_on_its_last_day(since: str, due_on: date) -> None:
    assert [term.due_on for term in terms(officer(at(since)), built_in(), at("12-01 00:00"))] == [due_on]


def test_who_has_no_known_beginning_or_leaves_before_is_never_due() -> None:
    assert terms(DEMO, built_in(), at("12-01 00:00")) == []
    assert terms(officer(None), built_in(), at("12-01 00:00")) == []
    assert terms(officer(at("02-01 00:00"), at("07-31 00:00")), built_in(), at("12-01 00:00")) == []
    assert terms(officer(at("02-01 00:00"), at("08-01 18:00")), built_in(), at("07-15 00:00")) == []


def test_who_has_left_is_not_due_any_more() -> None:
    directory = officer(at("02-01 00:00"), at("09-01 00:00"))
    assert len(rotations(directory, built_in(), at("08-31 23:59"))) == 1
    assert rotations(directory, built_in(), at("09-01 00:00")) == []


def test_a_policy_without_the_rule_rotates_nobody() -> None:
    projects = [one.model_copy(update={"policy": "finance"}) for one in DEMO.projects]
    directory = officer(at("02-01 00:00")).with_changes(projects=projects)
    assert terms(directory, built_in(), at("12-01 00:00")) == []
