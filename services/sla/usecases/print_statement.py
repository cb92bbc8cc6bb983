"""H5: a month's statement on paper, beside the spreadsheet: everybody's sum, then every entry with its arithmetic."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.sla.domain.statements import month_hash
from services.sla.usecases.statements import KIND_LABELS, PersonStatement, every_person, people_seen
from shared.kernel.errors import Code, Refused
from shared.paper.model import Block, Column, Paper, Signature, Signatures, Table
from shared.paper.typeset import pdf
from shared.room.room import Actor, Room

MOST_LINES = 1_500
"""Entries on one paper: more are read in a spreadsheet, or person by person."""

SUMS = (
    Column("姓名", 1.2), Column("工号", 1.4), Column("笔数", 0.7, "right"), Column("合计（元）", 1.2, "right"),
    Column("待定百分比", 2.4), Column("核验码", 3),
)  # fmt: skip
LINES = (
    Column("记账时间", 1.35), Column("投诉编号", 1.5), Column("类型", 0.65, "center"), Column("名称", 1.3),
    Column("条款", 0.95), Column("次数", 0.55, "right"), Column("金额（元）", 0.95, "right"), Column("说明", 4.6),
)  # fmt: skip
TOTAL = "合计"
SHOWN_HASH = 32
"""Characters of a person's hash in the table; the whole month's stands in the footer in full."""


async def statement_paper(room: Room, viewer: Actor, month: str, person: str | None = None) -> Paper:
    """Raises Refused where the month is not stated, and where there are too many entries for paper."""
    people: list[PersonStatement] = []
    lines = 0
    async for found in every_person(room, viewer, month, person):
        people.append(found)
        lines += len(found.lines)
        if lines > MOST_LINES:
            detail = f"{month} 超过 {MOST_LINES} 笔，请导出 Excel，或以 person 只取一人"
            raise Refused(Code.field_invalid, detail, field="person")
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
    everybody = people_seen(directory, viewer, now) is None and person is None
    cut_offs = {f"{_local(each.row.cut_off_at, each.row.zone)}（{each.row.zone}）" for each in people}
    blocks: list[Block] = [Table(SUMS, _sums(people), "一、各人合计", "本月没有扣罚")]
    blocks += [_entries(each) for each in people]
    if everybody:
        boxes = tuple(Signature(title) for title in ("制表　集团售后服务中心", "复核　人力资源中心", "入账　财务中心"))
        blocks.append(Signatures(boxes, "签署"))
    return Paper(
        title="投诉处理扣罚统计表",
        organisation=directory.group_name,
        blocks=tuple(blocks),
        subtitle=month if everybody else f"{month}（本人或所选人员）",
        number=f"截止时间：{'、'.join(sorted(cut_offs)) or '—'}",
        dated=f"打印时间：{_local(now, directory.timezone)}",
        footer=f"{month}　{_hashes(people)}" if everybody else month,
        landscape=True,
    )


async def statement_pdf(room: Room, viewer: Actor, month: str, person: str | None = None) -> bytes:
    """As `statement_paper`. Raises TimeoutError besides."""
    return await pdf(await statement_paper(room, viewer, month, person), room.clock.now())


def _hashes(people: list[PersonStatement]) -> str:
    """As published when the month was frozen, one a time zone."""
    zones: dict[str, list[tuple[str, str]]] = {}
    for each in people:
        zones.setdefault(each.row.zone, []).append((each.row.person, each.row.sha256))
    return "　".join(f"核验码（{zone}） {month_hash(found)}" for zone, found in zones.items())


def _sums(people: list[PersonStatement]) -> tuple[tuple[str, ...], ...]:
    rows = [
        (
            each.name, each.row.person, str(each.row.entries), _yuan(each.row.total_fen),
            "；".join(f"{one['rule']} {one['percent']}%" for one in each.row.pending), each.row.sha256[:SHOWN_HASH],
        )
        for each in people
    ]  # fmt: skip
    if rows:
        entries, total = sum(each.row.entries for each in people), sum(each.row.total_fen for each in people)
        rows.append((TOTAL, f"{len({each.row.person for each in people})} 人", str(entries), _yuan(total), "", ""))
    return tuple(rows)


def _entries(found: PersonStatement) -> Table:
    rows = tuple(
        (
            _local(line.at, line.zone), number or "", KIND_LABELS.get(line.kind, line.kind), line.name, line.clause,
            str(line.units), f"{line.percent}%" if line.amount_fen is None else _yuan(line.amount_fen),
            line.explanation,
        )
        for line, number in found.lines
    )  # fmt: skip
    heading = f"{found.name}（{found.row.person}）　{found.row.entries} 笔，合计 {_yuan(found.row.total_fen)} 元"
    return Table(LINES, rows, heading)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
