import pytest

from services.intake.usecases.ratings import ratings
from shared.kernel.errors import Code, Refused
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
