"""`ccrm dead`: what the rooms could not take, looked at and handed to them once more."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

import typer

from shared.bus.port import DeadLetters
from shared.obs.redaction import masked
from shared.web.dead_page import readable

Opened = Callable[[Path | None], AbstractAsyncContextManager[DeadLetters]]
"""The letters of the installation, embedded (in this data directory) or deployed."""

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="数据目录（默认 ./var）")]


def dead_commands(opened: Opened, known: Callable[[str], None]) -> typer.Typer:
    """The group of commands. `known` ends the program for a name that is no room's."""
    app = typer.Typer(help="无法处理的消息", no_args_is_help=True)

    @app.command("list")
    def list_letters(
        room: Annotated[str | None, typer.Option("--room", help="只看一个服务")] = None, data_dir: DataDir = None
    ) -> None:
        """列出各服务无法处理的消息。"""
        if room is not None:
            known(room)
        asyncio.run(_list(opened(data_dir), room))

    @app.command("show")
    def show(letter_id: str, data_dir: DataDir = None) -> None:
        """显示一条消息与原因；客户姓名、电话、诉求和查询码不显示。"""
        asyncio.run(_show(opened(data_dir), letter_id))

    @app.command("replay")
    def replay(
        letter_ids: Annotated[list[str] | None, typer.Argument()] = None,
        everything: Annotated[bool, typer.Option("--all", help="全部重新处理")] = False,
        data_dir: DataDir = None,
    ) -> None:
        """重新处理消息。仍然失败的留在原处。"""
        if bool(letter_ids) == everything:
            typer.echo("请给出消息 id，或 --all", err=True)
            raise typer.Exit(2)
        asyncio.run(_replay(opened(data_dir), letter_ids))

    return app


async def _list(letters: AbstractAsyncContextManager[DeadLetters], room: str | None) -> None:
    async with letters as found:
        for letter in await found.list(room):
            at = letter.dead_at.isoformat(timespec="seconds") if letter.dead_at else "-"
            first_line = (letter.reason.splitlines() or ["-"])[0]
            typer.echo(f"{letter.id}\t{letter.room}\t{letter.topic}\t{at}\t{masked(first_line[:200])}")


async def _show(letters: AbstractAsyncContextManager[DeadLetters], letter_id: str) -> None:
    async with letters as found:
        for letter in await found.list():
            if letter.id == letter_id:
                reason, body = masked(letter.reason), readable(letter.body)
                typer.echo(f"id: {letter.id}\nroom: {letter.room}\ntopic: {letter.topic}\nreason: {reason}")
                typer.echo(f"dead_at: {letter.dead_at}\nbody:\n{body}")
                return
    typer.echo(f"没有这条消息: {letter_id}", err=True)
    raise typer.Exit(1)


async def _replay(letters: AbstractAsyncContextManager[DeadLetters], letter_ids: list[str] | None) -> None:
    failed = False
    async with letters as found:
        for letter_id in letter_ids or [letter.id for letter in await found.list()]:
            try:
                replayed = await found.replay(letter_id)
            except Exception as error:
                failed = True
                typer.echo(f"{letter_id}: {error}", err=True)
            else:
                failed = failed or not replayed
                typer.echo(f"{letter_id}: {'已重新处理' if replayed else '没有这条消息'}")
    if failed:
        raise typer.Exit(1)
