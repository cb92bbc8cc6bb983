"""Files over HTTP, against the room alone: its tables are made from the metadata."""

import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.intake.api import STREAMED
from services.intake.app import build, open_edge
from shared.db.database import Database
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.room import Room
from shared.web.app import rooms_app
from shared.web.edge import Edge
from shared.web.tokens import Signer, Verifier, ensure_keys
from tests.kit.desk import Desk
from tests.kit.desk_fixtures import open_desk
from tests.kit.pictures import data_url, drawn_name, photo
from tests.web.world import refusal

MB = 1024 * 1024
PATH = "/api/v1/attachments"
PDF = b"%PDF-1.7\n%%EOF\n"


def _served(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
    return open_edge(build(db, clock, ids, policies))


@dataclass
class Served:
    desk: Desk
    signer: Signer
    app: Any
    place: Path
    temporary: Path

    def client(self, person: str | None = None, *, tracking: str | None = None) -> httpx.AsyncClient:
        headers = {"X-Tracking-Token": tracking} if tracking else {}
        if person is not None:
            headers["Authorization"] = f"Bearer {self.signer.token(person, self.desk.clock.now())[0]}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://ccrm.test", headers=headers)

    def left(self) -> list[Path]:
        """Every file that is still there, in the store or on its way to it."""
        return [path for folder in (self.place, self.temporary) for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest_asyncio.fixture(params=["sqlite"])
async def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, temporary: Path
) -> AsyncIterator[Served]:
    async with open_desk("intake", _served, request, tmp_path_factory) as desk:
        desk.room.extra["files"] = f"file://{tmp_path / 'files'}"
        private, public = ensure_keys(tmp_path / "keys")
        edge = Edge(desk.clock, Verifier(public.read_bytes()))
        app = rooms_app([desk.room], edge)
        yield Served(desk, Signer(private.read_bytes()), app, tmp_path / "files", temporary)


async def test_a_photo_is_sent_as_it_is_and_comes_back_harmless(served: Served) -> None:
    case = (await served.desk.register())["complaint"]
    async with served.client("wang.min") as client:
        sent = await client.post(
            PATH,
            params={"complaint": case, "kind": "photo", "phase": "after", "name": "渗水.heic"},
            content=photo(400, 300, form="HEIC"),
            headers={"Content-Type": "image/heic", "Idempotency-Key": "k1"},
        )
        assert sent.status_code == 201, sent.text
        told = sent.json()
        assert {"attachment", "sha256", "media_type", "bytes", "thumbnail", "url"} <= told.keys()
        whole, small = await client.get(told["url"]), await client.get(told["thumbnail"])
        assert (await client.get(PATH, params={"complaint": case})).json()["items"][0]["name"] == "渗水.jpg"
    assert (whole.status_code, whole.headers["content-type"], len(whole.content)) == (200, "image/jpeg", told["bytes"])
    for answer in (whole, small):
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E6%B8%97")


async def test_a_form_with_one_file_does_as_well(served: Served) -> None:
    case = (await served.desk.register())["complaint"]
    async with served.client("wang.min") as client:
        ask = {"complaint": case, "kind": "letter"}
        sent = await client.post(PATH, params=ask, files={"file": ("来信.pdf", PDF, "text/html")})
        assert sent.status_code == 201, sent.text
        came = await client.get(sent.json()["url"])
        none = await client.post(PATH, params=ask, files={"file": (None, b"only a field")})
        two = await client.post(PATH, params=ask, files=[("a", ("a.pdf", PDF)), ("b", ("b.pdf", PDF))])
        torn = await client.post(PATH, params=ask, content=b"--x\r\n", headers={"Content-Type": "multipart/form-data"})
    assert (sent.json()["name"], came.content) == ("来信.pdf", PDF)
    assert came.headers["content-type"] == "application/pdf"
    assert came.headers["content-disposition"].startswith("attachment;")
    assert refusal(none) == (422, "field.missing", "file")
    assert refusal(two) == refusal(torn) == (422, "field.invalid", "file")
    assert len(served.left()) == 1


async def test_the_same_key_gives_the_same_answer(served: Served) -> None:
    case = (await served.desk.register())["complaint"]
    async with served.client("wang.min") as client:
        answers = [
            await client.post(
                PATH, params={"complaint": case, "kind": "letter"}, content=PDF, headers={"Idempotency-Key": "k"}
            )
            for _ in range(2)
        ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == answers[1].status_code == 201


@asynccontextmanager
async def _counting(size: int, piece: int = 64 * 1024) -> AsyncIterator[tuple[AsyncIterator[bytes], list[int]]]:
    """A body of unknown length, and how much of it was taken."""
    taken = [0]

    async def body() -> AsyncIterator[bytes]:
        yield PDF
        for _ in range(size // piece):
            taken[0] += piece
            yield b"\x00" * piece

    yield body(), taken


@pytest.mark.parametrize(("kind", "most"), [("photo", 10 * MB), ("letter", 20 * MB)])
@pytest.mark.parametrize("form", ["raw", "form"])
async def test_one_byte_too_many_is_refused_and_nothing_is_left(
    served: Served, kind: str, most: int, form: str
) -> None:
    case = (await served.desk.register())["complaint"]
    content = b"\xff\xd8\xff" + b"\x00" * (most - 2)
    async with served.client("wang.min") as client:
        ask = {"complaint": case, "kind": kind}
        sent = await client.post(
            PATH, params=ask, **({"content": content} if form == "raw" else {"files": {"file": ("a.jpg", content)}})
        )
    assert refusal(sent)[:2] == (413, "too_large")
    assert re.search(rf"最多 {most // MB} MB|超过 20496 KB", sent.json()["detail"])
    assert served.left() == []
    assert not await served.desk.rows("attachment") + await served.desk.rows("blob")


async def test_a_body_without_length_is_cut_off_where_it_gets_too_long(served: Served) -> None:
    case = (await served.desk.register())["complaint"]
    async with _counting(60 * MB) as (body, taken), served.client("wang.min") as client:
        sent = await client.post(PATH, params={"complaint": case, "kind": "photo"}, content=body)
        assert refusal(sent) == (413, "too_large", "file")
        assert "最多 10 MB" in sent.json()["detail"]
    assert taken[0] <= 10 * MB + 64 * 1024
    assert served.left() == []


async def test_only_this_route_takes_so_much(served: Served) -> None:
    big = b"{" + b" " * (2 * MB) + b"}"
    async with served.client("wang.min") as client:
        sent = await client.post("/api/v1/commands/complaint.sign", content=big)
        other = await client.post(f"{PATH}/x", content=big)
    assert refusal(sent)[:2] == refusal(other)[:2] == (413, "too_large")
    assert STREAMED.keys() == {PATH}


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script></html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\x03\x04", b"x"],
)
async def test_a_wrong_file_under_a_right_name_is_refused_in_chinese(served: Served, content: bytes) -> None:
    case = (await served.desk.register())["complaint"]
    async with served.client("wang.min") as client:
        sent = await client.post(
            PATH,
            params={"complaint": case, "kind": "photo", "name": "a.jpg"},
            content=content,
            headers={"Content-Type": "image/jpeg"},
        )
        empty = await client.post(PATH, params={"complaint": case, "kind": "photo"}, content=b"")
    assert refusal(sent) == (422, "field.invalid", "file")
    assert "JPEG" in sent.json()["detail"]
    assert refusal(empty) == (422, "field.missing", "file")
    assert served.left() == []


async def test_nobody_and_strangers_are_refused_before_a_byte_is_read(served: Served) -> None:
    case = (await served.desk.register())["complaint"]
    async with served.client() as nobody, served.client("sun.yue") as stranger:
        for client, status in ((nobody, 401), (stranger, 404)):
            async with _counting(MB) as (body, taken):
                sent = await client.post(PATH, params={"complaint": case, "kind": "letter"}, content=body)
                assert sent.status_code == status
                assert taken[0] == 0
            assert (await client.get(PATH, params={"complaint": case})).status_code == status
    assert served.left() == []


async def test_a_customer_uploads_by_his_tracking_token_and_sees_only_his_own(served: Served) -> None:
    mine, other = await served.desk.register(), await served.desk.register()
    async with served.client(tracking=mine["tracking"]) as client, served.client(tracking=other["tracking"]) as else_:
        sent = await client.post(PATH, params={"kind": "photo"}, content=photo(30, 30))
        assert (sent.status_code, sent.json()["complaint"]) == (201, mine["complaint"])
        assert (await client.get(sent.json()["url"])).status_code == 200
        assert (await else_.get(sent.json()["url"])).status_code == 404
        foreign = await else_.post(
            PATH, params={"kind": "photo", "complaint": mine["complaint"]}, content=photo(30, 30)
        )
        assert foreign.status_code == 404
        assert (await else_.get(PATH, params={"complaint": mine["complaint"]})).status_code == 404


async def test_the_signature_is_served_as_a_picture(served: Served) -> None:
    image = drawn_name()
    case = (await served.desk.register(signature=data_url(image)))["complaint"]
    async with served.client("wang.min") as client:
        record = (await client.get(f"/api/v1/parts/intake/complaints/{case}")).json()["record"]
        assert record["signature"]["unchanged"] is True
        came = await client.get(record["signature"]["image"])
    assert (came.headers["content-type"], came.content) == ("image/png", image)
