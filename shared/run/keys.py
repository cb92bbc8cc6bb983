"""`ccrm keys`: the data keys are made and changed, and what was sealed before is sealed with the current one."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

import typer

from shared.db.keyfile import add_key, written
from shared.db.keyring import new_key
from shared.db.reseal import forget_plain, reseal
from shared.room.room import Room

Open = Callable[[Path | None, str], AbstractAsyncContextManager[Room]]
SHOWN = 100
"""Lines a room about what cannot be opened: where a key is missing, all would say the same."""

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="数据目录（默认 ./var）")]


def key_commands(open_room: Open, rooms_here: Callable[[], Sequence[str]], known: Callable[[str], None]) -> typer.Typer:
    """The group of commands. `rooms_here`: all rooms of this installation; `known` ends the program for a name that is
    no room's.
    """
    app = typer.Typer(help="数据密钥：客户个人信息以此加密存放", no_args_is_help=True)

    @app.command("new")
    def new(file: Annotated[Path | None, typer.Argument(help="密钥文件；不给则打印一份新的")] = None) -> None:
        """新增一把密钥，此后以它加密；文件中原有的仍用于解密。重启各服务后执行 keys reseal。"""
        if file is None:
            typer.echo(written([new_key()]), nl=False)
            return
        try:
            added = add_key(file)
        except OSError as error:
            raise _bad(f"{file} cannot be written ({error.strerror})") from None
        except ValueError as error:
            raise _bad(f"{file} holds {error}: nothing was changed") from None
        typer.echo(f"{file}: {added.id}")

    @app.command("reseal")
    def reseal_rooms(
        rooms: Annotated[list[str] | None, typer.Argument(help="intake dispatch sla notify | all")] = None,
        data_dir: DataDir = None,
    ) -> None:
        """把明文与旧密钥加密的数据改用当前密钥加密。分批进行，服务照常运行；中断后再执行即可。"""
        named = rooms_here() if rooms in (None, [], ["all"]) else tuple(rooms or ())
        for room in named:
            known(room)
        left, unopened = asyncio.run(_reseal(open_room, data_dir, named))
        if left:
            typer.echo("有数据正被占用，请稍后再执行一次", err=True)
        if left or unopened:
            raise typer.Exit(1)

    return app


async def _reseal(open_room: Open, data_dir: Path | None, names: Sequence[str]) -> tuple[int, int]:
    left = unopened = 0
    for name in names:
        async with open_room(data_dir, name) as room:
            found = await reseal(room.db, room.metadata)
            beyond = room.extra.get("reseal")
            files, bad = await beyond(room) if beyond is not None else (0, [])
            bad = found.unopened + bad
            told = f"{name}: {found.done}" + (f" + {files}" if files else "")
            told += (f", {found.left} left" if found.left else "") + (f", {len(bad)} unopened" if bad else "")
            typer.echo(told)
            for line in bad[:SHOWN]:
                typer.echo(line, err=True)
            left, unopened = left + found.left, unopened + len(bad)
            await _forget(room)
    return left, unopened


async def _forget(room: Room) -> None:
    try:
        await forget_plain(room.db)
    except sqlite3.OperationalError:
        typer.echo(f"{room.name}: 数据库正在使用，旧内容所占的空间未清除；请停止服务后再执行一次", err=True)


def _bad(text: str) -> Exception:
    # Settings know the web's keys and clients, which `ccrm --help` need not load.
    from shared.run.settings import BadSettings

    return BadSettings(text)
