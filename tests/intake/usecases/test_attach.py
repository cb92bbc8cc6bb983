import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.usecases.attach import Ask, Upload, attach, may_attach
from services.intake.usecases.attachments import listed, opened, signature_image
from services.intake.usecases.forget_files import forget_loose, next_forgetting
from shared.events.dispatch import CaseClosedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor
from tests.kit.desk import Desk, customer, person
from tests.kit.pictures import data_url, drawn_name, photo

PDF = b"%PDF-1.7\n%%EOF\n"
AMR = b"#!AMR\n" + b"\x3c" * 200


class Files:
    """The desk's file store, as a test hands files to it."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.place, self.came = folder / "files", folder / "came"
        self.came.mkdir()
        desk.room.extra["files"] = f"file://{self.place}"

    def kept(self) -> set[str]:
        return {path.name for path in self.place.rglob("*") if path.is_file()}

    async def add(
        self, actor: Actor | str, complaint: Any = None, content: bytes | None = None, kind: str = "photo", **ask: Any
    ) -> dict[str, Any]:
        content = photo(64, 48) if content is None else content
        viewer = person(actor) if isinstance(actor, str) else actor
        asked = Ask(UUID(str(complaint)) if complaint else None, kind, **ask)
        path = self.came / "received"
        path.write_bytes(content)
        upload = Upload(path, content[:64], len(content), hashlib.sha256(content).hexdigest())
        await may_attach(self.desk.room, viewer, asked)
        return await attach(self.desk.room, viewer, asked, upload)

    async def read(self, actor: Actor | str, attachment: str, *, thumbnail: bool = False) -> bytes:
        viewer = person(actor) if isinstance(actor, str) else actor
        found = await opened(self.desk.room, viewer, UUID(attachment), thumbnail=thumbnail)
        return b"".join([piece async for piece in found.pieces])

    async def list(self, actor: Actor | str, complaint: str) -> dict[str, Any]:
        viewer = person(actor) if isinstance(actor, str) else actor
        return await listed(self.desk.room, viewer, UUID(complaint))


@pytest_asyncio.fixture
async def files(desk: Desk, tmp_path: Path) -> AsyncIterator[Files]:
    yield Files(desk, tmp_path)


async def refused(code: Code, doing: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await doing
    assert caught.value.code is code, caught.value.detail
    return caught.value


async def test_a_photo_is_kept_with_its_thumbnail_and_told_to_who_handles_the_case(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    told = await files.add("liu.yan", case, photo(800, 600, place=True), phase="before", name=r"C:\相册\IMG 1.heic")
    assert (told["media_type"], told["width"], told["height"], told["name"]) == ("image/jpeg", 800, 600, "IMG 1.jpg")
    whole, small = (
        await files.read("wang.min", told["attachment"]),
        await files.read("wang.min", told["attachment"], thumbnail=True),
    )
    assert (hashlib.sha256(whole).hexdigest(), len(whole)) == (told["sha256"], told["bytes"])
    assert whole.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in whole
    assert len(small) < len(whole)
    (item,) = (await files.list("wang.min", case))["items"]
    assert item == told | {"uploaded_by_name": item["uploaded_by_name"]}
    assert item["phase"] == "before"
    assert len(files.kept()) == 2


async def test_what_is_no_picture_is_kept_as_it_came(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    letter = await files.add("wang.min", case, PDF, "letter", name="来信.PDF")
    sound = await files.add("wang.min", case, AMR, "recording")
    assert [(one["media_type"], one["name"], one["thumbnail"]) for one in (letter, sound)] == [
        ("application/pdf", "来信.pdf", None),
        ("audio/amr", "recording.amr", None),
    ]
    assert await files.read("wang.min", letter["attachment"]) == PDF
    await refused(Code.not_found, files.read("wang.min", letter["attachment"], thumbnail=True))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html>", "photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo"),
        (PDF, "photo"),
        (AMR, "photo"),
        (photo(20, 20), "recording"),
        (b"PK\x03\x04", "material"),
        (photo(2000, 2000)[:9000], "photo"),
    ],
)
async def test_a_wrong_file_is_refused_put_on_record_and_not_kept(
    desk: Desk, files: Files, content: bytes, kind: str
) -> None:
    case = (await desk.register())["complaint"]
    why = await refused(Code.field_invalid, files.add("wang.min", case, content, kind))
    assert why.field == "file"
    assert files.kept() == set()
    assert not await desk.rows("attachment") + await desk.rows("blob")
    last = (await desk.rows("audit"))[-1]
    assert (last.command, last.code, last.complaint_id) == ("attachment.add", "field.invalid", UUID(case))


async def test_sending_again_with_the_same_key_makes_no_second_file(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    first = await files.add("wang.min", case, key="outbox-1")
    assert await files.add("wang.min", case, key="outbox-1") == first
    assert len(await desk.rows("attachment")) == 1
    why = await refused(Code.field_invalid, files.add("wang.min", case, photo(30, 30), key="outbox-1"))
    assert why.field == "Idempotency-Key"
    other = await files.add("liu.yan", case, key="outbox-1")
    assert other["attachment"] != first["attachment"]
    assert other["sha256"] == first["sha256"]
    assert len(files.kept()) == 2


@pytest.mark.parametrize("ask", [{"kind": "video"}, {"phase": "later"}, {"kind": ""}])
async def test_kind_and_phase_are_of_the_lists(desk: Desk, files: Files, ask: dict[str, Any]) -> None:
    case = (await desk.register())["complaint"]
    await refused(Code.field_invalid, files.add("wang.min", case, **ask))


async def test_a_file_is_nobody_elses_business(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    told = await files.add("wang.min", case)
    for stranger, code in ((person("sun.yue"), Code.not_found), (person("nobody"), Code.not_found)):
        await refused(code, files.read(stranger, told["attachment"]))
        await refused(code, files.list(stranger, case))
        await refused(code, files.add(stranger, case))
    assert len(await desk.rows("attachment")) == 1


async def test_who_sees_the_case_masked_sees_no_files(
    desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = (await desk.register())["complaint"]
    told = await files.add("wang.min", case)
    monkeypatch.setattr("services.intake.usecases.file_access.sees_in_full", lambda *_: False)
    await refused(Code.scope_not_allowed, files.read("wang.min", told["attachment"]))
    await refused(Code.scope_not_allowed, files.list("wang.min", case))


async def test_a_customer_adds_to_his_own_open_case_and_sees_what_he_added(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    other = (await desk.register())["complaint"]
    staff = await files.add("wang.min", case)
    own = await files.add(customer(case), case, photo(40, 30))
    assert [item["attachment"] for item in (await files.list(customer(case), case))["items"]] == [own["attachment"]]
    assert await files.read(customer(case), own["attachment"])
    await refused(Code.not_found, files.read(customer(case), staff["attachment"]))
    await refused(Code.not_found, files.read(customer(other), own["attachment"]))
    await refused(Code.not_found, files.add(customer(other), case))
    await refused(Code.not_found, files.list(customer(other), case))
    await refused(Code.field_missing, files.add(customer(), None))
    await desk.hears(
        desk.fact(
            CaseClosedV1, complaint_id=case, project_id="jinbi-bay", by="gao.feng", state_before="closure_reviewed",
            state="closed", ground="approved",
        )
    )  # fmt: skip
    await refused(Code.state_not_allowed, files.add(customer(case), case, photo(41, 30)))
    assert await files.add("wang.min", case, photo(42, 30))


async def test_a_merged_case_takes_no_more(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    twin = (await desk.register())["complaint"]
    await desk.do("complaint.link", "wang.min", twin, to=case, relation="duplicate", reason="同一件事")
    assert "已并入" in (await refused(Code.state_not_allowed, files.add("wang.min", twin))).detail


async def test_a_case_takes_sixty_files(desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.usecases.attach.MOST_A_CASE", 2)
    case = (await desk.register())["complaint"]
    for number in range(2):
        await files.add("wang.min", case, PDF + bytes([65 + number]), "letter")
    why = await refused(Code.field_invalid, files.add("wang.min", case, PDF + b"C", "letter"))
    assert "最多 2 个" in why.detail
    assert len(files.kept()) == 2


async def test_files_taken_while_typing_go_to_the_case_with_its_registration(desk: Desk, files: Files) -> None:
    loose = await files.add("wang.min", key="k")
    assert loose["complaint"] is None
    await refused(Code.not_found, files.read("liu.yan", loose["attachment"]))
    assert await files.read("wang.min", loose["attachment"])
    ids = [loose["attachment"]]
    await desk.refused(Code.field_invalid, "register", "liu.yan", attachments=ids)
    await desk.refused(Code.field_invalid, "register", "wang.min", attachments=[*ids, str(desk.other_ids.new())])
    await desk.refused(Code.field_invalid, "register", "wang.min", attachments=["x"])
    case = (await desk.register(attachments=ids * 2))["complaint"]
    assert [item["attachment"] for item in (await files.list("liu.yan", case))["items"]] == ids
    assert (await files.add("wang.min", key="k"))["complaint"] == case
    await desk.refused(Code.field_invalid, "register", "wang.min", attachments=ids)
    assert await files.read("liu.yan", ids[0])


async def test_what_waited_a_day_for_its_case_is_forgotten_and_nothing_else(desk: Desk, files: Files) -> None:
    case = (await desk.register())["complaint"]
    same = await files.add("wang.min", case, PDF, "letter")
    await files.add("wang.min", None, PDF, "letter")
    loose = await files.add("wang.min", None, photo(50, 50), key="k")
    assert await next_forgetting(desk.room) == desk.clock.now() + timedelta(hours=24)
    desk.clock.advance(timedelta(hours=23, minutes=59))
    assert await forget_loose(desk.room) == 0
    desk.clock.advance(timedelta(minutes=1))
    await desk.refused(Code.field_invalid, "register", "wang.min", attachments=[loose["attachment"]])
    assert await forget_loose(desk.room) == 2
    assert await next_forgetting(desk.room) is None
    assert files.kept() == {same["sha256"]}
    assert await files.read("wang.min", same["attachment"]) == PDF
    assert len(await desk.rows("attachment")) == len(await desk.rows("blob")) == 1
    again = await files.add("wang.min", None, photo(50, 50), key="k")
    assert again["attachment"] != loose["attachment"]


async def test_a_content_that_went_just_before_is_put_back(
    desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.intake.gateways.files import FileStore

    case, put, puts = (await desk.register())["complaint"], FileStore.put, 0

    async def lost_once(store: FileStore, sha256: str, source: Path) -> None:
        nonlocal puts
        puts += 1
        await put(store, sha256, source)
        if puts == 1:
            await store.delete(sha256)

    monkeypatch.setattr(FileStore, "put", lost_once)
    told = await files.add("wang.min", case, PDF, "letter")
    assert await files.read("wang.min", told["attachment"]) == PDF


async def test_a_store_that_fails_keeps_nothing(desk: Desk, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.intake.gateways.files import FileStore

    case, put = (await desk.register())["complaint"], FileStore.put

    async def half(store: FileStore, sha256: str, source: Path) -> None:
        if files.kept():
            raise ConnectionError("the bucket is away")
        await put(store, sha256, source)

    monkeypatch.setattr(FileStore, "put", half)
    with pytest.raises(ConnectionError):
        await files.add("wang.min", case)
    assert files.kept() == set()
    assert not await desk.rows("attachment") + await desk.rows("blob")


async def test_what_the_policy_expects_is_told_and_never_in_the_way(desk: Desk, files: Files) -> None:
    case = (await desk.register(category="property_service"))["complaint"]
    await files.add("wang.min", case, photo(30, 30), phase="before")
    there = {(row["id"], row["phase"]): row["there"] for row in (await files.list("wang.min", case))["expected"]}
    assert there == {
        ("visit_photo", None): True,
        ("repair_photo", "before"): True,
        ("repair_photo", "during"): False,
        ("repair_photo", "after"): False,
        ("completion_material", None): False,
    }
    leasing = (await desk.register(category="leasing"))["complaint"]
    assert "repair_photo" not in {row["id"] for row in (await files.list("wang.min", leasing))["expected"]}


async def test_a_drawn_signature_is_shown_to_who_handles_the_case_and_its_customer(desk: Desk, files: Files) -> None:
    image = drawn_name()
    case = (await desk.register(signature=data_url(image)))["complaint"]
    for viewer in (person("wang.min"), customer(case)):
        assert await signature_image(desk.room, viewer, UUID(case)) == image
    await refused(Code.not_found, signature_image(desk.room, person("sun.yue"), UUID(case)))
    written = (await desk.register(signature="张先生"))["complaint"]
    await refused(Code.not_found, signature_image(desk.room, person("wang.min"), UUID(written)))
    assert "data:" not in str([row.data for row in await desk.rows("audit")])
    assert "data:" not in "".join(row.body for row in await desk.rows("outbox"))
