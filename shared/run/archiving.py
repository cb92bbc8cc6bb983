"""`ccrm archive`: closed cases of long ago go into a folder, and lose what names people."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from shared.room.archive import Plan, archive, archived, forget_answers
from shared.room.room import Room

Open = Callable[[Path | None, str], AbstractAsyncContextManager[Room]]
Closed = Callable[[Room, datetime], Awaitable[list[tuple[UUID, str]]]]
Plans = Callable[[], Mapping[str, Plan]]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="数据目录（默认 ./var）")]

LEAST = timedelta(days=365)
"""Younger cases are never archived: their appeals, repeats and yearly figures still need them."""


def archive_command(open_room: Open, plans: Plans, closed_before: Callable[[], Closed]) -> Callable[..., None]:
    """The command. `plans` by room, the one that knows which cases are closed last: it tells that all is done."""

    def command(
        before: Annotated[datetime, typer.Option("--before", formats=["%Y-%m-%d"], help="在此日期之前结案的案件")],
        to: Annotated[Path | None, typer.Option("--to", help="归档目录；不给则只列出，什么也不改")] = None,
        data_dir: DataDir = None,
    ) -> None:
        """旧案归档：导出全部记录与附件后，清除个人信息。时限、扣罚、统计与留痕不变。"""
        asyncio.run(_run(open_room, data_dir, plans(), closed_before(), before.date(), to))

    return command


async def _run(
    open_room: Open, data_dir: Path | None, plans: Mapping[str, Plan], closed: Closed, before: date, to: Path | None
) -> None:
    async with AsyncExitStack() as stack:
        rooms = {name: await stack.enter_async_context(open_room(data_dir, name)) for name in plans}
        last = rooms[list(plans)[-1]]
        async with last.db.read() as session:
            zone = (await last.directory(session)).zone("")
        instant = datetime.combine(before, time.min, zone)
        if last.clock.now() - instant < LEAST:
            typer.echo(f"--before {before}: 只能归档一年以前结案的案件", err=True)
            raise typer.Exit(2)
        found = await closed(last, instant)
        done = await archived(last, [case for case, _ in found])
        cases = [(case, number) for case, number in found if case not in done]
        if to is None:
            for _, number in cases:
                typer.echo(number)
            typer.echo(f"{before} 之前结案、尚未归档：{len(cases)} 件（未作任何改动；用 --to 目录 归档）", err=True)
        elif cases:
            folder = to / f"{last.clock.now():%Y%m%dT%H%M%S}"
            await write(rooms, plans, cases, instant, folder)
            typer.echo(f"已归档 {len(cases)} 件：{folder}")
        else:
            typer.echo("没有需要归档的案件")


async def write(
    rooms: Mapping[str, Room],
    plans: Mapping[str, Plan],
    cases: Sequence[tuple[UUID, str]],
    before: datetime,
    folder: Path,
) -> None:
    """One folder a run: a JSON-lines file a room, the files, and a manifest with the SHA-256 of each."""
    _private(folder)
    for name, plan in plans.items():
        await archive(rooms[name], plan, [case for case, _ in cases], folder)
        await forget_answers(rooms[name], before)
    _manifest(folder, before, [number for _, number in cases])


def _private(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)


def _manifest(folder: Path, before: datetime, numbers: Sequence[str]) -> None:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    told = {
        "before": before.isoformat(),
        "cases": numbers,
        "sha256": {str(file.relative_to(folder)): _digest(file) for file in files},
    }
    (folder / "manifest.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
