from datetime import timedelta
from uuid import UUID

import pytest

from services.intake.domain.keys import Way
from services.intake.usecases.ratings import ratings
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor, Came
from tests.kit.desk import Desk, customer, person


async def rated(desk: Desk, stars: int) -> str:
    case = str((await desk.register())["complaint"])
    await desk.do("complaint.rate_window", customer(case), case, stars=stars)
    return case


async def test_the_group_reads_every_rating_of_the_latest_complaint_first(desk: Desk) -> None:
    first, second = await rated(desk, 2), await rated(desk, 5)

    found = await ratings(desk.room, person("gao.feng"))

    assert [(one["complaint"], one["stars"]) for one in found["items"]] == [(second, 5), (first, 2)]
    assert found["items"][0]["officer_name"] == "王敏"
    assert found["next_cursor"] is None


async def test_ratings_about_one_officer_from_one_place_within_thirty_days_are_counted(desk: Desk) -> None:
    async def given(network: str, way: Way = Way.own) -> str:
        case = str((await desk.register(required_by=None))["complaint"])
        actor = Actor("customer", complaint_id=UUID(case), came=Came(way, network))
        await desk.do("complaint.rate_window", actor, case, stars=5)
        return case

    long_ago = await given("10.0.0.1")
    desk.clock.advance(timedelta(days=30, seconds=1))
    one, two, away = await given("10.0.0.1"), await given("10.0.0.1"), await given("10.0.0.2")
    window = await given("10.0.0.1", Way.window)
    before_keys = str((await desk.register(required_by=None))["complaint"])
    await desk.do("complaint.rate_window", customer(before_keys), before_keys, stars=4)

    items = (await ratings(desk.room, person("qian.hui")))["items"]
    alike = {one["complaint"]: one["alike"] for one in items}
    assert alike == {long_ago: 1, one: 2, two: 2, away: 1, window: 0, before_keys: 0}
    marks = {one["complaint"]: one["network"] for one in items}
    assert marks[one] == marks[two] == marks[window] != marks[away]
    assert marks[before_keys] is None


async def test_a_page_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    first, second = await rated(desk, 2), await rated(desk, 5)

    page = await ratings(desk.room, person("qian.hui"), limit=1)
    rest = await ratings(desk.room, person("qian.hui"), cursor=page["next_cursor"])

    assert [one["complaint"] for one in page["items"]] == [second]
    assert [one["complaint"] for one in rest["items"]] == [first]


@pytest.mark.parametrize("who", ["wang.min", "chen.wei", "wu.gang", "nobody"])
async def test_nobody_else_reads_them(desk: Desk, who: str) -> None:
    with pytest.raises(Refused) as refused:
        await ratings(desk.room, person(who))

    assert refused.value.code is Code.role_not_allowed


async def test_a_wrong_cursor_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        await ratings(desk.room, person("gao.feng"), cursor="x")

    assert refused.value.field == "cursor"
