"""D5: who acts for whom while somebody is away."""

from datetime import datetime, timedelta

import pytest

from shared.kernel.errors import Code, InvalidDocument, Refused
from shared.org.acting import acting_for, acts_as, posts_for, principals
from shared.org.authority import require_authority, scope_of, who_may
from shared.org.document import directory_from, read_directory
from shared.org.liability import CaseStanding, holder
from shared.org.model import Absence, Directory
from tests.kit.story import DEMO, POLICY, at

MONDAY, TUESDAY = at("03-02 09:00"), at("03-03 09:00")
NOON = at("03-02 12:00")
CASE = CaseStanding("jinbi-bay", "property_service", "general", "wang.min")
SECOND = timedelta(seconds=1)


def away(*absences: tuple[str, str], since: datetime = MONDAY, until: datetime | None = TUESDAY) -> Directory:
    return DEMO.with_changes(
        absences=[Absence(person=one, delegate=other, since=since, until=until) for one, other in absences]
    )


@pytest.mark.parametrize(
    ("moment", "who"),
    [(MONDAY - SECOND, "wu.gang"), (MONDAY, "yuan.bin"), (TUESDAY - SECOND, "yuan.bin"), (TUESDAY, "wu.gang")],
)
def test_the_delegate_acts_from_the_first_instant_to_the_last(moment: datetime, who: str) -> None:
    assert acting_for(away(("wu.gang", "yuan.bin")), "wu.gang", moment) == who


def test_an_absence_without_an_end_lasts() -> None:
    assert acting_for(away(("wu.gang", "yuan.bin"), until=None), "wu.gang", at("12-31 09:00")) == "yuan.bin"


def test_a_delegate_who_is_away_too_passes_it_on() -> None:
    directory = away(("wu.gang", "yuan.bin"), ("yuan.bin", "ma.chao"))
    assert acting_for(directory, "wu.gang", NOON) == "ma.chao"
    assert principals(directory, "ma.chao", NOON) == ["ma.chao", "wu.gang", "yuan.bin"]
    assert principals(directory, "yuan.bin", NOON) == ["yuan.bin"]


@pytest.mark.parametrize(
    "circle",
    [
        [("wu.gang", "yuan.bin"), ("yuan.bin", "wu.gang")],
        [("wu.gang", "yuan.bin"), ("yuan.bin", "ma.chao"), ("ma.chao", "wu.gang")],
        [("wu.gang", "yuan.bin"), ("yuan.bin", "ma.chao"), ("ma.chao", "yuan.bin")],
    ],
)
def test_a_circle_leaves_the_work_with_the_person_himself(circle: list[tuple[str, str]]) -> None:
    assert acting_for(away(*circle), "wu.gang", NOON) == "wu.gang"


def test_of_two_absences_the_one_that_began_last_counts() -> None:
    long = Absence(person="wu.gang", delegate="yuan.bin", since=MONDAY, until=None)
    short = Absence(person="wu.gang", delegate="ma.chao", since=NOON, until=TUESDAY)
    directory = DEMO.with_changes(absences=[short, long])
    assert [acting_for(directory, "wu.gang", when) for when in (MONDAY, NOON, TUESDAY)] == [
        "yuan.bin", "ma.chao", "yuan.bin",
    ]  # fmt: skip


def test_the_delegate_may_do_every_step_and_has_the_task_but_the_holder_stays_liable() -> None:
    directory = away(("wu.gang", "luo.ping"))
    by = ["liable", "first_department_head"]
    assert who_may(by, POLICY, directory, CASE, NOON) == ["luo.ping"]
    assert require_authority("visit.record", by, POLICY, directory, CASE, "luo.ping", NOON) == "wu.gang"
    assert require_authority("visit.record", by, POLICY, directory, CASE, "wu.gang", NOON) is None
    assert holder("liable", POLICY, directory, CASE, NOON) == "wu.gang"
    with pytest.raises(Refused) as caught:
        require_authority("visit.record", by, POLICY, directory, CASE, "luo.ping", TUESDAY)
    assert caught.value.code is Code.role_not_allowed


def test_the_delegate_sees_what_the_absent_sees_and_no_longer() -> None:
    directory = away(("sun.yue", "wang.min"))
    assert scope_of(directory, "wang.min", NOON).projects == {"jinbi-bay", "lakeside"}
    assert scope_of(directory, "wang.min", TUESDAY).projects == {"jinbi-bay"}
    assert [held.scope for held in posts_for(directory, "wang.min", NOON)] == ["jinbi-bay", "lakeside"]
    assert acts_as(directory, "wang.min", ["sun.yue"], NOON) == "sun.yue"


ABSENCES = """
group: {id: g, name: G}
group_service_centre: {deputy_general_manager: a, general_manager: b}
companies:
  - {id: c, name: C, kind: regional, chairman: a, departments: {x: {name: X, head: b}}}
  - {id: p, name: P, kind: property, chairman: a}
projects: [{id: j, name: J, company: c, property_company: p, officers: [a]}]
people: {a: {name: A}, b: {name: B}}
absences:
"""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{person: a, from: 2026-03-02, until: 2026-03-01, delegate: b}", "ends before it begins"),
        ("{person: a, from: 2026-03-02, until: 2026-03-02, delegate: b}", "ends before it begins"),
        ("{person: a, from: 2026-03-02, delegate: a}", "cannot be his own delegate"),
        ("{person: z, from: 2026-03-02, delegate: b}", "person 'z' is not among the people"),
        ("{person: a, from: 2026-03-02, delegate: z}", "delegate 'z' is not among the people"),
        ("{person: a, delegate: b}", "from is missing"),
        ("{person: a, from: soon, delegate: b}", "soon"),
        ("{person: a, from: 2026-03-02, delegate: b, why: x}", "unknown key why"),
    ],
)
def test_a_wrong_absence_is_told_by_its_line(line: str, reason: str) -> None:
    good = "  - {person: a, from: 2026-03-02 09:00, until: 2026-03-03 09:00, delegate: b}\n"
    directory = read_directory(ABSENCES + good, file="d.yaml")
    assert [(one.person, one.since) for one in directory.absences] == [("a", MONDAY)]
    with pytest.raises(InvalidDocument) as caught:
        read_directory(f"{ABSENCES}{good}  - {line}\n", file="d.yaml")
    (problem,) = caught.value.problems
    assert problem.startswith("d.yaml:11: ")
    assert reason in problem


def test_absences_that_are_no_list_are_refused() -> None:
    with pytest.raises(InvalidDocument):
        directory_from({"group": {"id": "g"}, "absences": "a"})
