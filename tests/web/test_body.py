"""Nothing a client can send is answered with a 5xx, and nothing of it is half saved."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.web.world import COMPLAINT, World, refusal

REGISTER = "/api/v1/commands/complaint.register"
JSON = {"Content-Type": "application/json"}


def _with(**changes: Any) -> bytes:
    return json.dumps({"with": COMPLAINT | changes}).encode()


BAD = {
    "nothing": (b"", "body"),
    "no json": (b"{", "body"),
    "two documents": (b"{}{}", "body"),
    "an array": (b"[]", "body"),
    "a string": (b'"x"', "body"),
    "null": (b"null", "body"),
    "latin-1": ('{"with": {"content": "é"}}'.encode("latin-1"), "body"),
    "utf-16": ('{"with": {}}'.encode("utf-16"), "body"),
    "a name twice": (b'{"with": {}, "with": {}}', "body"),
    "NaN": (b'{"with": {"loss_amount": NaN}}', "body"),
    "infinity": (b'{"with": {"loss_amount": -Infinity}}', "body"),
    "a float too large": (b'{"with": {"loss_amount": 1e999}}', "loss_amount"),
    "an int too large": (b'{"with": {"loss_amount": ' + b"9" * 30 + b"}}", "loss_amount"),
    "an int of 5000 digits": (b'{"with": {"loss_amount": ' + b"9" * 5000 + b"}}", "body"),
    "deep": (b'{"with": ' * 200 + b"{}" + b"}" * 200, None),
    "very deep": (b'{"with": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body"),
    "NUL": (_with(content="a\x00b"), "content"),
    "NUL in a name": (json.dumps({"with": {"a\x00": 1}}).encode(), "with"),
    "half a surrogate pair": (b'{"with": {"content": "\\ud800"}}', "content"),
    "half a pair in a name": (b'{"with": {"\\udfff": 1}}', "with"),
    "an unknown part": (b'{"with": {}, "force": true}', "force"),
    "with is a list": (b'{"with": []}', "with"),
    "complaint is a number": (b'{"complaint": 5, "with": {}}', "complaint"),
    "complaint is no UUID": (b'{"complaint": "5", "with": {}}', "complaint"),
    "complaint in braces": (b'{"complaint": "{01a200bd-6515-7a96-b307-ff0c5e6d8}"}', "complaint"),
    "an unknown field": (_with(colour="red"), "colour"),
    "a bad phone": (_with(customer={"name": "张", "phone": "12", "room": "1"}), "customer.phone"),
    "a naive time": (_with(contact_ended_at="2026-03-02T09:30:00"), "contact_ended_at"),
    "a time in the future": (_with(contact_ended_at="2026-03-02T10:30:00+08:00"), "contact_ended_at"),
    "the year 1": (_with(contact_ended_at="0001-01-01T00:00:00Z"), "contact_ended_at"),
    "the year 9999": (_with(required_by="9999-12-31T23:59:59-23:59"), "required_by"),
    "a completion in the past": (_with(required_by="2026-03-01T18:00:00+08:00"), "required_by"),
    "a text of 900 KB": (_with(content="水" * 150_000), "content"),
    "an object for a text": (_with(content={"a": 1}), "content"),
    "a negative loss": (_with(loss_amount=-1), "loss_amount"),
    "a fraction of a fen": (_with(loss_amount="0.001"), "loss_amount"),
    "no boolean": (_with(lawsuit="perhaps"), "lawsuit"),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", BAD)
async def test_a_bad_body_is_refused_by_name_and_leaves_no_trace(untouched_world: World, name: str) -> None:
    raw, field = BAD[name]
    async with untouched_world.client("wang.min", **JSON) as client:
        response = await client.post(REGISTER, content=raw)
        listed = await client.get("/api/v1/complaints")
    assert refusal(response)[:2] == (422, "field.invalid"), response.text
    if field is not None:
        assert response.json()["field"] == field
    assert listed.json()["items"] == []


async def test_a_missing_field_is_named(world: World) -> None:
    for name in ("project", "channel", "content", "customer"):
        data = {key: value for key, value in COMPLAINT.items() if key != name}
        assert refusal(await world.do("wang.min", "complaint.register", **data)) == (422, "field.missing", name)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "\xff"])
async def test_another_content_type_is_refused(world: World, kind: str) -> None:
    async with world.client("wang.min") as client:
        response = await client.post(REGISTER, content=_with(), headers={"Content-Type": kind.encode("latin-1")})  # type: ignore[dict-item]
    assert refusal(response) == (415, "unsupported_type", "Content-Type")


async def test_a_body_over_a_mebibyte_is_refused_whether_it_says_so_or_not(world: World) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b" " * 100_000

    async with world.client("wang.min", **JSON) as client:
        assert refusal(await client.post(REGISTER, content=b" " * (1024 * 1024 + 1))) == (413, "too_large", None)
        assert refusal(await client.post(REGISTER, content=endless())) == (413, "too_large", None)
    assert sent < 2_000_000, "the rest is not read"


async def test_a_body_of_exactly_a_mebibyte_is_read(world: World) -> None:
    raw = _with()
    async with world.client("wang.min", **JSON) as client:
        response = await client.post(REGISTER, content=raw + b" " * (1024 * 1024 - len(raw)))
    assert response.status_code == 201


async def test_the_body_limit_holds_for_pages_and_the_sign_in_too(world: World) -> None:
    huge = b"a" * (1024 * 1024 + 1)
    async with world.client(**{"Content-Type": "application/x-www-form-urlencoded"}) as client:
        assert (await client.post("/login", content=huge)).status_code == 413
        assert (await client.post("/api/v1/login", content=huge)).status_code == 413


QUERIES = [
    "/api/v1/complaints?q=%00",
    "/api/v1/complaints?q=%ED%A0%80",
    "/api/v1/complaints?q=%FF%FE",
    "/api/v1/complaints?limit=0",
    "/api/v1/complaints?limit=999999999999999999999999",
    "/api/v1/complaints?limit=x",
    "/api/v1/complaints?cursor=x",
    "/api/v1/complaints?cursor=%F0%9F%98%80",
    "/api/v1/complaints?state=" + "x" * 5000,
    "/api/v1/complaints?q=%25%5F'%22;--",
    "/api/v1/complaints/x",
    "/api/v1/complaints/%00",
    "/api/v1/complaints/00000000-0000-0000-0000-000000000000",
    "/api/v1/penalties?cursor=x",
    "/api/v1/penalties?cursor=-1",
    "/api/v1/penalties?cursor=99999999999999999999",
    "/api/v1/penalties?cursor=%D9%A3",
    "/api/v1/penalties?complaint=x",
    "/api/v1/penalties?person=%F0%9F%98%80",
    "/api/v1/messages?day=0001-01-01",
    "/api/v1/messages?day=9999-12-31",
    "/api/v1/messages?day=2026-02-30",
    "/api/v1/messages?cursor=x",
    "/api/v1/messages?complaint=x",
    "/api/v1/parts/intake/earlier",
    "/api/v1/parts/intake/earlier?project=%F0%9F%98%80&phone=x",
    "/api/v1/parts/intake/complaints/x",
    "/messages/?day=x&template=y&cursor=z",
    "/messages/?cursor=%00",
    "/%00",
    "/static/../../etc/passwd",
    "/static/%2e%2e/%2e%2e/pages.py",
    "/docs/..%2f__init__.py",
    "/api/v1/commands/%00",
    "/api/v1/nothing",
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_no_address_is_answered_with_a_5xx(untouched_world: World, path: str, accept: str) -> None:
    async with untouched_world.client("sun.li", Accept=accept) as client:
        for method in ("GET", "POST", "DELETE"):
            response = await client.request(method, path)
            assert response.status_code < 500, (method, response.text)
            assert "root:" not in response.text
