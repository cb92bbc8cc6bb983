"""Who pays when a post changes hands in mid-delay, is vacant, or its holder is away."""

import pytest

from services.sla.domain.moved import EVER, moved
from shared.org.model import Absence, Assignment, Directory, Post
from tests.kit.story import DEMO, Story, at


def held(
    post: Post, scope: str, unit: str | None, *terms: tuple[str, str | None, str | None], base: Directory = DEMO
) -> Directory:
    """The directory with the post held in turn by (person, from, until)."""
    made = [
        Assignment(post=post, scope=scope, unit=unit, person=who, since=since and at(since), until=until and at(until))
        for who, since, until in terms
    ]
    others = [one for one in base.assignments if (one.post, one.scope, one.unit) != (post, scope, unit)]
    return base.with_changes(assignments=[*others, *made])


def owed(story: Story, now: str, rule: str) -> dict[str | None, int | None]:
    return {person: yuan for (name, person), yuan in story.owed(now).items() if name == rule}


def test_an_officer_who_leaves_during_the_delay_pays_only_his_intervals() -> None:
    officers = held(
        Post.service_officer, "jinbi-bay", None, ("wang.min", None, "03-02 10:12"), ("liu.yan", "03-02 10:12", None)
    )
    story = Story(directory=officers).registered("03-02 09:30")
    # Due 10:00: 10:05 and 10:10 are wang.min's; 10:15, 10:20 and 10:25 liu.yan's.
    assert owed(story, "03-02 10:25", "order.submit.late") == {"wang.min": 200, "liu.yan": 300}
    assert owed(story.submitted("03-02 10:29:59"), "03-02 12:00", "order.submit.late") == {
        "wang.min": 200, "liu.yan": 300,
    }  # fmt: skip


def test_who_comes_at_the_very_instant_an_interval_completes_has_it() -> None:
    officers = held(
        Post.service_officer, "jinbi-bay", None, ("wang.min", None, "03-02 10:10"), ("liu.yan", "03-02 10:10", None)
    )
    story = Story(directory=officers).registered("03-02 09:30")
    assert owed(story, "03-02 10:10", "order.submit.late") == {"wang.min": 100, "liu.yan": 100}


def test_a_leader_who_leaves_in_mid_case_pays_only_the_days_that_began_under_him() -> None:
    leaders = held(
        Post.supervising_leader, "property-south", "property",
        ("ma.chao", None, "03-08 17:59:59"), ("yuan.bin", "03-08 17:59:59", None),
    )  # fmt: skip
    story = Story(directory=leaders).issued()
    # Due 03-06 18:00: days begin 03-06 and 03-07 under ma.chao, 03-08 and 03-09 under yuan.bin.
    assert owed(story, "03-09 18:00:01", "completion.late.leader") == {"ma.chao": 100, "yuan.bin": 100}
    assert owed(story, "03-09 18:00:01", "completion.late") == {"wu.gang": 400}


def test_a_chairman_who_leaves_in_mid_case_pays_only_the_days_that_began_under_him() -> None:
    chairmen = held(
        Post.chairman, "property-south", None, ("lin.fang", None, "03-07 00:00"), ("ma.chao", "03-07 00:00", None)
    )
    story = Story(directory=chairmen).registered("03-02 09:30", severity="major").submitted("03-02 09:45")
    story.fact("order_issued", "03-02 10:00")
    assert owed(story, "03-08 18:00", "completion.late") == {"lin.fang": 100, "ma.chao": 100}
    assert owed(story, "03-08 18:00", "completion.late.leader") == {}


@pytest.mark.parametrize(
    ("handed", "who"), [("03-02 11:30", "yuan.bin"), ("03-02 11:30:01", "wu.gang"), ("03-02 11:29", "yuan.bin")]
)
def test_a_missed_visit_is_his_who_was_in_post_when_it_was_due(handed: str, who: str) -> None:
    heads = held(
        Post.department_head, "property-south", "property", ("wu.gang", None, handed), ("yuan.bin", handed, None)
    )
    assert list(owed(Story(directory=heads).issued(), "03-02 12:00", "visit.missed")) == [who]


def test_what_falls_in_a_gap_falls_to_the_next_higher_and_to_neither_of_the_two() -> None:
    heads = held(
        Post.department_head, "property-south", "property",
        ("wu.gang", None, "03-07 12:00"), ("yuan.bin", "03-08 20:00", None),
    )  # fmt: skip
    story = Story(directory=heads).issued()
    # Days begin 03-06 (wu.gang), 03-07 and 03-08 (vacant: the supervising leader), 03-09 (yuan.bin), always at 18:00.
    assert owed(story, "03-09 18:00:01", "completion.late") == {"wu.gang": 100, "ma.chao": 200, "yuan.bin": 100}
    # As liable he pays the liable's amount for those days and not the leader's besides.
    assert owed(story, "03-09 18:00:01", "completion.late.leader") == {"ma.chao": 100}


def test_a_project_without_officers_leaves_the_draft_to_the_supervising_leader() -> None:
    nobody = held(Post.service_officer, "jinbi-bay", None, ("wang.min", None, "03-02 10:07"))
    story = Story(directory=nobody).registered("03-02 09:30")
    assert owed(story, "03-02 10:15", "order.submit.late") == {"wang.min": 100, "ma.chao": 200}


def test_an_officer_who_goes_to_another_project_leaves_his_cases_to_those_in_post() -> None:
    there = held(Post.service_officer, "lakeside", None, ("sun.yue", None, None), ("wang.min", "03-02 09:50", None))
    moved_on = held(
        Post.service_officer, "jinbi-bay", None, ("wang.min", None, "03-02 09:50"), ("liu.yan", None, None), base=there
    )
    story = Story(directory=moved_on).registered("03-02 09:30")
    assert story.clock("order.submit", "03-02 09:49").state == "running"
    assert owed(story, "03-02 10:05", "order.submit.late") == {"liu.yan": 100}


def test_absence_moves_no_money() -> None:
    away = Absence(person="wu.gang", delegate="yuan.bin", since=at("03-01 00:00"))
    story = Story(directory=DEMO.with_changes(absences=[away])).issued()
    assert owed(story, "03-06 18:00:01", "completion.late") == {"wu.gang": 100}


def test_a_case_wakes_when_its_first_unit_falls_to_the_new_holder() -> None:
    heads = held(
        Post.department_head, "property-south", "property",
        ("wu.gang", None, "03-08 12:00"), ("yuan.bin", "03-08 12:00", None),
    )  # fmt: skip
    woken = {at("03-08 18:00:00.000001")}
    story = Story(directory=heads).issued().fact("visit_recorded", "03-02 11:00", outcome="agreed", has_plan=True)
    wakes = set()
    now = story.ledger("03-08 09:00").next_change_at
    while now is not None and now <= at("03-09 00:00"):
        wakes.add(now)
        now = story.ledger(now.strftime("%m-%d %H:%M:%S.%f")).next_change_at
    assert woken <= wakes


def test_a_new_directory_says_which_projects_it_touches_and_from_when_on() -> None:
    assert moved(DEMO, DEMO) is None
    heads = held(
        Post.department_head, "property-south", "property",
        ("wu.gang", None, "03-08 12:00"), ("yuan.bin", "03-08 12:00", None),
    )  # fmt: skip
    found = moved(DEMO, heads)
    assert found is not None
    assert (found.projects, found.since) == ({"jinbi-bay", "yunshan"}, at("03-08 12:00"))
    group = moved(DEMO, held(Post.general_manager, "hengxin", None, ("tang.bo", None, None)))
    assert group is not None
    assert (len(group.projects), group.since) == (len(DEMO.projects), EVER)
    placed = [one.model_copy(update={"company": "north"}) if one.id == "yunshan" else one for one in DEMO.projects]
    other = moved(DEMO, DEMO.with_changes(projects=placed))
    assert other is not None
    assert other.projects == {"yunshan"}
    assert moved(DEMO, DEMO.with_changes(absences=[Absence(person="a", delegate="b", since=at("03-01 00:00"))])) is None
