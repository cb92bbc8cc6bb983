"""Old cases leave as a folder; what is left names nobody, and every figure is what it was."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.__main__ import _archives
from services.dispatch.app import build as dispatch
from services.dispatch.usecases.archive import closed_before
from services.dispatch.usecases.reads import case as read_case
from services.intake.app import build as intake
from services.intake.gateways.files import open_store
from services.intake.tables import Attachment
from services.notify.app import build as notify
from services.sla.app import build as sla
from services.sla.usecases.reads import outcome
from services.sla.usecases.verify_journal import verify_journal
from shared.db.statements import fetch, insert_rows
from shared.room.archive import archived
from shared.run.archiving import write
from tests.kit.desk import COMPLAINT, person
from tests.kit.rooms import House, open_house

SECRETS = ("张先生", "13800000001", "3-2-1201", "卫生间渗水", "更换防水层")
PHOTO = b"a photo"
SHA = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, notify, sla, intake, dispatch) as house:
        house.rooms["intake"].extra["files"] = f"file://{tmp_path}/files"
        yield house


async def closed_case(house: House) -> str:
    case = str((await house.do("complaint.register", "wang.min", **COMPLAINT))["complaint"])
    house.clock.advance(timedelta(hours=2))
    for command, who, data in (
        ("order.submit", "wang.min", {}),
        ("order.review", "sun.li", {"decision": "approve"}),
        ("order.issue", "gao.feng", {"decision": "approve"}),
        ("visit.record", "wu.gang", {"outcome": "agreed", "plan": "更换防水层"}),
        ("closure.apply", "wu.gang", {"signature": "张先生"}),
        ("closure.verify", "wang.min", {"decision": "approve", "satisfaction": 5}),
        ("closure.review", "sun.li", {"decision": "approve"}),
        ("closure.approve", "gao.feng", {"decision": "approve"}),
    ):
        await house.do(command, who, case, **data)
    await house.run(timedelta(0))
    return case


async def everything(house: House) -> str:
    """All that the rooms hold but what was sent and the directory, as one text."""
    found: list[Any] = []
    for room in house.rooms.values():
        for name, table in room.metadata.tables.items():
            if name.split(".")[1] not in ("outbox", "directory"):
                async with room.db.read() as session:
                    found += await fetch(session, table.select())
    return "\n".join(str(tuple(row)) for row in found)


async def attach(house: House, case: str, folder: Path) -> None:
    room = house.rooms["intake"]
    (folder / "photo").write_bytes(PHOTO)
    await open_store(room.extra["files"]).put(SHA, folder / "photo")
    row = dict.fromkeys(Attachment.model_fields) | {
        "id": UUID(int=7), "complaint_id": UUID(case), "kind": "photo", "name": "张先生家.jpg",
        "media_type": "image/png", "sha256": SHA, "size": 7, "received_sha256": SHA, "received_size": 7,
        "uploaded_by": "wu.gang",
        "uploaded_at": room.clock.now(),
    }  # fmt: skip
    async with room.begin() as tx:
        await insert_rows(tx.session, room.metadata.tables["intake.attachment"], row)


async def test_what_is_archived_names_nobody_and_costs_what_it_cost(house: House, tmp_path: Path) -> None:
    case = await closed_case(house)
    await attach(house, case, tmp_path)
    open_one = str((await house.do("complaint.register", "wang.min", **COMPLAINT | {"content": "电梯"}))["complaint"])
    before = await outcome(house.rooms["sla"])
    text = await everything(house)
    assert all(secret in text for secret in SECRETS)
    house.clock.advance(timedelta(days=1100))
    cut = house.clock.now() - timedelta(days=1095)
    found = await closed_before(house.rooms["dispatch"], cut)
    assert [str(each) for each, _ in found] == [case], "an open case is nobody's to archive"

    plans = _archives()
    assert list(plans)[-1] == "dispatch", "the one that is asked which are done is done last"
    await write(house.rooms, plans, found, cut, tmp_path / "archive" / "1")
    left = (await everything(house)).replace(COMPLAINT["required_by"], "")
    of_open_one = [line for line in left.splitlines() if open_one in line or UUID(open_one).hex in line]
    rest = [line for line in left.splitlines() if line not in of_open_one and "电梯" not in line]
    assert [(secret, line) for line in rest for secret in SECRETS if secret in line] == []
    assert any("13800000001" in line for line in of_open_one)

    folder = tmp_path / "archive" / "1"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["sha256"]) == {*(f"{room}.jsonl" for room in house.rooms), f"files/{SHA}"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    exported = "".join((folder / f"{room}.jsonl").read_text(encoding="utf-8") for room in house.rooms)
    assert all(secret in exported for secret in SECRETS)
    assert not await open_store(house.rooms["intake"].extra["files"]).has(SHA)

    shown = await read_case(house.rooms["dispatch"], person("gao.feng"), UUID(case))
    assert (shown["state"], shown["customer"]["name"], shown["content"]) == ("closed", "已归档", "已归档")
    async with house.rooms["sla"].begin() as tx:
        # A directory that changes has every case computed again; from blanked facts it comes out the same.
        table = house.rooms["sla"].metadata.tables["sla.case"]
        await tx.session.exec(table.update().where(table.c.complaint_id == UUID(case)).values(next_change_at=tx.now))  # type: ignore[call-overload]
    await house.run(timedelta(0))
    after = await outcome(house.rooms["sla"])
    assert _of(after, case) == _of(before, case)
    assert (await verify_journal(house.rooms["sla"])).problem is None


def _of(found: dict[str, list[dict[str, Any]]], case: str) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [row for row in rows if str(row.get("complaint")) == case or str(row.get("case")) == case]
        for name, rows in found.items()
        if name in ("clocks", "penalties", "charges", "proposals")
    }


async def test_doing_it_again_changes_nothing(house: House, tmp_path: Path) -> None:
    case = await closed_case(house)
    house.clock.advance(timedelta(days=1100))
    found = await closed_before(house.rooms["dispatch"], house.clock.now())
    await write(house.rooms, _archives(), found, house.clock.now(), tmp_path / "1")
    once = await everything(house)
    await write(house.rooms, _archives(), found, house.clock.now(), tmp_path / "2")
    assert await everything(house) == once
    assert not (tmp_path / "2" / "dispatch.jsonl").exists()
    for room in house.rooms.values():
        assert await archived(room, [UUID(case)]) == {UUID(case)}
