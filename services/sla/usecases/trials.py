"""The trial of an amended policy as a page asks for it: it runs on while its progress is looked at."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update

from services.sla.repository import table_of
from services.sla.tables import TrialRow
from services.sla.usecases.seen import days_between
from services.sla.usecases.try_policy import Difference, try_policy
from shared.db.statements import fetch, insert_rows, run
from shared.kernel.errors import Code, InvalidDocument, Refused
from shared.kernel.money import Fen, yuan
from shared.org.acting import posts_for
from shared.org.model import Post
from shared.policy.library import parse_policy
from shared.policy.model import Policy
from shared.room.room import Actor, Room

log = structlog.get_logger(__name__)

TRIAL = table_of(TrialRow)
GROUP = frozenset(
    {Post.deputy_general_manager, Post.general_manager, Post.vice_president, Post.auditor, Post.hr_centre,
     Post.finance_centre}
)  # fmt: skip
DEAD = timedelta(minutes=2)
KEPT = timedelta(days=7)
AT_ONCE = timedelta(seconds=1)


async def begin_trial(room: Room, viewer: Actor, text: str, file: str, first: str, last: str) -> UUID:
    """Begins it and waits a second for it. Raises InvalidDocument with file, key and reason; Refused."""
    await _require_group(room, viewer)
    since, until = days_between(first, last)
    amended = parse_policy(text, file=file)
    if amended.id not in room.policies.ids:
        raise InvalidDocument([f"{file}: id: 没有名为 {amended.id} 的制度，可试算的有 {'、'.join(room.policies.ids)}"])
    async with room.begin() as tx:
        trial = tx.new_id()
        await run(tx.session, delete(TRIAL).where(TRIAL.c.made_at < tx.now - KEPT))
        row = {
            "id": trial, "person": viewer.id, "file": file[:200], "policy_id": amended.id,
            "policy_version": amended.version, "first_day": since, "last_day": until, "made_at": tx.now,
            "touched_at": tx.now, "state": "running", "done": 0, "total": 0, "cases": 0, "rows": [],
        }  # fmt: skip
        await insert_rows(tx.session, TRIAL, row)
    task = asyncio.create_task(_carry_out(room, trial, amended, since, until))
    running: set[asyncio.Task[None]] = room.extra.setdefault("trials", set())
    running.add(task)
    task.add_done_callback(running.discard)
    await asyncio.wait({task}, timeout=AT_ONCE.total_seconds())
    return trial


async def _carry_out(room: Room, trial: UUID, amended: Policy, first: date, last: date) -> None:
    # One after the other: they share the processor with everybody's work.
    turn: asyncio.Lock = room.extra.setdefault("trial_turn", asyncio.Lock())

    async def progress(done: int, total: int) -> None:
        await _note(room, trial, done=done, total=total)

    try:
        async with turn:
            cases, changed = await try_policy(room, amended, first, last, progress)
        await _note(room, trial, state="done", cases=cases, rows=[_row(one) for one in changed])
    except Exception:
        log.exception("trial.failed", trial=str(trial))
        await _note(room, trial, state="failed")


async def _note(room: Room, trial: UUID, **values: Any) -> None:
    async with room.begin() as tx:
        await run(tx.session, update(TRIAL).where(TRIAL.c.id == trial).values(touched_at=tx.now, **values))


def _row(one: Difference) -> dict[str, Any]:
    return {
        "company": one.company, "person": one.person, "charged_fen": one.charged_fen, "amended_fen": one.amended_fen,
        "charged_percent": one.charged_percent, "amended_percent": one.amended_percent,
    }  # fmt: skip


async def trial(room: Room, viewer: Actor, trial_id: UUID) -> dict[str, Any]:
    """How far it is, and what came out by person and by company. Raises Refused: role.not_allowed, not_found."""
    await _require_group(room, viewer)
    async with room.db.read() as session:
        directory = await room.directory(session)
        rows = await fetch(session, select(TRIAL).where(TRIAL.c.id == trial_id))
    if not rows:
        raise Refused(Code.not_found, "没有这次试算，或已超过 7 天")
    found = dict(rows[0]._mapping)
    if found["state"] == "running" and room.clock.now() - found["touched_at"] > DEAD:
        found["state"] = "failed"
    people = [one | {"person_name": directory.name_of(one["person"])} for one in found["rows"]]
    companies: dict[str, dict[str, Any]] = {}
    for one in people:
        total = companies.setdefault(
            one["company"], {"company": one["company"], "people": 0, **dict.fromkeys(_SUMS, 0)}
        )
        total["people"] += 1
        for name in _SUMS:
            total[name] += one[name]
    return {
        **found,
        "concerned": len({one["person"] for one in people}),
        "people": [_told(one) for one in people],
        "companies": [_told(one) for one in companies.values()],
    }


_SUMS = ("charged_fen", "amended_fen", "charged_percent", "amended_percent")


def _told(sums: dict[str, Any]) -> dict[str, Any]:
    difference = sums["amended_fen"] - sums["charged_fen"]
    return {
        **sums, "charged": yuan(Fen(sums["charged_fen"])), "amended": yuan(Fen(sums["amended_fen"])),
        "difference": yuan(Fen(difference)),
    }  # fmt: skip


async def _require_group(room: Room, viewer: Actor) -> None:
    async with room.db.read() as session:
        directory = await room.directory(session)
    held = posts_for(directory, viewer.person, room.clock.now()) if viewer.person else []
    if not GROUP & {one.post for one in held}:
        raise Refused(Code.role_not_allowed, "修订试算只对集团岗位开放")
