"""H5: the journal of debits and reversals: append-only, each entry chained to the one before by its hash. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from services.sla.domain.penalties import Charge

Key = tuple[str, str]
"""(rule, person)"""

CONVERSION = "conversion"

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Amount:
    """What stands under a key: units, and fen or percent of a base."""

    units: int = 0
    fen: int | None = None
    percent: int | None = None

    def minus(self, other: "Amount") -> "Amount":
        return Amount(self.units - other.units, _less(self.fen, other.fen), _less(self.percent, other.percent))

    @property
    def is_nothing(self) -> bool:
        return not self.units and not self.fen and not self.percent


def _less(first: int | None, second: int | None) -> int | None:
    return None if first is None and second is None else (first or 0) - (second or 0)


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to write. `kind` is debit where it adds to what is owed, else reversal.

    A conversion is what a percentage under the same key comes to in money, once the base is known: it adds to the sum
    and to nothing that is owed.
    """

    rule: str
    person: str
    kind: Literal["debit", "reversal", "conversion"]
    name: str
    clause: str
    amount: Amount
    of: str | None
    explanation: str


def owed(charges: Iterable[Charge], *, growing: bool) -> dict[Key, tuple[Amount, Charge]]:
    """What should stand in the journal now; a delay that still runs is written only when `growing` is asked for."""
    found: dict[Key, tuple[Amount, Charge]] = {}
    for charge in charges:
        if charge.person is None or (charge.growing and not growing):
            continue
        key = (charge.rule, charge.person)
        amount = Amount(charge.units, charge.amount, charge.percent)
        if key in found:
            amount = amount.minus(Amount().minus(found[key][0]))
        found[key] = (amount, charge)
    return found


def postings(
    target: Mapping[Key, tuple[Amount, Charge]],
    posted: Mapping[Key, Amount],
    growing: frozenset[Key],
    names: Mapping[Key, tuple[str, str, str | None]],
    explain: Mapping[Key, str],
) -> list[Posting]:
    """The entries that bring the journal from `posted` to `target`. What is `growing` and not in the target waits.

    `names` gives (name, clause, of) of what was posted before and is owed no more.
    """
    entries: list[Posting] = []
    for key in [*target, *(key for key in posted if key not in target)]:
        if key not in target and key in growing:
            continue
        amount, charge = target.get(key, (Amount(), None))
        difference = amount.minus(posted.get(key, Amount()))
        if difference.is_nothing:
            continue
        name, clause, of = (charge.name, charge.clause, charge.of) if charge else names[key]
        less = (difference.fen or difference.percent or difference.units) < 0
        entries.append(
            Posting(
                key[0], key[1], "reversal" if less else "debit", name, clause, difference, of,
                explain.get(key, "事实更正后不再成立"),
            )
        )  # fmt: skip
    return entries


def chained(previous: str, seq: int, complaint_id: str, at: str, entry: Posting) -> str:
    """The hash of an entry over its own content and the hash before it: a changed entry shows from there on."""
    # By hand: a month's end chains a hundred thousand entries, and asdict() takes longer than the hash.
    amount = entry.amount
    said = {
        "amount": {"fen": amount.fen, "percent": amount.percent, "units": amount.units},
        "clause": entry.clause, "explanation": entry.explanation, "kind": entry.kind, "name": entry.name,
        "of": entry.of, "person": entry.person, "rule": entry.rule,
    }  # fmt: skip
    content = json.dumps([previous, seq, complaint_id, at, said], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
