import asyncio
import hashlib
import json
import re
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.keys import Way
from services.intake.usecases.rate_window import mark_of
from services.intake.usecases.reads import record
from shared.db.keyring import KeyRing
from shared.events.intake import WindowRatedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor, Came
from tests.kit.data_keys import NEW, OLD
from tests.kit.desk import Desk, customer, person


async def test_the_rating_goes_out_with_the_officer(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.rate_window", customer(case), case, stars=4)
    event = (await desk.events())[-1]
    assert isinstance(event, WindowRatedV1)
    assert (event.stars, event.officer, event.by) == (4, "wang.min", "customer")


async def test_once_and_never_again(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.rate_window", customer(case), case, stars=1)
    await desk.refused(Code.state_not_allowed, "complaint.rate_window", customer(case), case, stars=5)


async def test_two_ratings_at_once_count_once(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    results = await asyncio.gather(
        *(desk.do("complaint.rate_window", customer(case), case, stars=n) for n in (1, 5)), return_exceptions=True
    )
    assert [r.code for r in results if isinstance(r, Refused)] == [Code.state_not_allowed]
    assert len(await desk.rows("window_rating")) == 1


@pytest.mark.parametrize("actor", ["wang.min", "liu.yan", "gao.feng", "li.qiang"])
async def test_nobody_rates_for_the_customer(desk: Desk, actor: str) -> None:
    case = (await desk.register())["complaint"]
    await desk.refused(Code.role_not_allowed, "complaint.rate_window", actor, case, stars=5)


async def test_a_customer_rates_only_his_own_case(desk: Desk) -> None:
    case, other = (await desk.register())["complaint"], (await desk.register())["complaint"]
    await desk.refused(Code.scope_not_allowed, "complaint.rate_window", customer(other), case, stars=5)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (Code.field_missing, {}),
        (Code.field_missing, {"stars": None}),
        (Code.field_invalid, {"stars": 0}),
        (Code.field_invalid, {"stars": 6}),
        (Code.field_invalid, {"stars": "5"}),
        (Code.field_invalid, {"stars": 4.5}),
        (Code.field_invalid, {"stars": True}),
    ],
)
async def test_stars_are_one_to_five(desk: Desk, code: Code, data: dict[str, Any]) -> None:
    case = (await desk.register())["complaint"]
    assert (await desk.refused(code, "complaint.rate_window", customer(case), case, **data)).field == "stars"


def came(case: str, way: Way, beside: str | None = None, network: str = "10.1.2.3") -> Actor:
    return Actor("customer", complaint_id=UUID(case), came=Came(way, network, beside))


@pytest.mark.parametrize(("way", "beside"), [(Way.handed, "wang.min"), (Way.own, "wang.min"), (Way.code, "wang.min")])
async def test_no_employee_rates_in_his_own_browser_with_what_passes_through_his_hands(
    desk: Desk, way: Way, beside: str | None
) -> None:
    case = str((await desk.register())["complaint"])
    await desk.refused(Code.role_not_allowed, "complaint.rate_window", came(case, way, beside), case, stars=5)
    assert await desk.rows("window_rating") == []


@pytest.mark.parametrize(
    ("way", "beside"), [(Way.own, None), (Way.handed, None), (Way.code, None), (Way.window, None), (Way.window, "x")]
)
async def test_the_log_keeps_how_a_rating_was_given_but_no_address(desk: Desk, way: Way, beside: str | None) -> None:
    case = str((await desk.register())["complaint"])
    await desk.do("complaint.rate_window", came(case, way, beside), case, stars=4)
    noted = (await desk.rows("audit"))[-1].data
    assert noted["way"] == way
    assert re.fullmatch(r"[0-9a-f]{12}", noted["network"])
    assert "10.1.2.3" not in json.dumps(noted)
    assert noted["network"] == mark_of("10.1.2.3", "wang.min", desk.room.db.keys)


def test_the_mark_of_a_network_cannot_be_found_by_trying_all_of_them() -> None:
    rings = (KeyRing([NEW]), KeyRing([NEW, OLD]), KeyRing([OLD]), None)
    marks = [mark_of("10.1.2.3", "wang.min", keys) for keys in rings]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 3
    assert hashlib.sha256(b"wang.min|10.1.2.3").hexdigest()[:12] not in marks[:3]


async def test_the_record_shows_nothing_of_it(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    before = json.dumps(await record(desk.room, person("wang.min"), UUID(case)))
    await desk.do("complaint.rate_window", customer(case), case, stars=2)
    assert json.dumps(await record(desk.room, person("wang.min"), UUID(case))) == before
