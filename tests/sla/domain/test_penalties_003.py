"""Money of 003§18, 35, 36: edges, brackets, and who pays when people change."""

from datetime import timedelta

import pytest

from services.sla.domain.penalties import span
from shared.org.model import Assignment, Directory, Post
from tests.kit.story import DEMO, Story, at


@pytest.mark.parametrize(
    ("late", "yuan"),
    [("10:00:00", None), ("10:04:59", None), ("10:05:00", 100), ("10:09:59", 100), ("10:11:00", 200)],
)
def test_a_full_five_minutes_of_delay_costs_100_yuan(late: str, yuan: int | None) -> None:
    story = Story().registered("03-02 09:40", contact_ended="03-02 09:30").submitted(f"03-02 {late}")
    assert story.owed("03-02 10:12").get(("order.submit.late", "wang.min")) == yuan


def test_a_running_delay_grows_by_itself() -> None:
    story = Story().registered("03-02 09:30")
    assert [story.owed(f"03-02 {now}").get(("order.submit.late", "wang.min")) for now in
            ("10:04", "10:05", "10:30", "12:00")] == [None, 100, 600, 2400]  # fmt: skip


def test_a_returned_draft_that_is_late_again_adds_to_the_same_row() -> None:
    story = Story().registered("03-02 09:30").submitted("03-02 10:05").fact("order_returned", "03-02 10:10")
    story.submitted("03-02 10:51")
    assert story.owed("03-02 11:00")["order.submit.late", "wang.min"] == 100 + 200


def issue_late(story: Story, now: str) -> dict[str | None, int | None]:
    return {person: yuan for (rule, person), yuan in story.owed(now).items() if rule == "order.issue.late"}


def test_each_interval_of_the_issue_falls_on_who_holds_the_step_when_it_completes() -> None:
    story = Story().registered("03-02 09:30").submitted("03-02 09:40")
    story.fact("order_reviewed", "03-02 10:52").fact("order_issued", "03-02 11:06")
    # Due 10:40: 10:45 and 10:50 are the deputy's; 10:55, 11:00 and 11:05 the general manager's.
    assert issue_late(story, "03-02 12:00") == {"sun.li": 200, "gao.feng": 300}


def test_who_approves_at_the_very_instant_an_interval_completes_has_held_it() -> None:
    story = Story().registered("03-02 09:30").submitted("03-02 09:40")
    story.fact("order_reviewed", "03-02 10:45").fact("order_issued", "03-02 10:50")
    assert issue_late(story, "03-02 12:00") == {"sun.li": 100, "gao.feng": 100}


def test_a_missed_visit_costs_a_share_of_the_bonus_once_and_a_late_entry_of_a_timely_visit_takes_it_back() -> None:
    story = Story().issued()
    assert story.owed("03-02 11:30:00") == {}
    assert story.owed("03-02 11:30:01") == {("visit.missed", "wu.gang"): None}
    story.fact("visit_recorded", "03-02 11:29", recorded="03-02 14:00", outcome="agreed", has_plan=True)
    assert story.owed("03-02 14:00") == {}


def test_a_missed_plan_costs_300_once() -> None:
    story = Story().issued().fact("visit_recorded", "03-02 11:00", outcome="agreed")
    assert story.owed("03-03 11:00").get(("plan.missed", "wu.gang")) is None
    assert story.owed("03-03 11:00:01")["plan.missed", "wu.gang"] == 300
    assert story.owed("03-20 11:00")["plan.missed", "wu.gang"] == 300


def test_each_day_without_progress_costs_200() -> None:
    story = Story().issued().fact("visit_recorded", "03-02 11:00", outcome="agreed", has_plan=True)
    assert story.owed("03-04 18:00")["progress.missed", "wu.gang"] == 200
    assert story.owed("03-04 18:00:01")["progress.missed", "wu.gang"] == 400


@pytest.mark.parametrize(
    ("late", "liable", "leader"),
    [
        (timedelta(0), None, None),
        (timedelta(seconds=1), 100, 50),
        (timedelta(days=1), 100, 50),
        (timedelta(days=1, seconds=1), 200, 100),
        (timedelta(days=7), 700, 350),
        (timedelta(days=7, seconds=1), 900, 450),
        (timedelta(days=15), 2300, 1150),
        (timedelta(days=15, seconds=1), 2300, 1150),
        (timedelta(days=60), 2300, 1150),
    ],
)
def test_each_started_day_of_delay_costs_its_own_brackets_rate(late, liable, leader) -> None:
    done = (at("03-06 18:00") + late).strftime("%m-%d %H:%M:%S")
    owed = Story().issued().fact("closure_applied", done).owed("06-30 00:00")
    assert owed.get(("completion.late", "wu.gang")) == liable
    assert owed.get(("completion.late.leader", "ma.chao")) == leader


@pytest.mark.parametrize(("now", "people"), [("03-21 18:00:00", []), ("03-21 18:00:01", ["wu.gang", "ma.chao"])])
def test_from_day_16_a_proposal_is_made_for_both(now: str, people: list[str]) -> None:
    assert [p.person for p in Story().issued().ledger(now).proposals] == people


def test_the_chairman_of_a_major_complaint_pays_the_liables_amount_only() -> None:
    story = Story().registered("03-02 09:30", severity="major").submitted("03-02 09:45")
    story.fact("order_issued", "03-02 10:00")
    owed = {key: v for key, v in story.owed("03-07 18:00").items() if key[0].startswith("completion")}
    assert owed == {("completion.late", "lin.fang"): 100}


def test_an_upgrade_in_mid_case_makes_the_chairman_liable_from_then_on() -> None:
    story = Story().issued()
    story.fact("complaint_classified", "03-08 12:00", kind="complaint", validity=None, category="property_service",
               severity="major", severity_reason="媒体曝光")  # fmt: skip
    owed = story.owed("03-10 17:00")
    # Due 03-06 18:00: days 1 and 2 began before the upgrade, 3 and 4 after it.
    assert owed["completion.late", "wu.gang"] == 200
    assert owed["completion.late", "lin.fang"] == 200
    assert owed["completion.late.leader", "ma.chao"] == 100
    assert ("completion.late.leader", "lin.fang") not in owed


def handed_over(post: Post, scope: str, unit: str | None, to: str, when: str) -> Directory:
    assignments = []
    for held in DEMO.assignments:
        if (held.post, held.scope, held.unit) == (post, scope, unit):
            assignments.append(held.model_copy(update={"until": at(when)}))
            assignments.append(Assignment(post=post, scope=scope, unit=unit, person=to, since=at(when)))
        else:
            assignments.append(held)
    return DEMO.with_changes(assignments=assignments)


def test_a_post_that_changes_hands_charges_each_day_to_who_held_it_then() -> None:
    directory = handed_over(Post.department_head, "property-south", "property", "yuan.bin", "03-08 18:00")
    owed = Story(directory=directory).issued().owed("03-09 18:00:01")
    # Days begin 03-06, 03-07, 03-08 and 03-09 at 18:00; the new head is in post from 03-08 18:00.
    assert owed["completion.late", "wu.gang"] == 200
    assert owed["completion.late", "yuan.bin"] == 200


def test_a_post_that_changes_hands_charges_each_interval_to_who_held_it_then() -> None:
    directory = handed_over(Post.deputy_general_manager, "hengxin", None, "tang.bo", "03-02 10:52")
    story = Story(directory=directory).registered("03-02 09:30").submitted("03-02 09:40")
    assert issue_late(story, "03-02 11:01") == {"sun.li": 200, "tang.bo": 200}


def test_leaders_follow_company_city_tier_and_field() -> None:
    def leader(**data: str) -> str | None:
        story = Story().registered("03-02 09:30", **data)
        story.fact("order_submitted", "03-02 09:40").fact("order_issued", "03-02 10:00")
        office = story.ledger("03-02 10:00").office
        return office.person("leader", at("03-02 10:00"))

    assert leader(category="property_service") == "ma.chao"
    assert leader(category="delay_quality") == "song.yang"
    assert leader(category="marketing_contract") == "luo.ping"
    assert leader(category="marketing_contract", project_id="yunshan") == "he.jun"
    assert leader(category="property_service", project_id="yunshan") == "ma.chao"
    assert leader(category="leasing", severity="common") == "chen.wei"


def test_a_span_is_told_without_its_zero_parts() -> None:
    assert span(timedelta(days=1, minutes=5)) == "1 天 5 分钟"
