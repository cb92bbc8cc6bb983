"""H6: appeals and waivers. A waiver is a counter-entry with its reason; what was charged stays to be seen."""

from collections.abc import Iterable

from services.sla.domain.facts import Fact
from services.sla.domain.penalties import Charge
from shared.kernel.money import Fen


def counters_of(facts: Iterable[Fact], charges: Iterable[Charge]) -> list[Charge]:
    """One negative row a waiver, by as much as was owed when it was decided, and never more than is owed now:
    a charge that a later fact takes back leaves nothing to waive.
    """
    left = {(charge.rule, charge.person): (charge.units, charge.amount, charge.percent) for charge in charges}
    rows: list[Charge] = []
    for fact in facts:
        key = (fact.data.get("rule", ""), fact.data.get("person"))
        if fact.name != "penalty_waived" or key not in left:
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


def appealed(facts: Iterable[Fact]) -> frozenset[tuple[str, str]]:
    """The (rule, person) whose charge is under appeal: appealed, and not decided since."""
    open_appeals: set[tuple[str, str]] = set()
    for fact in facts:
        key = (fact.data.get("rule", ""), fact.data.get("person", ""))
        if fact.name == "penalty_appealed":
            open_appeals.add(key)
        elif fact.name == "penalty_waived":
            open_appeals.discard(key)
    return frozenset(open_appeals)
