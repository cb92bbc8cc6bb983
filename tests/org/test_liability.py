"""003§5,20,21 when posts are vacant: never nobody, and nobody for what he did not hold."""

from datetime import datetime

import pytest

from shared.org.liability import NEXT_HIGHER, CaseStanding, holder
from shared.org.model import Directory, Post
from tests.kit.story import DEMO, POLICY, at

NOW = at("03-02 09:00")
CASE = CaseStanding("jinbi-bay", "property_service", "general", "wang.min")
THIRD_TIER = CaseStanding("yunshan", "marketing_contract", "general", "zhang.lan")


def without(*gone: tuple[Post, str] | tuple[Post, str, str]) -> Directory:
    """The demo directory with these posts vacant from NOW on."""
    vacant = {(*one, None)[:3] for one in gone}
    return DEMO.with_changes(
        assignments=[
            one.model_copy(update={"until": NOW})
            if {(one.post, one.scope, one.unit), (one.post, one.scope, None)} & vacant
            else one
            for one in DEMO.assignments
        ]
    )


def who(post: str, directory: Directory, case: CaseStanding = CASE, when: datetime = NOW) -> str | None:
    return holder(post, POLICY, directory, case, when)


OFFICERS = (Post.service_officer, "jinbi-bay")
HEAD = (Post.department_head, "property-south", "property")
LEADER = (Post.supervising_leader, "property-south", "property")
CHAIRMAN = (Post.chairman, "property-south")
DEPUTY, GM, VICE = ((post, "hengxin") for post in (
    Post.deputy_general_manager, Post.general_manager, Post.vice_president,
))  # fmt: skip


@pytest.mark.parametrize(
    ("post", "gone", "person"),
    [
        ("first_department_head", [HEAD], "ma.chao"),
        ("first_department_head", [HEAD, LEADER], "lin.fang"),
        ("first_department_head", [HEAD, LEADER, CHAIRMAN], "sun.li"),
        ("liable", [HEAD], "ma.chao"),
        ("leader", [LEADER], "lin.fang"),
        ("leader", [LEADER, CHAIRMAN], "sun.li"),
        ("chairman", [CHAIRMAN], "tang.bo"),
        ("chairman", [CHAIRMAN, VICE], "gao.feng"),
        ("officer", [OFFICERS], "ma.chao"),
        ("officer", [OFFICERS, LEADER], "sun.li"),
        ("deputy_general_manager", [DEPUTY], "gao.feng"),
        ("deputy_general_manager", [DEPUTY, GM], "tang.bo"),
        ("general_manager", [GM], "tang.bo"),
        ("general_manager", [GM, VICE], "sun.li"),
        ("vice_president", [VICE], "gao.feng"),
    ],
)
def test_the_next_higher_stands_in(post: str, gone: list[tuple[Post, str]], person: str) -> None:
    assert who(post, without(*gone)) == person
    assert who(post, without(*gone), when=at("03-02 08:59")) == who(post, DEMO)


def test_another_officer_of_the_project_comes_before_anybody_higher() -> None:
    assignments = [one for one in DEMO.assignments if one.person != "wang.min"]
    assert who("officer", DEMO.with_changes(assignments=assignments)) == "liu.yan"


def test_a_third_tier_project_falls_to_its_general_manager_and_he_to_the_supervising_leader() -> None:
    officers, manager = (Post.service_officer, "yunshan"), (Post.project_general_manager, "yunshan")
    assert who("officer", without(officers), THIRD_TIER) == "he.jun"
    assert who("leader", without(manager), THIRD_TIER) == "luo.ping"
    assert who("leader", without(manager, (Post.supervising_leader, "south", "marketing")), THIRD_TIER) == "chen.wei"


def test_nobody_stands_in_for_the_auditor_and_the_centres() -> None:
    gone = [(post, "hengxin") for post in (Post.auditor, Post.hr_centre, Post.finance_centre)]
    assert [who(post, without(*gone)) for post in ("auditor", "hr_centre", "finance_centre")] == [None] * 3


def test_the_table_never_leads_back_to_the_vacant_post() -> None:
    assert all(post not in higher and len(set(higher)) == len(higher) for post, higher in NEXT_HIGHER.items())


def test_where_the_whole_chain_is_vacant_there_is_nobody() -> None:
    assert who("liable", DEMO.with_changes(assignments=[])) is None
