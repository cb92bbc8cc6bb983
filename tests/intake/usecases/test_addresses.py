"""B13: who may enter and check a project's addresses, who sees them, and when a check is overdue."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.usecases.addresses import addresses
from shared.events.dispatch import DirectoryPublishedV1
from shared.events.intake import ComplaintRegisteredV1
from shared.kernel.errors import Code
from tests.kit.desk import Desk, demo, person

HOTLINE = {"project": "jinbi-bay", "kind": "hotline", "address": "400-800-1234"}


async def entered(desk: Desk, **changed: Any) -> str:
    return str((await desk.do("channel.enter", "wang.min", **(HOTLINE | changed)))["channel"])


async def listed(desk: Desk, who: str, **asked: Any) -> list[dict[str, Any]]:
    return list((await addresses(desk.room, person(who), **asked))["items"])


async def under(desk: Desk, policy: str) -> None:
    projects = [one.model_copy(update={"policy": policy}) for one in demo().projects]
    await desk.hears(desk.fact(DirectoryPublishedV1, version=2, directory=demo().with_changes(projects=projects)))


async def test_an_officer_enters_and_checks_and_the_register_says_who_and_when(desk: Desk) -> None:
    channel = await entered(desk)
    desk.clock.advance(timedelta(days=3))
    await desk.do("channel.check", "liu.yan", channel=channel, found="wrong", note="停机")
    (one,) = await listed(desk, "gao.feng")
    assert (one["address"], one["entered_by"], one["checked_by"]) == ("400-800-1234", "wang.min", "liu.yan")
    assert (one["found"], one["found_name"], one["checked_at"]) == ("wrong", "有误", desk.clock.now().isoformat())
    assert [(check["by"], check["note"]) for check in one["checks"]] == [("liu.yan", "停机")]


@pytest.mark.parametrize(("who", "code"), [("zhang.lan", Code.scope_not_allowed), ("sun.li", Code.role_not_allowed)])
async def test_nobody_else_enters_or_checks(desk: Desk, who: str, code: Code) -> None:
    channel = await entered(desk)
    await desk.refused(code, "channel.enter", who, **HOTLINE | {"address": "other"})
    await desk.refused(code, "channel.check", who, channel=channel, found="correct")
    await desk.refused(code, "channel.end", who, channel=channel)


async def test_what_is_no_good_is_refused_and_changes_nothing(desk: Desk) -> None:
    channel = await entered(desk)
    for name, data, field in (
        ("channel.enter", HOTLINE, "address"),
        ("channel.enter", HOTLINE | {"kind": "fax"}, "kind"),
        ("channel.enter", HOTLINE | {"project": "nowhere"}, "project"),
        ("channel.check", {"channel": channel, "found": "perhaps"}, "found"),
    ):
        assert (await desk.refused(Code.field_invalid, name, "wang.min", **data)).field == field
    unknown = str(desk.other_ids.new())
    await desk.refused(Code.not_found, "channel.check", "wang.min", channel=unknown, found="correct")


async def test_everybody_sees_the_projects_of_his_scope(desk: Desk) -> None:
    await entered(desk)
    seen = {who: len(await listed(desk, who)) for who in ("wang.min", "chen.wei", "hr.centre", "zhang.lan", "wu.gang")}
    assert seen == {"wang.min": 1, "chen.wei": 1, "hr.centre": 1, "zhang.lan": 0, "wu.gang": 0}
    assert await listed(desk, "gao.feng", project="yunshan") == []


async def test_unchecked_for_longer_than_000_allows_it_is_overdue_until_it_is_checked(desk: Desk) -> None:
    await under(desk, "developer-complaints")
    channel = await entered(desk)
    desk.clock.advance(timedelta(days=31))
    (one,) = await listed(desk, "wang.min")
    assert (one["overdue"], one["clause"], one["check_by"]) == (False, "000§2", desk.clock.now().isoformat())
    desk.clock.advance(timedelta(seconds=1))
    assert (await listed(desk, "wang.min"))[0]["overdue"] is True
    await desk.do("channel.check", "wang.min", channel=channel, found="correct")
    assert (await listed(desk, "wang.min"))[0]["overdue"] is False


async def test_where_the_policy_asks_for_no_checks_none_is_overdue(desk: Desk) -> None:
    await entered(desk)
    desk.clock.advance(timedelta(days=400))
    (one,) = await listed(desk, "wang.min")
    assert (one["overdue"], one["check_by"], one["clause"]) == (False, None, None)


async def test_what_is_used_no_more_is_shown_on_demand_and_can_be_entered_again(desk: Desk) -> None:
    channel = await entered(desk)
    await desk.do("channel.end", "wang.min", channel=channel)
    assert await listed(desk, "wang.min") == []
    assert [one["channel"] for one in await listed(desk, "wang.min", ended=True)] == [channel]
    await desk.refused(Code.state_not_allowed, "channel.check", "wang.min", channel=channel, found="correct")
    assert await entered(desk) != channel


async def test_the_hotline_is_the_contact_a_customer_is_told_unless_it_was_found_wrong(desk: Desk) -> None:
    channel = await entered(desk)
    await entered(desk, kind="forum", address="https://bbs.example.cn")
    await desk.register()
    await desk.do("channel.check", "wang.min", channel=channel, found="wrong")
    await desk.register()
    told = [event.contact for event in await desk.events() if isinstance(event, ComplaintRegisteredV1)]
    assert told == ["400-800-1234", None]
