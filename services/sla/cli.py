"""`ccrm explain` and `ccrm policy try`: the ledger told at the command line."""

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
