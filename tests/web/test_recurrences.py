"""C6 over HTTP: what recurs is listed for the group and the officers, and dismissed by the group's managers."""

from tests.web.world import World, refusal


async def test_a_recurrence_is_listed_and_dismissed(world: World) -> None:
    cases = [(await world.registered())["complaint"] for _ in range(5)]
    async with world.client("wang.min") as officer:
        (found,) = (await officer.get("/api/v1/recurrences")).json()["items"]
        assert (found["count"], found["complaints"]) == (5, cases)
        target = f"/api/v1/recurrences/{found['recurrence']}/dismiss"
        assert refusal(await officer.post(target, json={"reason": "x"}))[1] == "role.not_allowed"
        assert refusal(await officer.get("/api/v1/recurrences?state=all"))[1:] == ("field.invalid", "state")
    async with world.client("sun.yue") as other:
        assert (await other.get("/api/v1/recurrences")).json()["items"] == []
    async with world.client("gao.feng") as manager:
        assert refusal(await manager.post(target, json={}))[1:] == ("field.missing", "reason")
        assert (await manager.post(target, json={"reason": "各户原因不同"})).json()["state"] == "dismissed"
        assert (await manager.get("/api/v1/recurrences")).json()["items"] == []
    async with world.client() as nobody:
        assert (await nobody.get("/api/v1/recurrences")).status_code == 401


async def test_a_merged_case_is_refused_everywhere_with_the_number_of_the_other(world: World) -> None:
    first, second = await world.registered(), await world.registered()
    assert [one["number"] for one in second["suggestions"]] == [first["number"]]
    merged = await world.do("wang.min", "complaint.link", second["complaint"], to=first["complaint"])
    assert merged.json()["survivor_number"] == first["number"]
    answer = await world.do("wang.min", "order.submit", second["complaint"])
    assert refusal(answer)[1] == "state.not_allowed"
    assert first["number"] in answer.json()["detail"]
    async with world.client("wang.min") as client:
        whole = (await client.get(f"/api/v1/complaints/{second['complaint']}")).json()
        assert (whole["state"], whole["record"]["merged_into"]["number"]) == ("closed", first["number"])
        assert [clock["state"] for clock in whole["clocks"]] == ["cancelled"]
