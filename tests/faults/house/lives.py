"""Cases that live at random: registered, ordered, returned, visited, closed or left lying, by people of the demo."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from shared.kernel.clock import Clock
from tests.faults.house.client import Acknowledged, Client
from tests.kit.formulas import Who

OFFICE: Mapping[Who, str] = {"deputy": "sun.li", "manager": "gao.feng"}


@dataclass(frozen=True, slots=True)
class Matter:
    """Who answers for a category at a project, as the demo directory has it."""

    project: str
    category: str
    officer: str
    liable: str
    leader: str
    chairman: str

    @property
    def people(self) -> Mapping[Who, str]:
        return {**OFFICE, "officer": self.officer, "liable": self.liable, "leader": self.leader}

    @property
    def everybody(self) -> frozenset[str]:
        return frozenset({*self.people.values(), self.chairman})


MATTERS = (
    Matter("jinbi-bay", "property_service", "wang.min", "wu.gang", "ma.chao", "lin.fang"),
    Matter("jinbi-bay", "marketing_contract", "liu.yan", "li.qiang", "luo.ping", "chen.wei"),
    Matter("jinbi-bay", "delay_quality", "wang.min", "zhou.tao", "song.yang", "chen.wei"),
    Matter("lakeside", "property_service", "sun.yue", "shi.lei", "du.juan", "fan.rui"),
    Matter("lakeside", "marketing_contract", "sun.yue", "jiang.nan", "tian.hua", "zhao.lei"),
)

MALFORMED = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"with": NaN}',
    b'{"with": {"content": "\\u0000"}}',
    b'{"with": {"content": "\\ud800"}}',
    b'{"with": {"people_count": 1e400}}',
    b'{"with": {"loss_amount": 123456789012345678901234567890}}',
    b'{"with": {"contact_ended_at": "0001-01-01T00:00:00"}}',
    b'{"with": {"contact_ended_at": "9999-12-31T23:59:59+14:00", "required_by": "2026-03-02T10:00"}}',
    b'{"complaint": "\x00", "with": {}}',
)


@dataclass
class Lives:
    """`pace`: seconds between two acts of one case. What was begun is led to its end, or to where it is left lying."""

    client: Client
    clock: Clock
    random: Random
    pace: float = 0.1
    matter_of: dict[str, Matter] = field(default_factory=dict)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, at_once: int) -> None:
        """Until `end`: so many cases at once, one after the other."""
        self._ending.clear()
        await asyncio.gather(*(self._one_after_the_other() for _ in range(at_once)))

    def end(self) -> None:
        self._ending.set()

    async def _one_after_the_other(self) -> None:
        while not self._ending.is_set():
            await self.live()
            if self.random.random() < 0.2:
                await self.client.malformed(self.random.choice(MALFORMED))

    async def live(self, *, until: str | None = None) -> str | None:
        """One case; `until`: as far as this command and no further. Returns its id."""
        matter, random = self.random.choice(MATTERS), self.random
        case = await self.register(matter)
        if case is None or until == "complaint.register" or (until is None and random.random() < 0.1):
            return case
        for person, command, data in self._acts(matter, until):
            await asyncio.sleep(self.pace * random.uniform(0.5, 1.5))
            awaits = ("not_found",) if command == "order.submit" else ()
            if await self.client.act(person, command, case, awaits=awaits, **data) is None:
                return case
            if command == until:
                return case
        return case

    async def register(self, matter: Matter, **changes: Any) -> str | None:
        """Where the clocks moved on between, what he asked for is in the past: it is captured anew."""
        for last in (False, False, True):
            told = await self._registered(matter, () if last else ("field.invalid",), changes)
            if told is not None:
                self.matter_of[told.case] = matter
                return told.case
        return None

    async def _registered(
        self, matter: Matter, expects: tuple[str, ...], changes: Mapping[str, Any]
    ) -> Acknowledged | None:
        now = self.clock.now()
        number = self.random.randrange(10**8)
        said: dict[str, Any] = {
            "project": matter.project,
            "channel": "phone",
            "category": matter.category,
            "contact_ended_at": now.isoformat(),
            "required_by": (now + timedelta(hours=self.random.choice([6, 30, 54, 200]))).isoformat(),
            "customer": {"name": "张先生", "phone": f"139{number:08d}", "room": "3-2-1201"},
            "content": "卫生间渗水 <b>&</b> =1+1",
        }
        return await self.client.act(matter.officer, "complaint.register", expects=expects, **said, **changes)

    def _acts(self, matter: Matter, until: str | None) -> list[tuple[str, str, dict[str, Any]]]:
        random, people = self.random, matter.people
        approve = {"decision": "approve"}
        back = {"decision": "return", "reason": "请补充"}
        acts: list[tuple[str, str, dict[str, Any]]] = [(people["officer"], "order.submit", {})]
        if until is None and random.random() < 0.25:
            acts += [(people["deputy"], "order.review", back), (people["officer"], "order.submit", {})]
        acts += [(people["deputy"], "order.review", approve), (people["manager"], "order.issue", approve)]
        liable = people["liable"]
        agreed = random.random() < 0.5
        visit: dict[str, Any] = {"outcome": "agreed", "plan": "更换管件"} if agreed else {"outcome": "unreachable"}
        acts.append((liable, "visit.record", visit))
        if not agreed:
            acts.append((liable, "visit.material", {"note": "已留言"}))
        acts += [(liable, "progress.enter", {"text": "已拆除吊顶"})] * random.randrange(3)
        if not agreed:
            acts.append((liable, "plan.enter", {"plan": "更换管件"}))
        for _ in range(1 + (random.random() < 0.25)):
            acts.append((liable, "closure.apply", {"materials": ["竣工照片"], "signature": "签字"}))
            acts.append((people["officer"], "closure.verify", {**back, "satisfaction": 2}))
        acts[-1] = (people["officer"], "closure.verify", {**approve, "satisfaction": 5})
        acts += [(people["deputy"], "closure.review", approve), (people["manager"], "closure.approve", approve)]
        if until is None:
            # Half of them are left lying somewhere.
            return acts if random.random() < 0.5 else acts[: random.randrange(1, len(acts))]
        return acts
