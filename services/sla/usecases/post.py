"""H5: brings the journal of a case to what its ledger says, by debits and reversals; nothing is ever changed in it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.journal import CONVERSION, GENESIS, Amount, Key, Posting, chained, owed, postings
from services.sla.domain.ledger import Ledger
from services.sla.domain.penalties import explain_charge
from services.sla.repository import JOURNAL
from shared.db.database import COMMITTED
from shared.db.statements import UuidList, among, insert_rows, run
from shared.obs import metrics

_ENTRIES = (
    select(JOURNAL).where(among(JOURNAL.c.complaint_id, bindparam("ids", type_=UuidList))).order_by(JOURNAL.c.seq)
)


async def entries_of(session: AsyncSession, complaint_ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The journal of many cases, each in its order."""
    found: dict[UUID, list[Row[Any]]] = {complaint_id: [] for complaint_id in complaint_ids}
    for start in range(0, len(complaint_ids), 500):
        chunk = complaint_ids[start : start + 500]
        for row in (await run(session, _ENTRIES, {"ids": chunk})).all():
            found[row.complaint_id].append(row)
    return found


def new_entries(
    complaint_id: UUID, ledger: Ledger, before: Sequence[Row[Any]], at: datetime, *, growing: bool
) -> list[dict[str, Any]]:
    """The rows to add at the instant; `growing` writes running delays too, as far as they have come (a cut-off)."""
    charges = [*ledger.charges, *ledger.counters]
    posted: dict[Key, Amount] = {}
    names: dict[Key, tuple[str, str, str | None]] = {}
    for row in before:
        if row.kind == CONVERSION:
            continue
        key = (row.rule, row.person)
        entry = Amount(row.units, row.amount_fen, row.percent)
        posted[key] = entry.minus(Amount().minus(posted.get(key, Amount())))
        names[key] = (row.name, row.clause, row.of)
    still = frozenset((c.rule, c.person) for c in charges if c.growing and c.person is not None)
    explained = {(c.rule, c.person): explain_charge(c) for c in charges if c.person is not None}
    zone = str(ledger.office.directory.zone(ledger.case.project_id))
    entries = postings(owed(charges, growing=growing), posted, still, names, explained)
    return appended(complaint_id, zone, before, at, entries)


def appended(
    complaint_id: UUID, zone: str, before: Sequence[Row[Any]], at: datetime, entries: Iterable[Posting]
) -> list[dict[str, Any]]:
    """The entries as rows, chained to the case's last one."""
    head = before[-1].hash if before else GENESIS
    seq = before[-1].seq if before else 0
    rows: list[dict[str, Any]] = []
    for posting in entries:
        seq += 1
        # In UTC, as it is read back: the same instant must give the same hash.
        head = chained(head, seq, str(complaint_id), at.astimezone(UTC).isoformat(), posting)
        rows.append(
            {
                "complaint_id": complaint_id,
                "seq": seq,
                "at": at,
                "zone": zone,
                "person": posting.person,
                "rule": posting.rule,
                "kind": posting.kind,
                "name": posting.name,
                "clause": posting.clause,
                "units": posting.amount.units,
                "amount_fen": posting.amount.fen,
                "percent": posting.amount.percent,
                "of": posting.of,
                "explanation": posting.explanation,
                "hash": head,
            }
        )
    return rows


async def write(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    if rows:
        await insert_rows(session, JOURNAL, rows)
        counted = [partial(metrics.posted, row["kind"], row["amount_fen"]) for row in rows]
        session.info.setdefault(COMMITTED, []).extend(counted)
