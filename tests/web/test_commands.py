import asyncio
import json

import pytest

from tests.web.world import COMPLAINT, World, refusal


async def test_a_case_goes_from_registration_to_the_order_over_http(world: World) -> None:
    case = await world.issued()
    async with world.client("wu.gang") as client:
        listed = (await client.get("/api/v1/complaints")).json()
        tasks = (await client.get("/api/v1/tasks")).json()
        sent = (await client.get("/api/v1/messages")).json()
    assert [(each["complaint_id"], each["state"]) for each in listed["items"]] == [(case, "handling")]
    assert [each["command"] for each in tasks["items"]] == ["visit.record"]
    assert [each["template"] for each in sent["items"]] == ["order.issued"]


async def test_registration_answers_201_and_other_commands_200_with_the_version_as_etag(world: World) -> None:
    registered = await world.do("wang.min", "complaint.register", **COMPLAINT)
    assert registered.status_code == 201
    submitted = await world.do("wang.min", "order.submit", registered.json()["complaint"])
    assert submitted.status_code == 200
    assert submitted.headers["etag"] == f'"{submitted.json()["version"]}"'


async def test_a_client_reads_its_own_write_in_every_room_at_once(world: World) -> None:
    registered = await world.registered()
    async with world.client("wang.min") as client:
        whole = (await client.get(f"/api/v1/complaints/{registered['complaint']}")).json()
    assert whole["record"]["number"] == whole["case"]["number"] == registered["number"]
    assert [clock["clock"] for clock in whole["clocks"]] == ["order.submit"]
    assert [message["template"] for message in whole["messages"]] == ["customer.registered"]


@pytest.mark.parametrize(
    ("person", "name", "data", "expected"),
    [
        ("wu.gang", "order.submit", {}, (403, "role.not_allowed", None)),
        ("zhang.lan", "order.submit", {}, (403, "scope.not_allowed", None)),
        ("sun.li", "order.review", {"decision": "approve"}, (409, "state.not_allowed", None)),
        ("wang.min", "order.dispatch", {"department": "property"}, (409, "policy.not_allowed", None)),
        ("wang.min", "claim.raise", {"amount": "much"}, (422, "field.invalid", "amount")),
        ("wang.min", "customer.call", {}, (422, "field.missing", "purpose")),
    ],
)
async def test_a_refusal_has_its_code_and_changes_nothing(
    world: World, person: str, name: str, data: dict[str, str], expected: tuple[int, str, str | None]
) -> None:
    case = (await world.registered())["complaint"]
    assert refusal(await world.do(person, name, case, **data)) == expected
    async with world.client("wang.min") as client:
        whole = (await client.get(f"/api/v1/complaints/{case}")).json()
    assert whole["case"]["state"] == "registered"
    assert [(e["room"], e["command"], e["code"]) for e in whole["audit"] if not e["accepted"]] == [
        ("dispatch", name, expected[1])
    ]


async def test_a_closed_centre_refuses_capture(world: World) -> None:
    response = await world.do("chen.wei", "complaint.register", **(COMPLAINT | {"project": "old-town"}))
    assert refusal(response)[:2] == (409, "centre.closed")


async def test_an_unknown_case_and_an_unknown_command_are_not_found(world: World) -> None:
    unknown = "01a200bd-6515-7a96-b307-ff0c5e6d88ae"
    assert refusal(await world.do("wang.min", "order.submit", unknown)) == (404, "not_found", None)
    assert refusal(await world.do("wang.min", "order.eat", unknown)) == (404, "not_found", None)


async def test_the_same_key_gives_the_same_answer_and_one_complaint(world: World) -> None:
    key = {"Idempotency-Key": "a8c1"}
    first = await world.do("wang.min", "complaint.register", headers=key, **COMPLAINT)
    again = await world.do("wang.min", "complaint.register", headers=key, **COMPLAINT)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    async with world.client("wang.min") as client:
        assert len((await client.get("/api/v1/complaints")).json()["items"]) == 1


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    key = {"Idempotency-Key": "a8c1"}
    await world.do("wang.min", "complaint.register", headers=key, **COMPLAINT)
    other = await world.do("wang.min", "complaint.register", headers=key, **(COMPLAINT | {"content": "停水"}))
    assert refusal(other) == (422, "field.invalid", "Idempotency-Key")


async def test_eight_requests_at_once_with_one_key_make_one_complaint(world: World) -> None:
    key = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(world.do("wang.min", "complaint.register", headers=key, **COMPLAINT) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["complaint"] for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "é"])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    async with world.client("wang.min") as client:
        response = await client.post(
            "/api/v1/commands/complaint.register",
            json={"with": COMPLAINT},
            headers={"Idempotency-Key": key.encode("latin-1")},  # type: ignore[dict-item]
        )
    assert refusal(response) == (422, "field.invalid", "Idempotency-Key")


@pytest.mark.parametrize("tag", ['"2"', 'W/"2"', "2"])
async def test_if_match_refuses_what_others_have_changed_meanwhile(world: World, tag: str) -> None:
    case = (await world.registered())["complaint"]
    await world.do("wang.min", "order.submit", case)
    stale = await world.do("sun.li", "order.review", case, headers={"If-Match": '"1"'}, decision="approve")
    assert refusal(stale) == (412, "version.conflict", None)
    current = await world.do("sun.li", "order.review", case, headers={"If-Match": tag}, decision="approve")
    assert current.status_code == 200


@pytest.mark.parametrize("tag", ["x", '"1', '"1", "2"', "-1", "1e3", "9" * 30, "१"])
async def test_an_if_match_that_is_no_version_is_refused(world: World, tag: str) -> None:
    case = (await world.registered())["complaint"]
    response = await world.do("wang.min", "order.submit", case, headers={"If-Match": tag.encode()})  # type: ignore[dict-item]
    assert refusal(response) == (422, "field.invalid", "If-Match")


# ---- who


async def test_without_a_token_every_command_is_refused(world: World) -> None:
    async with world.client() as client:
        for room in world.running.rooms.values():
            for name in room.commands:
                response = await client.post(f"/api/v1/commands/{name}", json={"with": COMPLAINT})
                assert refusal(response) == (401, "unauthenticated", None), name


@pytest.mark.parametrize("channel", ["web", "app"])
async def test_a_customer_registers_without_a_token_by_web_and_app_only(world: World, channel: str) -> None:
    body = {"with": {**COMPLAINT, "channel": channel, "contact_ended_at": None}}
    async with world.client() as client:
        response = await client.post("/api/v1/commands/complaint.register", json=body)
    assert response.status_code == 201, response.text


async def test_a_tracking_token_opens_its_own_case_and_nothing_else(world: World) -> None:
    mine, other = await world.registered(), await world.registered()
    part = "/api/v1/parts/intake/complaints/"
    for headers in ({"X-Tracking-Token": mine["tracking"]}, {"Authorization": f"Bearer {mine['tracking']}"}):
        async with world.client(**headers) as client:
            own = await client.get(part + mine["complaint"])
            assert own.status_code == 200
            assert own.json()["audit"] == []
            assert refusal(await client.get(part + other["complaint"])) == (404, "not_found", None)
            signed = {"complaint": mine["complaint"], "with": {"signature": "张先生"}}
            assert (await client.post("/api/v1/commands/complaint.sign", json=signed)).status_code == 200
            foreign = {"complaint": other["complaint"], "with": {"signature": "张先生"}}
            response = await client.post("/api/v1/commands/complaint.sign", json=foreign)
            assert refusal(response)[1] in ("not_found", "scope.not_allowed", "role.not_allowed")
            assert (await client.get("/api/v1/complaints")).status_code == 401
            response = await client.post("/api/v1/commands/order.submit", json={"complaint": mine["complaint"]})
            assert response.status_code == 401


async def test_a_registration_in_another_form_of_json_is_the_same(world: World) -> None:
    raw = json.dumps({"with": COMPLAINT}, ensure_ascii=True).encode()
    async with world.client("wang.min") as client:
        response = await client.post(
            "/api/v1/commands/complaint.register",
            content=raw,
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
    assert response.status_code == 201
