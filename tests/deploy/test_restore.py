"""Backup and restore, rehearsed: a room that was put back to yesterday hears once more what it has forgotten."""

import asyncio
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.__main__ import ROOMS, builders
from services.dispatch.usecases.import_directory import import_directory
from shared.bus.rabbit import RabbitDeadLetters
from shared.db.migrations import rooms_with_tables
from shared.db.statements import fetch
from shared.room.commands import execute
from shared.room.room import Command, Room
from shared.run.deployed import deployed, topology_of
from shared.run.settings import Settings
from shared.web.tokens import ensure_keys
from tests.kit.data_keys import NEW, OLD, keys_file
from tests.kit.desk import COMPLAINT, demo, person
from tests.kit.environment import environment_of
from tests.kit.servers import PostgresServer
from tests.kit.stamped import stamped
from tests.kit.waiting import until

ROOT = Path(__file__).parents[2]
NOW = {key: value for key, value in COMPLAINT.items() if key not in ("contact_ended_at", "required_by")}


@dataclass
class House:
    settings: Settings
    env: dict[str, str]
    rooms: dict[str, Room] = field(default_factory=dict)
    stacks: dict[str, AsyncExitStack] = field(default_factory=dict)

    async def open(self, name: str) -> None:
        stack = AsyncExitStack()
        self.rooms[name], _ = await stack.enter_async_context(deployed(self.settings, name, builders()))
        self.stacks[name] = stack

    async def stop(self, name: str) -> None:
        await self.stacks.pop(name).aclose()

    async def script(self, name: str, *args: str) -> str:
        argv = [str(ROOT / "deploy" / name), *args]
        done = await asyncio.to_thread(subprocess.run, argv, env=self.env, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip().splitlines()[-1]

    async def register(self, count: int) -> list[str]:
        answers = [await self.do("intake", "complaint.register", **NOW) for _ in range(count)]
        cases = [str(answer["complaint"]) for answer in answers]
        await until(lambda: self.heard(cases), 30)
        return cases

    async def do(self, room: str, name: str, case: str | None = None, **data: Any) -> dict[str, Any]:
        command = Command(name, person("wang.min"), UUID(case) if case else None, data)
        return await execute(self.rooms[room], command)

    async def heard(self, cases: list[str]) -> bool:
        tables = (("dispatch", "complaint"), ("sla", "case"), ("notify", "case_seen"))
        known = [{str(row.complaint_id) for row in await self.rows(*each)} for each in tables]
        return all(set(cases) <= each for each in known)

    async def rows(self, room: str, table: str) -> list[Any]:
        found = self.rooms[room]
        async with found.db.read() as session:
            return list(await fetch(session, select(found.metadata.tables[f"{room}.{table}"])))


def readable_folder() -> Path:
    """The server may have to run as another account."""
    home = Path(tempfile.mkdtemp(prefix="ccrm-restore-"))
    home.chmod(0o755)
    return home


@pytest.fixture
async def house(tmp_path: Path, rabbitmq_url: str, rabbit_prefix: str) -> AsyncIterator[House]:
    home = readable_folder()
    server = PostgresServer(home / "postgres").start()
    try:
        private, public = ensure_keys(tmp_path / "keys")
        settings = Settings(
            mode="deployed", database_url=server.url, rabbitmq_url=rabbitmq_url, rabbitmq_prefix=rabbit_prefix,
            token_private_key_file=private, token_public_key_file=public, data_dir=tmp_path / "var",
            data_keys_file=keys_file(tmp_path),
        )  # fmt: skip
        env = environment_of({}) | {
            "PATH": f"{server.tools}:{os.environ['PATH']}",
            "CCRM": f"{sys.executable} -m services",
            "CCRM_MODE": "deployed",
            "CCRM_DATABASE_URL": server.url,
            "CCRM_RABBITMQ_URL": rabbitmq_url,
            "CCRM_DATA_DIR": str(tmp_path / "var"),
            "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
            "CCRM_DATA_KEYS_FILE": str(keys_file(tmp_path)),
        }
        made = House(settings, env)
        for room, tables in rooms_with_tables().items():
            await stamped(server.url, room, tables)
        try:
            for room in ROOMS:
                await made.open(room)
            async with made.rooms["dispatch"].begin() as tx:
                await import_directory(tx, demo())
            for room in ROOMS:
                await until(lambda room=room: made.rows(room, "directory"), 30)
            yield made
        finally:
            for room in list(made.stacks):
                await made.stop(room)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def keep_a_file(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "photo").write_bytes(b"content")


async def test_a_room_that_was_lost_goes_on_from_its_backup(house: House, tmp_path: Path) -> None:
    await house.register(3)
    keep_a_file(tmp_path / "var" / "files" / "ab")
    backup = await house.script("backup.sh", str(tmp_path / "backups"))
    assert set(os.listdir(backup)) == {
        *(f"{room}.dump" for room in ROOMS), "files.tar", "instant", "keys", "manifest", "needs-data-keys",
    }  # fmt: skip
    names_the_keys_and_holds_none(Path(backup), house.env)
    cases = await house.register(3)
    for case in cases:
        await house.do("dispatch", "order.submit", case)
    await until(lambda: _count(house, "sla", "fact", 9), 30)
    facts = {row.event_id for row in await house.rows("sla", "fact")}
    others = {room: len(await house.rows(room, "inbox")) for room in ("dispatch", "notify")}
    messages = {row.key for row in await house.rows("notify", "message")}

    await house.stop("sla")
    async with house.rooms["intake"].db.engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA sla CASCADE"))
    await house.script("restore.sh", backup, "sla")
    await house.open("sla")
    await until(lambda: _count(house, "sla", "fact", 9), 40)
    assert {row.event_id for row in await house.rows("sla", "fact")} == facts
    await until(lambda: _nothing_unsent(house), 30)
    assert {room: len(await house.rows(room, "inbox")) for room in others} == others, "they knew it all"
    assert {row.key for row in await house.rows("notify", "message")} == messages

    # The room that gives the numbers: none is given a second time.
    await house.stop("intake")
    await house.script("restore.sh", backup, "intake")
    await house.open("intake")
    assert len(await house.rows("intake", "complaint")) == 3, "what it captured since is in the write-ahead log only"
    await house.register(2)
    numbers = [row.number for row in await house.rows("dispatch", "complaint")]
    assert len(numbers) == len(set(numbers)) == 8
    letters = RabbitDeadLetters(house.settings.broker(), topology_of(house.settings, builders()))
    assert await letters.list() == []
    await letters.close()


def test_a_damaged_backup_is_found_before_anything_is_touched(tmp_path: Path) -> None:
    for name, content in (
        ("notify.dump", "x"),
        ("instant", "2026-03-02T01:40:00+00:00"),
        ("manifest", f"{0:064x}  instant"),
    ):
        (tmp_path / name).write_text(f"{content}\n")
    env = {"PATH": os.environ["PATH"], "CCRM_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none"}
    argv = [str(ROOT / "deploy" / "restore.sh"), str(tmp_path), "notify"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "damaged: nothing was changed" in done.stderr


def names_the_keys_and_holds_none(backup: Path, env: dict[str, str]) -> None:
    """Nor whose calls it has: a dump is unpacked as its own text."""
    prints = [hashlib.sha256(base64.b64encode(key.secret)).hexdigest()[:16] for key in (NEW, OLD)]
    assert (backup / "needs-data-keys").read_text() == f"{NEW.id} {prints[0]}\n{OLD.id} {prints[1]}\n"
    secrets = [base64.b64encode(key.secret) for key in (NEW, OLD)]
    for path in backup.rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path
    for room in ROOMS:
        argv = ["pg_restore", "--file=-", f"{backup}/{room}.dump"]
        told = subprocess.run(argv, env=env, capture_output=True, check=True)
        assert b"COPY" in told.stdout
        for secret in ("张先生", "13800000001"):
            assert secret.encode() not in told.stdout, room


def test_a_backup_without_its_data_key_says_which_it_needs_and_nothing_is_touched(tmp_path: Path) -> None:
    print_of_k1 = hashlib.sha256(b"AAAA").hexdigest()[:16]
    (tmp_path / "needs-data-keys").write_text(f"k1 {print_of_k1}\nk0\n")
    (tmp_path / "manifest").write_text(f"{hashlib.sha256(b'').hexdigest()}  empty\n")
    (tmp_path / "empty").write_bytes(b"")
    keys = tmp_path / "data.keys"
    keys.write_text("# k0 is lost\nk1 AAAA\nk00 AAAA\n")
    env = {"PATH": os.environ["PATH"], "CCRM_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none"}
    for file, missing in ((str(keys), "k0"), (str(tmp_path / "none"), "k1")):
        argv = [str(ROOT / "deploy" / "restore.sh"), str(tmp_path), "notify"]
        told = subprocess.run(
            argv, env=env | {"CCRM_DATA_KEYS_FILE": file}, capture_output=True, text=True, check=False
        )
        assert told.returncode == 1
        assert f"sealed with the data key {missing}, which is not in CCRM_DATA_KEYS_FILE" in told.stderr
        assert "nothing was changed" in told.stderr
    keys.write_text("k1 BBBB\nk0 AAAA\n")
    told = subprocess.run(
        argv, env=env | {"CCRM_DATA_KEYS_FILE": str(keys)}, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "sealed with another data key named k1 than that in CCRM_DATA_KEYS_FILE; nothing was changed" in told.stderr


def test_a_backup_that_cannot_say_which_keys_it_needs_says_that(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "pg_dump").write_text("#!/bin/sh\nexit 0\n")
    (tools / "pg_dump").chmod(0o755)
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "CCRM_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none"}
    for given in ({}, {"CCRM_DATA_KEYS_FILE": str(tmp_path / "none")}):
        argv = [str(ROOT / "deploy" / "backup.sh"), str(tmp_path / f"to{len(given)}"), "sla"]
        told = subprocess.run(argv, env=env | given, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert "does not say which data keys it needs" in told.stderr


async def _count(house: House, room: str, table: str, wanted: int) -> bool:
    return len(await house.rows(room, table)) >= wanted


async def _nothing_unsent(house: House) -> bool:
    return not [row for room in ROOMS for row in await house.rows(room, "outbox") if row.sent_at is None]
