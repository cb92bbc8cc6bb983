"""sla at the command line: explain, policy try, calendar, statement, journal, bonus."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from shared.room.room import Room

Open = Callable[[Path | None], AbstractAsyncContextManager["Room"]]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="数据目录（默认 ./var）")]
DAY = ["%Y-%m-%d"]


def explain_command(open_room: Open) -> Callable[..., None]:
    """`ccrm explain CASE` over the room that `open_room` opens."""

    def explain(case: Annotated[str, typer.Argument(help="投诉编号或 id")], data_dir: DataDir = None) -> None:
        """一宗投诉的始末：事实、时限、扣罚与算式，各附条款。"""
        asyncio.run(_explain(open_room, data_dir, case))

    return explain


async def _explain(open_room: Open, data_dir: Path | None, case: str) -> None:
    from services.sla.domain.ledger import FACT_LABELS
    from services.sla.usecases.reads import case_named, ledger, story
    from shared.kernel.errors import Refused
    from shared.room.room import Actor

    async with open_room(data_dir) as room:
        try:
            complaint_id = await case_named(room, case)
            shown = await ledger(room, Actor("system"), complaint_id)
        except Refused as refused:
            typer.echo(refused.detail, err=True)
            raise typer.Exit(1) from None
        print("经过")
        for at, name, by in await story(room, complaint_id):
            print(f"  {at:%Y-%m-%d %H:%M:%S}  {FACT_LABELS.get(name, name)}  {by}")
        _table("时限", shown["clocks"], lambda row: f"{row['name']}（{row['liable_name']}）  {row['explanation']}")
        _table("扣罚", shown["penalties"], lambda row: f"{row['person_name']}  {row['name']}  {row['explanation']}")
        _table("处分建议", shown["proposals"], lambda row: f"{row['person_name']}  {row['explanation']}")


def _table(title: str, rows: list[dict[str, Any]], line: Callable[[dict[str, Any]], str]) -> None:
    print(title)
    for row in rows:
        print(f"  {line(row)}")


def try_command(open_room: Open) -> Callable[..., None]:
    """`ccrm policy try FILE --from DATE --to DATE` over the room that `open_room` opens."""

    def try_policy(
        file: Annotated[Path, typer.Argument(help="修订后的制度文件 (TOML)")],
        first: Annotated[datetime, typer.Option("--from", formats=DAY, help="登记日期自")],
        last: Annotated[datetime, typer.Option("--to", formats=DAY, help="登记日期至（含）")],
        data_dir: DataDir = None,
    ) -> None:
        """按修订后的制度重新计算已有投诉，按公司和人员列出差别；不改动任何数据。"""
        asyncio.run(_try(open_room, data_dir, file, first, last))

    return try_policy


async def _try(open_room: Open, data_dir: Path | None, file: Path, first: datetime, last: datetime) -> None:
    from services.sla.usecases.try_policy import try_policy
    from shared.kernel.errors import InvalidDocument
    from shared.kernel.money import Fen, yuan
    from shared.policy.library import load_policy

    try:
        policy = load_policy(file)
    except InvalidDocument as invalid:
        typer.echo("\n".join(invalid.problems), err=True)
        raise typer.Exit(1) from None
    async with open_room(data_dir) as room:
        cases, changed = await try_policy(room, policy, first.date(), last.date())
    print(f"{policy.name}：{first:%Y-%m-%d} 至 {last:%Y-%m-%d} 登记的 {cases} 宗投诉")
    for row in changed:
        sums = f"{yuan(Fen(row.charged_fen))} 元 → {yuan(Fen(row.amended_fen))} 元"
        shares = (
            f"  {row.charged_percent}% → {row.amended_percent}%" if row.charged_percent or row.amended_percent else ""
        )
        print(f"{row.company}\t{row.person}\t{sums}{shares}")
    if not changed:
        print("没有差别")


Scope = Annotated[str, typer.Option("--scope", help="制度或项目的 id（默认：全部）")]


def calendar_commands(open_room: Open) -> typer.Typer:
    """`ccrm calendar export | import` over the room that `open_room` opens."""
    app = typer.Typer(help="工作日历", no_args_is_help=True)

    @app.command("export")
    def export(year: Annotated[int, typer.Argument(help="年份")], scope: Scope = "", data_dir: DataDir = None) -> None:
        """打印一年的工作日历 (CSV)：day,working,note。"""
        from services.sla.usecases.load_calendar import calendar_csv

        async def work() -> str:
            async with open_room(data_dir) as room:
                return await calendar_csv(room, year, scope)

        print(asyncio.run(work()), end="")

    @app.command("import")
    def load(
        file: Annotated[Path, typer.Argument(help="CSV 文件：day,working,note")],
        scope: Scope = "",
        days: Annotated[bool, typer.Option("--days", help="只改文件中的日期，不要求全年")] = False,
        data_dir: DataDir = None,
    ) -> None:
        """载入全年的工作日历。有任何错误则逐行列出，什么也不载入。"""
        from services.sla.usecases.load_calendar import load_calendar

        async def work() -> list[int]:
            text = _text(file)
            async with open_room(data_dir) as room, room.begin() as tx:
                return await load_calendar(tx, text, str(file), scope=scope, single_days=days)

        years = "、".join(str(year) for year in asyncio.run(work()))
        print(f"{years} 年工作日历已{'更改' if days else '载入'}，相关时限将重新计算")

    return app


def statement_command(open_room: Open) -> Callable[..., None]:
    """`ccrm statement MONTH` over the room that `open_room` opens."""

    def statement(
        month: Annotated[str, typer.Argument(help="月份，例如 2026-03")],
        csv: Annotated[Path | None, typer.Option("--csv", help="写入 CSV 文件")] = None,
        xlsx: Annotated[Path | None, typer.Option("--xlsx", help="写入 Excel 文件")] = None,
        pdf: Annotated[Path | None, typer.Option("--pdf", help="写入 PDF 文件")] = None,
        data_dir: DataDir = None,
    ) -> None:
        """一个月的扣罚统计表：每人合计；或连同每一笔写入文件。"""
        asyncio.run(_statement(open_room, data_dir, month, csv, xlsx, pdf))

    return statement


async def _statement(
    open_room: Open, data_dir: Path | None, month: str, csv: Path | None, xlsx: Path | None, pdf: Path | None
) -> None:
    from services.sla.usecases.export_statement import csv_lines, note_export, write_xlsx
    from services.sla.usecases.statements import every_person, months, statement
    from shared.kernel.money import Fen, yuan
    from shared.room.room import Actor

    system = Actor("system")
    async with open_room(data_dir) as room:
        await statement(room, system, month, limit=1)
        for file in (csv, xlsx, pdf):
            if file is not None:
                _writable(file)
                await note_export(room, system, month, file.suffix.lstrip(".") or "file")
        if csv is not None:
            with csv.open("w", encoding="utf-8", newline="") as out:
                async for piece in csv_lines(room, system, month):
                    out.write(piece)
        if xlsx is not None:
            await write_xlsx(room, system, month, xlsx)
        if pdf is not None:
            from services.sla.usecases.print_statement import statement_pdf

            _save(pdf, await statement_pdf(room, system, month))
        if csv is None and xlsx is None and pdf is None:
            async for found in every_person(room, system, month, None):
                row = found.row
                shares = "  待定 " + "、".join(f"{each['percent']}%" for each in row.pending) if row.pending else ""
                print(f"{row.person}\t{found.name}\t{row.entries} 笔\t{yuan(Fen(row.total_fen))} 元{shares}")
        for item in (await months(room, system))["items"]:
            if item["month"] == month:
                print(f"{month} {item['zone']}：{item['people']} 人，{item['entries']} 笔，合计 {item['total']} 元")


def journal_commands(open_room: Open) -> typer.Typer:
    """`ccrm journal verify` over the room that `open_room` opens."""
    app = typer.Typer(help="扣罚账簿", no_args_is_help=True)

    @app.callback()
    def journal() -> None:
        """扣罚账簿"""

    @app.command("verify")
    def verify(data_dir: DataDir = None) -> None:
        """逐宗核对账簿的校验链与已出的统计表；不符时指出第一笔。"""
        from services.sla.usecases.verify_journal import Verified, verify_journal

        async def work() -> Verified:
            async with open_room(data_dir) as room:
                return await verify_journal(room)

        found = asyncio.run(work())
        if found.problem is not None:
            typer.echo(found.problem, err=True)
            raise typer.Exit(1)
        print(f"{found.cases} 宗投诉的 {found.entries} 笔账与 {found.statements} 份统计表均相符")

    return app


def bonus_commands(open_room: Open) -> typer.Typer:
    """`ccrm bonus import` over the room that `open_room` opens."""
    app = typer.Typer(help="月度综合奖金基数", no_args_is_help=True)

    @app.callback()
    def bonus() -> None:
        """月度综合奖金基数"""

    @app.command("import")
    def load(
        file: Annotated[Path, typer.Argument(help="CSV 文件：person,month,yuan")], data_dir: DataDir = None
    ) -> None:
        """导入人力资源中心提供的奖金基数。有任何错误则逐行列出，什么也不导入。"""
        from services.sla.usecases.set_bonus_bases import import_bonus_bases

        async def work() -> int:
            text = _text(file)
            async with open_room(data_dir) as room, room.begin() as tx:
                return await import_bonus_bases(tx, text, str(file))

        print(f"已导入 {asyncio.run(work())} 项奖金基数")

    return app


def _text(file: Path) -> str:
    from services.sla.domain.sheets import decoded
    from shared.kernel.errors import InvalidDocument

    try:
        return decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise InvalidDocument([f"{file}: {error.strerror}"]) from None


def _save(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _writable(file: Path) -> None:
    from shared.kernel.errors import InvalidDocument

    try:
        file.open("wb").close()
    except OSError as error:
        raise InvalidDocument([f"{file}: {error.strerror}"]) from None
