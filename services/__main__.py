"""The command line: `ccrm`. The one place that knows all four rooms."""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from services.dispatch.cli import directory_commands, seed_demo
from services.notify.cli import sms_commands
from services.sla.cli import (
    bonus_commands,
    calendar_commands,
    explain_command,
    journal_commands,
    statement_command,
    try_command,
)
from shared.policy.cli import app as policy_app
from shared.replay.cli import replay_command
from shared.run.archiving import archive_command
from shared.run.dead import dead_commands
from shared.run.definitions import broker_commands, federation_command
from shared.run.keys import key_commands

if TYPE_CHECKING:
    from shared.bus.port import DeadLetters
    from shared.db.database import Database
    from shared.org.model import Directory
    from shared.replay.simulator import Host as Simulated
    from shared.room.archive import Plan
    from shared.room.room import Room
    from shared.run.archiving import Closed
    from shared.run.embedded import Build, Embedded
    from shared.run.settings import Settings

T = TypeVar("T")

# Imports stand inside the commands: `ccrm --help` must not load a web server and a broker's client.

ROOMS = ("intake", "dispatch", "sla", "notify")

app = typer.Typer(
    name="ccrm",
    help="客户投诉处理信息系统",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(policy_app, name="policy")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="数据目录（默认 ./var）")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="端口（默认 8000）")]
Host = Annotated[str | None, typer.Option("--host", help="监听地址（默认 127.0.0.1）")]


# ---- running


@app.command()
def up(
    port: Port = None,
    host: Host = None,
    data_dir: DataDir = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="首次启动时建立演示组织与账号")] = True,
) -> None:
    """全部服务在一个进程中运行（SQLite，无需其他软件）。"""
    settings = _settings(mode="embedded", port=port, host=host, data_dir=data_dir)
    _run(_up(settings, demo))


async def _up(settings: "Settings", demo: bool) -> None:
    from shared.obs.logs import configure
    from shared.run.embedded import embedded
    from shared.run.server import bound, serve

    configure(settings.log_level)
    listener = bound(settings.host, settings.port)
    async with embedded(settings, builders()) as (running, web):
        if demo:
            await _seed(running, settings.data_dir)
        running.start(timedelta(days=settings.keep_sent_days))
        await running.settled()
        host, port = listener.getsockname()[:2]
        print(f"CCRM: http://{f'[{host}]' if ':' in host else host}:{port}  (接口 /docs)", flush=True)
        await serve(web, listener, trusted_proxies=settings.trusted_proxies)


@app.command()
def serve(
    room: Annotated[str, typer.Argument(help=" | ".join(ROOMS))],
    port: Port = None,
    host: Host = None,
) -> None:
    """一个服务单独运行（PostgreSQL 与 RabbitMQ）。"""
    _known(room)
    settings = _settings(mode="deployed", port=port, host=host)
    _run(_serve(settings, room))


async def _serve(settings: "Settings", room: str) -> None:
    from shared.obs.logs import configure
    from shared.run.deployed import deployed
    from shared.run.server import bound, serve

    configure(settings.log_level, room=room)
    listener = bound(settings.host, settings.port)
    async with deployed(settings, room, builders()) as (_, web):
        await serve(web, listener, trusted_proxies=settings.trusted_proxies)


@app.command()
def migrate(
    room: Annotated[str, typer.Argument(help=f"{' | '.join(ROOMS)} | all")] = "all", data_dir: DataDir = None
) -> None:
    """把数据库升级到本版本。"""
    if room != "all":
        _known(room)
    settings = _settings(data_dir=data_dir)
    _run(_migrate(settings, ROOMS if room == "all" else (room,)))


async def _migrate(settings: "Settings", rooms: tuple[str, ...]) -> None:
    from shared.db.database import Database
    from shared.db.migrations import Migrations, rooms_with_tables

    tables = rooms_with_tables()
    for room in rooms:
        db = Database(settings.room_database(room), room)
        migrations = Migrations(room, tables[room])
        await migrations.upgrade(db)
        await db.close()
        print(f"{room}: {migrations.head}")


@app.command()
def gateway() -> None:
    """各地址归哪个服务（nginx 的 map，见 deploy/gateway）。"""
    from shared.kernel.clock import SystemClock
    from shared.kernel.ids import Ids
    from shared.policy.library import built_in
    from shared.run.gateway import nginx, table
    from shared.run.settings import Settings

    settings, clock = Settings(), SystemClock()
    rooms = [build(_unopened(settings, name), clock, Ids(clock), built_in()) for name, build in builders().items()]
    print(nginx(table(rooms)), end="")


@app.command()
def resend(
    rooms: Annotated[list[str], typer.Argument(help=f"{' '.join(ROOMS)} | all")],
    since: Annotated[str, typer.Option("--since", help="自何时起，如 2026-03-08T18:00+08:00")],
    until: Annotated[str | None, typer.Option("--until", help="至何时止（不含），默认至今")] = None,
    data_dir: DataDir = None,
) -> None:
    """把已发出的事件再发一次：某服务恢复到较早的备份之后，或集团新接入一个区域时。已知的事件不会重复生效。"""
    named = ROOMS if rooms == ["all"] else tuple(rooms)
    for room in named:
        _known(room)
    settings = _settings(data_dir=data_dir)
    _run(_resend(settings, named, _instant(since), _instant(until) if until else None))


async def _resend(settings: "Settings", rooms: tuple[str, ...], since: datetime, until: datetime | None) -> None:
    from shared.room.resend import resend

    for name in rooms:
        async with _room(settings, name) as room:
            print(f"{name}: {await resend(room, since, until)}")


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        _fail([f"{text}: 须为 2026-03-08T18:00+08:00 这样的时刻"], 2)
    if found.tzinfo is None:
        _fail([f"{text}: 缺少时区，如 {text}+08:00"], 2)
    return found


# ---- organisation


async def _seed(running: "Embedded", data_dir: Path) -> None:
    file = data_dir / "demo-logins.txt"
    await seed_demo(running.rooms["dispatch"], file)
    if file.exists():
        print(f"演示账号（保存于 {file}）：\n{file.read_text(encoding='utf-8')}", flush=True)


# ---- dead letters


@asynccontextmanager
async def _dead_letters(data_dir: Path | None) -> AsyncIterator["DeadLetters"]:
    settings = _settings(data_dir=data_dir)
    if settings.mode == "deployed":
        from shared.bus.rabbit import RabbitDeadLetters
        from shared.run.deployed import topology_of

        letters = RabbitDeadLetters(settings.broker(), topology_of(settings, builders()))
        try:
            yield letters
        finally:
            await letters.close()
        return
    from shared.room.consume import StoredDeadLetters

    async with AsyncExitStack() as stack:
        yield StoredDeadLetters([await stack.enter_async_context(_room(settings, name)) for name in ROOMS])


def _known(room: str) -> None:
    if room not in ROOMS:
        _fail([f"没有名为 {room} 的服务；有 {'、'.join(ROOMS)}"], 2)


app.add_typer(dead_commands(_dead_letters, _known), name="dead")
app.add_typer(broker_commands(lambda: builders()), name="broker")
app.command("federation")(federation_command(lambda: builders()))


# ---- policies and their trial


@asynccontextmanager
async def _dispatch(data_dir: Path | None) -> AsyncIterator["Room"]:
    async with _room(_settings(data_dir=data_dir), "dispatch") as room:
        yield room


@asynccontextmanager
async def _sla(data_dir: Path | None) -> AsyncIterator["Room"]:
    async with _room(_settings(data_dir=data_dir), "sla") as room:
        yield room


def _archives() -> "dict[str, Plan]":
    """dispatch, which closes the cases, last."""
    names = ("sla", "dispatch") if _settings().observe else ("notify", "sla", "intake", "dispatch")
    return {name: importlib.import_module(f"services.{name}.usecases.archive").PLAN for name in names}


def _rooms_here() -> tuple[str, ...]:
    return ("sla", "dispatch") if _settings().observe else ROOMS


def _closed_before() -> "Closed":
    from services.dispatch.usecases.archive import closed_before

    return closed_before


def _opened(data_dir: Path | None, name: str) -> "AbstractAsyncContextManager[Room]":
    return _room(_settings(data_dir=data_dir), name)


def simulated() -> "Simulated":
    """The rooms as a replay runs them: the same, without their HTTP edge."""
    from services.dispatch.usecases.import_directory import import_directory
    from shared.replay.simulator import Host as Simulated

    return Simulated({name: importlib.import_module(f"services.{name}.app").build for name in ROOMS}, import_directory)


def demo_directory() -> "Directory":
    from services.dispatch.domain.demo import demo_directory as read

    return read()


app.add_typer(directory_commands(_dispatch), name="directory")
app.command("replay")(replay_command(simulated, demo_directory))
app.add_typer(key_commands(_opened, _rooms_here, _known), name="keys")
app.command("archive")(archive_command(_opened, _archives, _closed_before))
app.command("explain")(explain_command(_sla))
policy_app.command("try")(try_command(_sla))
app.command("statement")(statement_command(_sla))
app.add_typer(calendar_commands(_sla), name="calendar")
app.add_typer(journal_commands(_sla), name="journal")
app.add_typer(bonus_commands(_sla), name="bonus")
app.add_typer(sms_commands(), name="sms")


def _unopened(settings: "Settings", name: str) -> "Database":
    """A room is made over a database; nothing is opened before it is used."""
    from shared.db.database import Database

    return Database(settings.embedded_database(name), name)


def builders() -> "dict[str, Build]":
    """How each room is made, by name, with its HTTP edge."""

    def with_edge(name: str) -> "Build":
        module = importlib.import_module(f"services.{name}.app")
        return lambda db, clock, ids, policies: module.open_edge(module.build(db, clock, ids, policies))

    return {name: with_edge(name) for name in ROOMS}


@asynccontextmanager
async def _room(settings: "Settings", name: str) -> AsyncIterator["Room"]:
    """A room to work on from the command line; a running process finds what was done at its next poll."""
    from shared.db.database import Database
    from shared.db.migrations import Migrations
    from shared.kernel.clock import SystemClock
    from shared.kernel.ids import Ids
    from shared.policy.library import library
    from shared.room.regions import NotObserving, place

    clock, db = SystemClock(), Database(settings.room_database(name), name, keys=settings.data_keys())
    try:
        room = builders()[name](db, clock, Ids(clock), library(settings.policy_dir))
        room.extra["files"] = settings.files()
        try:
            place(room, settings.region, settings.observe)
        except NotObserving:
            _fail([f"集团系统（CCRM_OBSERVE）不运行 {name}"], 2)
        if settings.mode == "embedded":
            await Migrations(name, room.metadata).upgrade(db)
        yield room
    finally:
        await db.close()


def _settings(**given: object) -> "Settings":
    from shared.run.settings import load

    return load(**given)


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _fail(lines: list[str], status: int = 1) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    raise typer.Exit(status)


def main() -> None:
    from shared.kernel.errors import InvalidDocument, Refused, Transient
    from shared.kernel.tls import why
    from shared.run.settings import BadSettings

    try:
        app()
    except BadSettings as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except InvalidDocument as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except (Refused, Transient, ConnectionError) as error:
        print(why(error) or error, file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        told = why(error)
        if told is None:
            raise
        print(told, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
