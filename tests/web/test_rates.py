"""Who asks too often waits: addresses where nobody is signed in, people for what they change."""

import pytest

from shared.web.rates import Buckets, Rates, network
from tests.web.world import COMPLAINT, World, refusal


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again_by_itself() -> None:
    clock = Seconds()
    buckets = Buckets(3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [None, None, None, 20]
    assert buckets.take("b") is None
    clock.now += 19
    assert buckets.take("a") == 1
    clock.now += 1
    assert [buckets.take("a"), buckets.take("a")] == [None, 20]
    clock.now += 3600
    assert [buckets.take("a") for _ in range(4)] == [None, None, None, 20]


def test_who_asks_in_vain_does_not_wait_the_longer_for_it() -> None:
    clock = Seconds()
    buckets = Buckets(1, clock=clock)
    assert buckets.take("a") is None
    assert [buckets.take("a") for _ in range(50)] == [60] * 50
    clock.now += 60
    assert buckets.take("a") is None


def test_no_more_callers_are_kept_than_fit() -> None:
    buckets = Buckets(1, most=10)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 10
    assert buckets.take("999") is not None
    assert buckets.take("0") is None


def test_none_means_any_number() -> None:
    buckets = Buckets(0)
    assert [buckets.take("a") for _ in range(1000)] == [None] * 1000
    assert len(buckets) == 0


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:ffff::1", "2001:0db8:0001:0002"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_a_subscribers(address: str, whose: str) -> None:
    assert network(address) == whose


OPEN = [
    "/report", "/report/fields?project=jinbi-bay", "/t/x", "/verify/x", "/login", "POST /api/v1/login",
    "POST /api/v1/commands/complaint.register",
]  # fmt: skip


@pytest.mark.parametrize("path", OPEN)
async def test_what_is_open_to_all_is_so_in_measure(world: World, path: str) -> None:
    world.app.state.edge.rates = Rates(public=3)
    method, _, address = path.rpartition(" ")
    async with world.client() as client:
        for _ in range(3):
            assert (await client.request(method or "GET", address, json={"with": {}})).status_code != 429
        refused = await client.request(method or "GET", address, json={"with": {}})
        assert refusal(refused) == (429, "too_many_requests", None)
        assert 0 < int(refused.headers["retry-after"]) <= 20
        assert "请求过于频繁" in refused.json()["detail"]
        page = await client.get("/report", headers={"Accept": "text/html"})
    assert page.status_code == 429
    assert "请求过于频繁" in page.text
    assert "retry-after" in page.headers
    async with world.client("wang.min") as client:  # of the same office
        assert (await client.get("/api/v1/complaints")).status_code == 200
        body = {"with": COMPLAINT}
        assert (await client.post("/api/v1/commands/complaint.register", json=body)).status_code == 201


async def test_guessed_keys_in_a_header_are_counted_too(world: World) -> None:
    world.app.state.edge.rates = Rates(public=2)
    async with world.client("wang.min") as client:
        path = "/api/v1/parts/intake/complaints/01a2010c-b261-71c6-9e3f-0123456789ab"
        answers = [
            (await client.get(path, headers={"X-Tracking-Token": f"{number:032}"})).status_code for number in range(4)
        ]
    assert answers == [404, 404, 429, 429]


async def test_a_person_changes_things_in_measure_and_reads_as_he_likes(world: World) -> None:
    world.app.state.edge.rates = Rates(person=2)
    answers = [
        await world.do("wang.min", "complaint.register", **(COMPLAINT | {"content": str(number)}))
        for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert refusal(answers[2])[1] == "too_many_requests"
    assert len(await world.cases()) == 2
    assert (await world.do("sun.yue", "complaint.register", **(COMPLAINT | {"project": "lakeside"}))).status_code == 201
    async with world.client("wang.min") as client:
        assert {(await client.get("/api/v1/tasks")).status_code for _ in range(5)} == {200}


async def test_the_key_of_a_lost_answer_is_asked_again_after_the_wait(world: World) -> None:
    world.app.state.edge.rates = Rates(person=1)
    assert (await world.do("wang.min", "complaint.register", **COMPLAINT)).status_code == 201
    header = {"Idempotency-Key": "k1"}
    assert (await world.do("wang.min", "complaint.register", headers=header, **COMPLAINT)).status_code == 429
    world.app.state.edge.rates = Rates()
    assert (await world.do("wang.min", "complaint.register", headers=header, **COMPLAINT)).status_code == 201
