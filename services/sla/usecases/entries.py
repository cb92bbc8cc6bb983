"""Which charge an appeal or a waiver means: `entry` names a rule, or a rule and a person."""

from collections.abc import Mapping
from typing import Any

from services.sla.domain.ledger import Ledger
from services.sla.domain.penalties import Charge
from services.sla.repository import calendars, facts_of, ledger_of
from services.sla.usecases.authorise import AuthorisedCase
from shared.kernel.errors import Code, Refused
from shared.room.room import Tx

Entry = str | dict[str, str]


async def charge_named(tx: Tx, case: AuthorisedCase, entry: Entry, own: str | None = None) -> tuple[Ledger, Charge]:
    """The ledger and the charge of it as they stand now. `entry` is `rule`, `rule:person` or {rule, person}.

    Raises Refused(field.invalid) where it names no charge or more than one. With `own` it is one of that person's: of
    other people's charges he is told nothing (role.not_allowed where he names one, or has none in the case).
    """
    rule, person = _parts(entry)
    facts = await facts_of(tx.session, case.complaint_id)
    working = await calendars(tx.room, tx.session)
    found = ledger_of(tx.room.policies, await tx.directory(), facts, tx.now, working)
    if found is None:
        raise Refused(Code.not_found, "没有这宗投诉")
    charges = found.charges
    if own is not None:
        charges = [c for c in charges if c.person == own]
        if not charges or person not in (None, own):
            raise Refused(Code.role_not_allowed, "只有被扣罚的本人可以申诉")
    named = [c for c in charges if c.rule == rule and c.person is not None and person in (None, c.person)]
    if len(named) != 1:
        known = "、".join(f"{c.rule}:{c.person}" for c in charges) or "无"
        raise Refused(Code.field_invalid, f"entry: 本案的扣罚有 {known}", field="entry")
    return found, named[0]


def _parts(entry: Entry) -> tuple[str, str | None]:
    if isinstance(entry, Mapping):
        fields: Mapping[str, Any] = entry
        return str(fields.get("rule", "")), fields.get("person")
    rule, _, person = entry.partition(":")
    return rule, person or None
