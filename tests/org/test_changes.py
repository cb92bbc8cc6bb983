from datetime import UTC, datetime
from typing import Any

import pytest

from services.dispatch.domain.demo import demo_directory
from shared.org.changes import Change, changes
from shared.org.model import Absence, Assignment, Department, Directory, Person, Post

DEMO = demo_directory()
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LATER, BEFORE = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
OFFICER = next(one for one in DEMO.assignments if one.post is Post.service_officer)


def found(after: Directory, before: Directory = DEMO) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.act, one.rewrites) for one in changes(before, after, NOW)]


def test_the_same_directory_changes_nothing() -> None:
    assert changes(DEMO, demo_directory(), NOW) == []


def test_a_new_person_is_added_and_one_who_is_missing_removed() -> None:
    more = DEMO.with_changes(people=[*DEMO.people, Person(id="new.one", name="新同事")])
    assert found(more) == [("people", "added", False)]
    assert found(DEMO, more) == [("people", "removed", False)]


def test_a_change_tells_which_fields_differ() -> None:
    first, *others = DEMO.people
    (change,) = changes(DEMO, DEMO.with_changes(people=[first.model_copy(update={"name": "改名"}), *others]), NOW)
    assert (change.fields, change.before["name"], change.after["name"]) == (("name",), first.name, "改名")


def test_a_department_is_told_with_its_company() -> None:
    company, *others = DEMO.companies
    longer = company.model_copy(update={"departments": [*company.departments, Department(id="it", name="信息部")]})
    (change,) = changes(DEMO, DEMO.with_changes(companies=[longer, *others]), NOW)
    assert (change.kind, change.act, change.after) == (
        "departments", "added", {"company": company.id, "id": "it", "name": "信息部"},
    )  # fmt: skip


@pytest.mark.parametrize(("until", "rewrites"), [(LATER, False), (BEFORE, True)])
def test_an_end_given_to_a_term_ends_it_and_one_in_the_past_rewrites_it(until: datetime, rewrites: bool) -> None:
    ended = [OFFICER.model_copy(update={"until": until}) if one is OFFICER else one for one in DEMO.assignments]
    assert found(DEMO.with_changes(assignments=ended)) == [("posts", "ended", rewrites)]


@pytest.mark.parametrize(("since", "rewrites"), [(LATER, False), (BEFORE, True), (None, True)])
def test_a_term_that_begins_later_rewrites_nothing(since: datetime | None, rewrites: bool) -> None:
    term = Assignment(post=Post.service_officer, scope=OFFICER.scope, person="wu.gang", since=since)
    assert found(DEMO.with_changes(assignments=[*DEMO.assignments, term])) == [("posts", "added", rewrites)]


def test_who_is_put_in_anothers_place_without_a_day_rewrites_the_past() -> None:
    swapped = [OFFICER.model_copy(update={"person": "wu.gang"}) if one is OFFICER else one for one in DEMO.assignments]
    assert found(DEMO.with_changes(assignments=swapped)) == [("posts", "removed", True), ("posts", "added", True)]


def test_absences_are_known_by_person_and_beginning() -> None:
    away = Absence(person="wu.gang", delegate="li.qiang", since=LATER)
    before = DEMO.with_changes(absences=[away])
    other = before.with_changes(absences=[away.model_copy(update={"delegate": "zhou.tao"})])
    assert [(one.act, one.fields) for one in changes(before, other, NOW)] == [("changed", ("delegate",))]


@pytest.mark.parametrize(("field", "value", "rewrites"), [("group_name", "新集团", False), ("timezone", "UTC", True)])
def test_another_time_zone_moves_what_has_been(field: str, value: Any, rewrites: bool) -> None:
    told: list[Change] = changes(DEMO, DEMO.with_changes(**{field: value}), NOW)
    assert [(one.kind, one.act, one.rewrites) for one in told] == [("group", "changed", rewrites)]
