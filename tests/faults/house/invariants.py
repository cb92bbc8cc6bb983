"""What must hold after every fault: both sides of each invariant, counted apart, and what differs."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from services.__main__ import ROOMS, builders
from services.sla.usecases.verify_journal import verify_journal
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from tests.faults.house.house import House
from tests.faults.house.lives import MATTERS, Matter
from tests.faults.house.records import record_of
from tests.kit.formulas import Record
from tests.kit.story import ZONE

AUTHOR = "gao.feng"
"""Sees every case of the group."""


@dataclass
class Held:
    """One invariant: what was counted on the one side and on the other, and each difference."""

    name: str
    left: str
    right: str
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{'holds' if not self.wrong else 'BROKEN'}  {self.name}: {self.left} | {self.right}"


async def all_of(house: House) -> list[Held]:
    """Of a house that has settled."""
    records = await _records(house)
    return [
        await registered_once(house),
        await one_order_each(house),
        await told_once(house, records),
        await reminded_once(house, records),
        await charged_by_the_formulas(house, records),
        await statements_sum_up(house, records),
        await legal_and_once(house),
        await only_the_poison_is_dead(house),
        await nobody_sees_anothers(house),
        nobody_died_or_told(house),
    ]


async def _records(house: House) -> dict[str, Record]:
    acts: dict[str, list[Any]] = {}
    for row in await house.rows("dispatch.act"):
        acts.setdefault(str(row.complaint_id), []).append(row)
    return {
        told.case: record_of(told, house.lives.matter_of[told.case], acts.get(told.case, []))
        for told in house.books.of("complaint.register")
    }


async def registered_once(house: House) -> Held:
    told = [each.case for each in house.books.of("complaint.register")]
    rows = await house.rows("intake.complaint")
    stored = Counter(str(row.id) for row in rows)
    keys: Counter[str] = Counter()
    for room in ROOMS:
        keys.update(row.key for row in await house.rows(f"{room}.idempotency"))
    held = Held("I1 every acknowledged complaint once", f"{len(told)} acknowledged", f"{len(rows)} stored")
    unknown = sum(command == "complaint.register" for _, command, _ in house.books.unknown)
    held.wrong += [f"{case}: acknowledged, not stored" for case in told if not stored[case]]
    held.wrong += [f"{len(rows) - len(told)} complaints more than acknowledged"] * (len(rows) - len(told) > unknown)
    held.wrong += [f"{number}: twice" for number, n in Counter(row.number for row in rows).items() if n > 1]
    held.wrong += [f"key of {each.command} {each.case}: {keys[each.key]} rows"
                   for each in house.books.acknowledged if keys[each.key] != 1]  # fmt: skip
    return held


SAME = (
    "number", "project_id", "policy_id", "officer", "channel", "kind", "category", "severity", "content",
    "customer", "contact_ended_at", "on_the_spot",
)  # fmt: skip


async def one_order_each(house: House) -> Held:
    here = {row.id: row for row in await house.rows("intake.complaint")}
    there = {row.complaint_id: row for row in await house.rows("dispatch.complaint")}
    orders = Counter(row.complaint_id for row in await house.rows("dispatch.supervision_order"))
    submitted = {each.case for each in house.books.of("order.submit")}
    held = Held("I2 dispatch has what intake has, and one order each", f"{len(here)} complaints",
                f"{len(there)} copies, {sum(orders.values())} orders of {len(submitted)} submitted")  # fmt: skip
    held.wrong += [f"{case}: only on one side" for case in here.keys() ^ there.keys()]
    for case in here.keys() & there.keys():
        held.wrong += [f"{case}: {name} differs" for name in SAME
                       if getattr(here[case], name) != getattr(there[case], name)]  # fmt: skip
        wanted = int(str(case) in submitted)
        if orders[case] != wanted and not _unknown(house, str(case)):
            held.wrong.append(f"{case}: {orders[case]} orders, not {wanted}")
    return held


def _unknown(house: House, case: str) -> bool:
    return any(each == case for _, _, each in house.books.unknown)


async def told_once(house: House, records: Mapping[str, Record]) -> Held:
    """I3: one SMS an issued order, to the one who answers for it; each at most once at the gateway."""
    messages = [row for row in await house.rows("notify.message") if row.template == "order.issued"]
    told = Counter((case, row.recipient) for row in messages for case in row.complaints)
    issued = {(case, record.people["liable"]) for case, record in records.items() if record.issued}
    out = [one for one in house.sms.taken.values() if one.template == "order.issued"]
    held = Held("I3 one order.issued an order", f"{len(issued)} issued", f"{len(out)} SMS")
    held.wrong += [f"{case} to {who}: {told[case, who]} messages" for case, who in issued if told[case, who] != 1]
    held.wrong += [f"{key}: told without an order" for key in told.keys() - issued]
    held.wrong += await _unsent(house, messages)
    return held


async def _unsent(house: House, messages: Iterable[Any]) -> list[str]:
    """Queued as sent here, taken there; nothing else went out. An uncertain one may have arrived or not."""
    wrong = []
    for row in messages:
        arrived = str(row.id) in house.sms.taken
        if row.status in ("sent", "delivered") and not arrived:
            wrong.append(f"{row.key}: {row.status}, and never taken")
        elif row.status not in ("sent", "delivered", "uncertain"):
            wrong.append(f"{row.key}: {row.status} {row.detail or ''}")
        elif row.status == "uncertain" and house.deduplicates:
            wrong.append(f"{row.key}: uncertain, though it could be tried again")
    return wrong


async def reminded_once(house: House, records: Mapping[str, Record]) -> Held:
    """I3: one reminder.daily a recipient and day on which he had an unfinished order at 9:30."""
    wanted: set[tuple[str, date]] = set()
    for day in house.mornings:
        at = datetime.combine(day, time(9, 30), ZONE)
        for case, record in records.items():
            if record.unfinished_at(at):
                matter = house.lives.matter_of[case]
                wanted |= {(who, day) for who in (matter.liable, matter.leader, matter.chairman)}
    messages = [row for row in await house.rows("notify.message") if row.template == "reminder.daily"]
    told = Counter((row.recipient, row.local_date) for row in messages)
    held = Held("I3 one reminder.daily a recipient and day", f"{len(wanted)} due", f"{sum(told.values())} sent")
    held.wrong += [f"{who} on {day}: {told[who, day]} reminders" for who, day in wanted if told[who, day] != 1]
    held.wrong += [f"{key}: reminded of nothing" for key in told.keys() - wanted]
    held.wrong += await _unsent(house, messages)
    return held


async def charged_by_the_formulas(house: House, records: Mapping[str, Record]) -> Held:
    """I4. A running delay may take its next step while it is read: either side of the step is right."""
    charged = owed = 0
    held = Held("I4 penalties are what the formulas say", "", "")
    for part in _parts(list(records.items()), 8):
        for case, before, found, after in await asyncio.gather(*(_penalties(house, *each) for each in part)):
            charged += len(found)
            owed += len(after)
            if found not in (before, after):
                held.wrong.append(f"{case}: {found}, not {after}")
    held.left, held.right = f"{owed} owed", f"{charged} charged"
    return held


async def _penalties(house: House, case: str, record: Record) -> tuple[str, Any, Any, Any]:
    before = record.owed(house.clock.now())
    answer = await house.client.read(AUTHOR, "sla", f"/api/v1/parts/sla/complaints/{case}")
    answer.raise_for_status()
    found = {
        (row["rule"], row["person"]): None if row["amount"] is None else int(row["amount"])
        for row in answer.json()["penalties"]
    }
    return case, before, found, record.owed(house.clock.now())


async def statements_sum_up(house: House, records: Mapping[str, Record]) -> Held:
    """I5: what the statements say of a person is what he owed at their cut-offs; the journal is whole."""
    stated: Counter[str] = Counter()
    cut_offs = {row.cut_off_at for row in await house.rows("sla.statement_run")}
    for row in await house.rows("sla.statement"):
        stated[row.person] += row.total_fen // 100
    owed: Counter[str] = Counter()
    if cut_offs:
        for record in records.values():
            for (_, person), yuan in record.until(max(cut_offs)).owed(max(cut_offs)).items():
                owed[person] += yuan or 0
    held = Held("I5 statements sum to the ledger", f"{sum(owed.values())} yuan owed", f"{sum(stated.values())} stated")
    held.wrong += [
        f"{who}: {stated[who]} stated, {owed[who]} owed" for who in stated | owed if stated[who] != owed[who]
    ]
    room = builders()["sla"](house.db["sla"], house.clock, Ids(house.clock), built_in())
    verified = await verify_journal(room)
    if verified.problem is not None:
        held.wrong.append(verified.problem)
    return held


async def legal_and_once(house: House) -> Held:
    """I6: what was acknowledged stands once as an act, each from the state the last led to, all in the audit log."""
    told = Counter(
        (each.case, each.command) for each in house.books.acknowledged if each.command != "complaint.register"
    )
    rows = sorted(await house.rows("dispatch.act"), key=lambda row: (row.complaint_id, row.version))
    done = Counter((str(row.complaint_id), row.command) for row in rows)
    log = Counter(str(row.accepted_as) for row in await house.rows("dispatch.audit") if row.accepted_as)
    held = Held("I6 each transition once and legal", f"{sum(told.values())} acknowledged", f"{len(rows)} acts")
    for key in told | done:
        if done[key] != told[key] and not _unknown(house, key[0]):
            held.wrong.append(f"{key}: acknowledged {told[key]} times, done {done[key]}")
    for before, after in pairwise(rows):
        if before.complaint_id == after.complaint_id and before.state != after.state_before:
            held.wrong.append(f"{after.complaint_id}: {after.command} from {after.state_before} after {before.state}")
    held.wrong += [f"{row.command} {row.id}: {log[str(row.id)]} lines in the audit log"
                   for row in rows if log[str(row.id)] != 1]  # fmt: skip
    return held


async def only_the_poison_is_dead(house: House) -> Held:
    letters = house.letters()
    try:
        dead = Counter(letter.room for letter in await letters.list())
    finally:
        await letters.close()
    held = Held("I7 only what was poisoned is dead", f"{dict(house.poisoned)} poisoned", f"{dict(dead)} dead")
    held.wrong += [f"{room}: {dead[room]} dead, {house.poisoned[room]} poisoned"
                   for room in dead | house.poisoned if dead[room] != house.poisoned[room]]  # fmt: skip
    return held


async def nobody_sees_anothers(house: House) -> Held:
    """I8: lists, single reads and messages stay within the project."""
    held = Held("I8 nobody sees another project's", "", "")
    looked = 0
    for officer in sorted({matter.officer for matter in MATTERS}):
        own = {matter.project for matter in MATTERS if matter.officer == officer}
        answer = (await house.client.read(officer, "dispatch", "/api/v1/complaints?limit=200")).json()
        for row in answer["items"]:
            looked += 1
            held.wrong += [f"{officer} lists {row['number']}"] * (row["project"] not in own)
        foreign = next((case for case, matter in house.lives.matter_of.items() if matter.project not in own), None)
        if foreign is not None:
            for room, path in (("dispatch", f"/api/v1/complaints/{foreign}"),
                               ("sla", f"/api/v1/parts/sla/complaints/{foreign}"),
                               ("intake", f"/api/v1/parts/intake/complaints/{foreign}")):  # fmt: skip
                looked += 1
                status = (await house.client.read(officer, room, path)).status_code
                held.wrong += [f"{officer} reads {path}: {status}"] * (status != 404)
    messages = await house.rows("notify.message")
    for row in messages:
        for case in row.complaints:
            matter: Matter | None = house.lives.matter_of.get(case)
            if matter is not None and row.recipient != "customer" and row.recipient not in matter.everybody:
                held.wrong.append(f"{row.recipient} is told of {case} of {matter.project}")
    held.left, held.right = f"{looked} reads", f"{len(messages)} messages"
    return held


_PHONE = re.compile(r"(?<![0-9a-f-])139\d{8}(?![0-9a-f])")
"""Not within an id, whose hexadecimal digits may look like one."""


def nobody_died_or_told(house: House) -> Held:
    """I9: malformed input is no 5xx, only who was killed died, and the logs keep to themselves what they must."""
    ends = {name: len([end for end in each.ends if end]) for name, each in house.serving.items()}
    held = Held(
        "I9 nobody died, nothing was told", f"{sum(house.killed.values())} killed", f"{sum(ends.values())} died"
    )
    held.wrong += [f"{name}: killed {house.killed.get(name, 0)} times, ended {each.ends}"
                   for name, each in house.serving.items() if ends[name] != house.killed.get(name, 0)]  # fmt: skip
    held.wrong += [f"malformed input was answered {status}" for status in house.books.malformed if status >= 500]
    held.wrong += house.books.surprises
    secrets = [house.data_keys.read_text().split()[-1], "guest:guest"]
    for name, each in house.serving.items():
        text = each.log.read_text(errors="replace")
        held.wrong += [f"{name} logs the phone {found}" for found in set(_PHONE.findall(text))]
        held.wrong += [f"{name} logs a secret" for secret in secrets if secret in text]
    return held


def _parts(items: list[Any], size: int) -> Iterable[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
