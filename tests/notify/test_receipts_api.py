"""Receipts over HTTP: who does not know the address's secret part is told that there is no such address."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.notify.app import open_edge
from services.notify.gateways.aliyun import AliyunGateway
from services.notify.jobs import send_all
from shared.obs.redaction import masked
from shared.web.app import rooms_app
from shared.web.edge import Edge
from shared.web.tokens import Verifier, ensure_keys
from tests.kit.desk import Desk
from tests.notify.facts import due
from tests.notify.gateways.fakes import FakeAliyun, listening
from tests.notify.test_delivery import use_aliyun

TOKEN = "a-secret-part-of-an-address-1"
PATH = f"/api/v1/receipts/aliyun/{TOKEN}"


@pytest_asyncio.fixture
async def web(desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    _, public = ensure_keys(tmp_path)
    app = rooms_app([open_edge(desk.room)], Edge(desk.clock, Verifier(public.read_bytes())))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with listening(FakeAliyun()) as fake, httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert isinstance(fake, FakeAliyun)
        assert isinstance(use_aliyun(desk, fake, receipt_token=TOKEN), AliyunGateway)
        yield client


async def sent(desk: Desk) -> Any:
    await desk.hears(due(desk))
    await send_all(desk.room)
    (row,) = await desk.rows("message")
    assert row.status == "sent"
    return row


async def test_the_gateway_says_that_it_arrived_and_says_it_twice(desk: Desk, web: httpx.AsyncClient) -> None:
    report = {"out_id": str((await sent(desk)).id), "biz_id": "biz-1", "success": True, "err_code": "DELIVERED"}
    for _ in range(2):
        answer = await web.post(PATH, json=[report])
        assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "成功"})
    (row,) = await desk.rows("message")
    assert (row.status, len(await desk.events())) == ("delivered", 1)


async def test_what_nobody_sent_is_thanked_for_and_forgotten(desk: Desk, web: httpx.AsyncClient) -> None:
    before = await sent(desk)
    strangers = [{"out_id": "none", "success": True}, {"biz_id": "other", "success": False}, {}]
    assert (await web.post(PATH, json=strangers)).status_code == 200
    assert await desk.rows("message") == [before]


@pytest.mark.parametrize("path", [PATH + "x", PATH[:-1] + "é", "/api/v1/receipts/tencent/" + TOKEN])
async def test_any_other_address_is_none(desk: Desk, web: httpx.AsyncClient, path: str) -> None:
    row = await sent(desk)
    answer = await web.post(path, json=[{"out_id": str(row.id), "success": True}])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await desk.rows("message") == [row]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", b"[" * 50_000])
async def test_what_is_no_receipt_is_refused(web: httpx.AsyncClient, body: bytes) -> None:
    answer = await web.post(PATH, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "field.invalid")


def test_the_secret_part_stands_in_no_log() -> None:
    assert masked(f"POST {PATH}") == "POST /api/v1/receipts/aliyun/***"
