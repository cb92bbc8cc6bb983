"""H6: appeals and what became of them. A waiver is a counter-entry with its reason; what was charged stays to be
seen. Who upholds a charge moves no money: it answers the appeal.
"""

from collections.abc import Iterable, Mapping

from services.sla.domain.facts import Fact
from services.sla.domain.penalties import Charge
from shared.kernel.money import Fen

APPEALED, WAIVED, UPHELD = "penalty_appealed", "penalty_waived", "penalty_upheld"

Key = tuple[str, str]
"""(rule, person)"""


def counters_of(facts: Iterable[Fact], charges: Iterable[Charge]) -> list[Charge]:
    """One negative row a waiver, by as much as was owed when it was decided, and never more than is owed now:
    a charge that a later fact takes back leaves nothing to waive.
    """
    left = {(charge.rule, charge.person): (charge.units, charge.amount, charge.percent) for charge in charges}
    rows: list[Charge] = []
    for fact in facts:
        key = (fact.data.get("rule", ""), fact.data.get("person"))
        if fact.name != WAIVED or key not in left:
            continue
        data = fact.data
        units, amount, percent = (
            None if owed is None else min(owed, waived or 0)
            for owed, waived in zip(left[key], (data["units"], data["amount_fen"], data["percent"]), strict=True)
        )
        left[key] = (
            left[key][0] - (units or 0), _less(left[key][1], amount), _less(left[key][2], percent)
        )  # fmt: skip
        rows.append(
            Charge(
                rule=data["rule"],
                name=data["name"],
                clause=data["clause"],
                person=data["person"],
                units=-(units or 0),
                amount=None if amount is None else Fen(-amount),
                percent=None if percent is None else -percent,
                of=data.get("of"),
                reasons=(f"经 {fact.by} 批准免除：{data.get('reason') or '未说明'}",),
            )
        )
    return rows


def _less(owed: int | None, waived: int | None) -> Fen | None:
    return None if owed is None else Fen(owed - (waived or 0))


def appealed(facts: Iterable[Fact]) -> frozenset[Key]:
    """The (rule, person) whose charge is under appeal: appealed, and not decided since."""
    return frozenset(key for key, fact in _last_words(facts).items() if fact.name == APPEALED)


def upheld(facts: Iterable[Fact]) -> Mapping[Key, Fact]:
    """The charges whose last appeal was not borne out, with the decision, until a new appeal or a waiver."""
    return {key: fact for key, fact in _last_words(facts).items() if fact.name == UPHELD}


def _last_words(facts: Iterable[Fact]) -> dict[Key, Fact]:
    return {(fact.data["rule"], fact.data["person"]): fact for fact in facts if fact.name in (APPEALED, WAIVED, UPHELD)}
