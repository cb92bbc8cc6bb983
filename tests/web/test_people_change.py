"""Handover, absence, rotation and referral over HTTP."""

from tests.web.world import COMPLAINT, World, refusal

HEAD = {"post": "department_head", "scope": "property-south", "unit": "property", "to": "yuan.bin"}


async def test_a_post_is_handed_over_and_the_new_holder_acts_at_once(world: World) -> None:
    case = (await world.registered())["complaint"]
    for who, command, data in (
        ("wang.min", "order.submit", {}),
        ("sun.li", "order.review", {"decision": "approve"}),
        ("gao.feng", "order.issue", {"decision": "approve"}),
    ):
        assert (await world.do(who, command, case, **data)).status_code == 200
    body = {**HEAD, "from": world.clock.now().isoformat()}
    path = "/api/v1/directory/hand-overs"
    async with world.client("wu.gang") as head:
        assert refusal(await head.post(path, json=body))[1] == "role.not_allowed"
    async with world.client("sun.li") as deputy:
        first = await deputy.post(path, json=body, headers={"Idempotency-Key": "h1"})
        assert (first.status_code, first.json()) == (200, {"directory": 2})
        assert (await deputy.post(path, json=body, headers={"Idempotency-Key": "h1"})).json() == first.json()
        assert refusal(await deputy.post(path, json={**body, "scope": "west"}))[1:] == ("field.invalid", "scope")
        assert refusal(await deputy.post(path, json={"post": "chairman"}))[1] == "field.missing"
    assert (await world.do("yuan.bin", "visit.record", case, outcome="agreed")).status_code == 200
    assert refusal(await world.do("wu.gang", "visit.record", case, outcome="agreed"))[1] == "role.not_allowed"
    async with world.client() as nobody:
        assert (await nobody.post(path, json=body)).status_code == 401


async def test_who_goes_away_names_a_delegate_who_then_holds_his_posts_too(world: World) -> None:
    now = world.clock.now()
    async with world.client("wu.gang") as head:
        answer = await head.post("/api/v1/absences", json={"from": now.isoformat(), "delegate": "luo.ping"})
        assert (answer.status_code, answer.json()["delegate_name"]) == (200, "罗平")
        assert len((await head.get("/api/v1/absences")).json()["items"]) == 1
        bad = await head.post("/api/v1/absences", json={"from": now.isoformat(), "delegate": "wu.gang"})
        assert refusal(bad)[1:] == ("field.invalid", "delegate")
    async with world.client("luo.ping") as delegate:
        posts = (await delegate.get("/api/v1/me")).json()["posts"]
        assert [post["scope"] for post in posts if post["on_behalf_of"] == "wu.gang"] == ["property-south"]
        assert (await delegate.get("/api/v1/rotations")).json() == {"items": []}


async def test_a_closed_centre_hands_the_customer_to_the_property_company(world: World) -> None:
    refused = await world.do("sun.yue", "complaint.register", **{**COMPLAINT, "project": "old-town"})
    assert refusal(refused)[1] == "centre.closed"
    assert "石磊" in refused.json()["detail"]
    await world.running.settled()
    async with world.client("shi.lei") as head:
        (referral,) = (await head.get("/api/v1/referrals")).json()["items"]
        assert (referral["project"], referral["masked"], referral["content"]) == ("old-town", False, "卫生间渗水")
        (message,) = (await head.get("/api/v1/messages")).json()["items"]
        assert message["template"] == "referral.property"
    async with world.client("sun.yue") as officer:
        assert (await officer.get("/api/v1/referrals")).json()["items"] == []
