"""H3: HR's monthly bonus of a person: what a percent penalty is a percentage of. HR's post only."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.sla.domain.sheets import base_problems, read_bases
from services.sla.repository import BASE
from shared.db.statements import upsert
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.kernel.money import fen
from shared.org.model import Post
from shared.room.commands import parse
from shared.room.room import Command, Tx

MOST = 5_000


class GivenBase(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    person: str = Field(max_length=200)
    month: str = Field(max_length=7)
    yuan: str | int


class SetBonusBases(CommandData):
    bases: list[GivenBase] = Field(min_length=1, max_length=MOST)


async def set_bonus_bases(tx: Tx, command: Command) -> dict[str, Any]:
    """Sets the bases given, all or none. A base that was set is replaced: what differs stands in the next statement."""
    directory = await tx.directory()
    person = command.actor.person if command.actor.kind == "person" else None
    posts = directory.posts_of(person, tx.now) if person is not None else []
    if not any(held.post is Post.hr_centre for held in posts):
        raise Refused(Code.role_not_allowed, "只有人力资源中心可以提供奖金基数")
    data = parse(SetBonusBases, command.data)
    people = {each.id for each in directory.people}
    given: set[tuple[str, str]] = set()
    for number, base in enumerate(data.bases):
        for problem in base_problems(base.person, base.month, base.yuan, people):
            raise Refused(Code.field_invalid, f"第 {number + 1} 项 {problem}", field=f"bases.{number}")
        if (base.person, base.month) in given:
            detail = f"第 {number + 1} 项: {base.person} 的 {base.month} 出现两次"
            raise Refused(Code.field_invalid, detail, field=f"bases.{number}")
        given.add((base.person, base.month))
    await _keep(tx, [(base.person, base.month, fen(base.yuan)) for base in data.bases])
    return {"set": len(data.bases)}


async def import_bonus_bases(tx: Tx, text: str, file: str) -> int:
    """From HR's file. Raises InvalidDocument with every line that is wrong; then nothing was imported."""
    directory = await tx.directory()
    lines = read_bases(text, file, (person.id for person in directory.people))
    await _keep(tx, [(line.person, line.month, line.fen) for line in lines])
    return len(lines)


async def _keep(tx: Tx, bases: list[tuple[str, str, int]]) -> None:
    rows = [{"person": person, "month": month, "fen": sum_, "set_at": tx.now} for person, month, sum_ in bases]
    await upsert(tx.session, BASE, rows, ["person", "month"])
