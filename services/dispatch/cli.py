"""`ccrm directory`: the organisation, its people and their accounts at the command line."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from services.dispatch.domain.passwords import one_time_password

if TYPE_CHECKING:
    from shared.org.model import Directory
    from shared.room.room import Room

T = TypeVar("T")
Open = Callable[[Path | None], AbstractAsyncContextManager["Room"]]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="数据目录（默认 ./var）")]
WORKBOOK = ".xlsx"
TEXTS = (".yaml", ".yml")


def directory_commands(open_room: Open) -> typer.Typer:
    """The commands over the room that `open_room` opens."""
    app = typer.Typer(help="组织机构与账号", no_args_is_help=True)

    @app.command("import")
    def import_(file: Path, data_dir: DataDir = None) -> None:
        """导入组织机构（YAML 或 Excel）。有任何错误则逐行列出，什么也不导入。"""
        directory = read_file(file)

        async def work() -> int:
            from services.dispatch.usecases.import_directory import import_directory

            async with open_room(data_dir) as room, room.begin() as tx:
                return await import_directory(tx, directory)

        print(f"组织机构第 {_run(work())} 版已生效：{len(directory.people)} 人，{len(directory.projects)} 个项目")

    @app.command("export")
    def export(file: Path, data_dir: DataDir = None) -> None:
        """导出组织机构：.xlsx 或 .yaml。导出的文件可原样再导入。"""
        from shared.org.workbook import to_xlsx, to_yaml

        if file.suffix not in (WORKBOOK, *TEXTS):
            _fail(f"{file}: 文件名须以 .xlsx 或 .yaml 结尾")
        directory = _run(_directory(open_room, data_dir))
        content = to_xlsx(directory) if file.suffix == WORKBOOK else to_yaml(directory).encode()
        write_private(file, content)
        print(f"已导出 {len(directory.people)} 人，{len(directory.projects)} 个项目：{file}")

    @app.command("hand-over")
    def hand_over(
        post: Annotated[str, typer.Argument(help="岗位，如 department_head、service_officer")],
        scope: Annotated[str, typer.Argument(help="集团、公司或项目的编号")],
        to: Annotated[str, typer.Option("--to", help="接任人")],
        since: Annotated[str, typer.Option("--from", help="自何时起，如 2026-03-08 18:00（组织所在时区）")],
        unit: Annotated[str | None, typer.Option("--unit", help="部门或分管领域")] = None,
        person: Annotated[str | None, typer.Option("--person", help="移交人（该岗位有多人时）")] = None,
        data_dir: DataDir = None,
    ) -> None:
        """岗位交接：此前的时限与扣罚归原任职人，自此时起归接任人。"""
        given = {"post": post, "scope": scope, "unit": unit, "person": person, "to": to, "from": since}
        answer = _run(_change(open_room, data_dir, "directory.hand_over", given))
        print(f"组织机构第 {answer['directory']} 版已生效")

    @app.command("absences")
    def absences(data_dir: DataDir = None) -> None:
        """未结束的请假及其代理人。"""

        async def work() -> list[dict[str, Any]]:
            from services.dispatch.usecases.delegate import absences as listed
            from shared.room.room import Actor

            async with open_room(data_dir) as room:
                return await listed(room, Actor("system"))

        for row in _run(work()):
            print(f"{row['person_name']}\t{row['from']}\t{row['until'] or '—'}\t代理：{row['delegate_name']}")

    @app.command("accounts")
    def accounts(data_dir: DataDir = None) -> None:
        """为还没有账号的人员开通账号，并打印一次初始密码。"""

        async def work() -> list[tuple[str, str]]:
            from services.dispatch.usecases.open_accounts import open_accounts

            async with open_room(data_dir) as room, room.begin() as tx:
                opened = await open_accounts(tx, one_time_password)
                # Before the commit: a password that was stored and never shown would be of no use to anybody.
                for login, password in opened:
                    print(f"{login}\t{password}", flush=True)
                return opened

        print(f"新开通 {len(_run(work()))} 个账号", file=sys.stderr)

    return app


def read_file(file: Path) -> "Directory":
    """The directory of a YAML or Excel file. Raises InvalidDocument, one line a problem."""
    from shared.kernel.errors import InvalidDocument
    from shared.org.document import read_directory

    try:
        if file.suffix == WORKBOOK:
            from shared.org.workbook import read_workbook

            return read_workbook(file.read_bytes(), file=str(file))
        return read_directory(file.read_text(encoding="utf-8"), file=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDocument([f"{file}: {error}"]) from None


async def seed_demo(room: "Room", file: Path) -> None:
    """The demo directory and its accounts, at the first start only. Their passwords are kept in the file."""
    from services.dispatch.domain.demo import demo_directory
    from services.dispatch.usecases.import_directory import import_directory
    from services.dispatch.usecases.open_accounts import open_accounts
    from shared.kernel.errors import Transient

    async with room.begin() as tx:
        try:
            await tx.directory()
        except Transient:
            directory = demo_directory()
            await import_directory(tx, directory)
            opened = await open_accounts(tx, one_time_password)
            write_private(file, ("\n".join(_login_table(directory, opened, tx.now)) + "\n").encode())


def _login_table(directory: "Directory", opened: list[tuple[str, str]], now: datetime) -> list[str]:
    from shared.org.model import POST_LABELS

    names = {company.id: company.name for company in directory.companies}
    names |= {project.id: project.name for project in directory.projects}
    units = {unit.id: unit.name for company in directory.companies for unit in company.departments}
    lines = [f"{'用户名':<12}{'密码':<11}姓名与岗位"]
    for login, password in opened:
        posts = [
            f"{names.get(held.scope, '')}{POST_LABELS[held.post]}"
            + (f"（{units.get(held.unit, held.unit)}）" if held.unit else "")
            for held in directory.posts_of(login, now)
        ]
        lines.append(f"{login:<15}{password:<13}{directory.name_of(login)} {'、'.join(posts)}")
    return lines


def write_private(file: Path, content: bytes) -> None:
    """Passwords and phone numbers are for the eyes of who runs the command."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(content)


async def _directory(open_room: Open, data_dir: Path | None) -> "Directory":
    async with open_room(data_dir) as room, room.db.read() as session:
        return await room.directory(session)


async def _change(open_room: Open, data_dir: Path | None, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """A command by who runs the installation, audited like every other. A time without a zone is the directory's."""
    from zoneinfo import ZoneInfo

    from shared.room.commands import execute
    from shared.room.room import Actor, Command

    async with open_room(data_dir) as room:
        async with room.db.read() as session:
            zone = ZoneInfo((await room.directory(session)).timezone)
        try:
            since = datetime.fromisoformat(given["from"])
            given["from"] = (since if since.tzinfo else since.replace(tzinfo=zone)).isoformat()
        except ValueError as error:
            _fail(f"--from: {error}")
        return await execute(room, Command(name, Actor("system"), None, given))


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _fail(line: str) -> NoReturn:
    print(line, file=sys.stderr)
    raise typer.Exit(2)
