"""The real rooms in virtual time: nothing sleeps, the clock jumps to the next step or due time."""

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from shared.bus.memory import Member, MemoryBus
from shared.bus.port import Message
from shared.db.database import Database
from shared.kernel.clock import Clock, ManualClock
from shared.kernel.errors import Code, Refused
from shared.kernel.ids import Ids
from shared.org.model import Directory
from shared.policy.library import PolicyLibrary
from shared.policy.model import Policy
from shared.replay.faults import Chaos, Crash, Faults
from shared.replay.scenario import Scenario, Step
from shared.room.commands import execute
from shared.room.consume import bury, deliver
from shared.room.outbox import RoomOutbox
from shared.room.room import Actor, Command, Room, Tx

Build = Callable[[Database, Clock, Ids, PolicyLibrary], Room]
NOBODY = UUID(int=0)
ATTEMPTS = 60


@dataclass(frozen=True, slots=True)
class Host:
    """What the program gives the simulator: how to build each room, and how the directory gets in."""

    builders: Mapping[str, Build]
    import_directory: Callable[[Tx, Directory], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class RefusedStep:
    step: int
    code: str
    detail: str


class Simulator:
    """Runs one scenario over throw-away databases in `folder`."""

    def __init__(
        self, host: Host, scenario: Scenario, policy: Policy, directory: Directory, faults: Faults, folder: Path
    ) -> None:
        self.host = host
        self.scenario = scenario
        self.directory = directory
        self.policies = PolicyLibrary([policy])
        self.chaos = Chaos(faults)
        self.clock = ManualClock(scenario.start)
        self.ids = Ids(self.clock, Random(faults.seed))  # noqa: S311 - the same file gives the same bytes
        self.folder = folder
        self.rooms: dict[str, list[Room]] = {}
        self.bus = MemoryBus([], self.clock)
        self.refs: dict[str, UUID] = {}
        self.refused: list[RefusedStep] = []
        self.waiting: list[Step] = []
        self.touched: dict[str | None, str] = {}
        self.awake: set[str] = set(host.builders)
        self.due: dict[str, datetime | None] = {}

    async def run(self) -> None:
        """Runs every step and everything that falls due until the end."""
        try:
            await self._open()
            steps = list(self.scenario.steps)
            edges = sorted({at for outage in self.scenario.outages for at in (outage.begins, outage.ends)})
            await self._settle()
            while True:
                instants = [step.at for step in steps[:1]] + [edge for edge in edges if edge > self.clock.now()][:1]
                instants += self._wakes()
                moment = min(instants, default=None)
                if moment is None or moment > self.scenario.until:
                    break
                self.clock.move_to(max(moment, self.clock.now()))
                if moment in edges:
                    self.awake |= self.rooms.keys()
                await self._pump()
                held, self.waiting = self.waiting, []
                for step in held:
                    await self._step(step)
                while steps and steps[0].at <= self.clock.now():
                    await self._step(steps.pop(0))
                await self._settle()
            self.clock.move_to(self.scenario.until)
            await self._settle()
            for step in self.waiting:
                self.refused.append(RefusedStep(step.number, Code.not_found, "停机期间未能办理"))
        finally:
            self.chaos.armed = False

    async def close(self) -> None:
        for replicas in self.rooms.values():
            for room in replicas:
                await room.db.close()

    async def outcome(self) -> dict[str, list[dict[str, Any]]]:
        parts: dict[str, list[dict[str, Any]]] = {}
        for replicas in self.rooms.values():
            if replicas[0].outcome is not None:
                parts.update(await replicas[0].outcome(replicas[0]))
        return parts

    async def _open(self) -> None:
        for name in self.host.builders:
            self.rooms[name] = [self._build(name) for _ in range(self.chaos.faults.replicas)]
            await self.rooms[name][0].db.create(self.rooms[name][0].metadata)
        self._connect()
        async with self.rooms["dispatch"][0].begin() as tx:
            await self.host.import_directory(tx, self.directory)
        await self._pump()
        self.chaos.armed = True

    def _build(self, name: str) -> Room:
        db = Database(f"sqlite:///{self.folder / name}.db", name, durable=False)
        room = self.host.builders[name](db, self.clock, self.ids, self.policies)
        room.failpoint = self.chaos.failpoint
        return room

    def _connect(self) -> None:
        """A new bus: what the old one remembered of hand-overs under way is gone, the outboxes still have the rows."""
        disturbed = self.chaos.faults.shuffle or self.chaos.faults.duplicate
        self.bus = MemoryBus(
            [self._member(name, replicas[0]) for name, replicas in self.rooms.items()],
            self.clock,
            arrange=self.chaos.arrange if disturbed else None,
        )

    def _member(self, name: str, room: Room) -> Member:
        async def hand_over(message: Message) -> None:
            self.awake.add(name)
            await deliver(self._replica(name), message)

        async def give_up(message: Message, reason: str) -> None:
            await bury(self._replica(name), message, reason)

        return Member(
            name, room.consumers.keys(), RoomOutbox(room.db, room.tables, self.clock), hand_over, give_up,
            up=lambda: not self._is_down(name), stirred=lambda: self._stirred(name),
        )  # fmt: skip

    def _stirred(self, name: str) -> bool:
        """Whether a copy of the room has written events since the bus last looked."""
        woken = [room for room in self.rooms[name] if room.wake.is_set()]
        for room in woken:
            room.wake.clear()
        return bool(woken)

    def _replica(self, name: str) -> Room:
        return self.rooms[name][self.chaos.replica()]

    def _is_down(self, name: str) -> bool:
        now = self.clock.now()
        return any(name in outage.down and outage.begins <= now < outage.ends for outage in self.scenario.outages)

    async def _surviving(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Does the act, restarting what crashes, until it is done: what a client or an operator would do."""
        for _ in range(ATTEMPTS):
            try:
                return await act()
            except Crash as crash:
                await self._restart(crash.room)
        self.chaos.armed = False
        try:
            return await act()
        finally:
            self.chaos.armed = True

    async def _restart(self, name: str) -> None:
        for room in self.rooms[name]:
            await room.db.close()
        self.rooms[name] = [self._build(name) for _ in range(self.chaos.faults.replicas)]
        self.awake.add(name)
        for room in self.rooms[name]:
            room.wake.set()  # what it had committed before it crashed still waits in the outbox
        self._connect()

    async def _pump(self) -> None:
        self.touched.clear()

        async def pump() -> bool:
            self.bus.up = not self._is_down("broker")
            return await self.bus.pump()

        await self._surviving(pump)

    async def _settle(self) -> None:
        """Hands over all events and does all that is due, until nothing is left at this instant."""
        await self._pump()
        for _ in range(ATTEMPTS):
            names = [name for name in self.rooms if not self._is_down(name) and self._is_due(name)]
            if not names:
                return
            for name in names:
                await self._tick(name)
            await self._pump()

    def _is_due(self, name: str) -> bool:
        """A room has something to do when it was told something, or when its time has come."""
        due = self.due.get(name)
        return name in self.awake or (due is not None and due <= self.clock.now())

    async def _tick(self, name: str) -> None:
        """Lets every replica of a room do what is due, and asks when the next thing will be."""
        self.awake.discard(name)
        for index in range(len(self.rooms[name])):

            async def one(index: int = index) -> None:
                replica = self.rooms[name][index]
                if replica.tick is not None:
                    await replica.tick(replica)

            await self._surviving(one)
        wakes = [await room.next_wake(room) for room in self.rooms[name] if room.next_wake is not None]
        wake = min((at for at in wakes if at is not None), default=None)
        # What is due and was left undone is another replica's, or waits for an event: it is not asked again now.
        self.due[name] = wake if wake is not None and wake > self.clock.now() else None

    def _wakes(self) -> list[datetime]:
        now = self.clock.now()
        instants = [due for name, due in self.due.items() if due is not None and not self._is_down(name)]
        retry = self.bus.next_retry() if self.bus.up else None
        return [at for at in (*instants, retry) if at is not None and at > now]

    async def _step(self, step: Step) -> None:
        """One step as its actor would do it: while the room is down he waits and tries again when it is back."""
        name = self._room_of(step.command)
        behind = any(step.complaint is not None and held.complaint == step.complaint for held in self.waiting)
        if self._is_down(name) or behind:
            self.waiting.append(step)
            return
        command = Command(step.command, self._actor(step), self._complaint(step), self._data(step))
        key = str(uuid5(NOBODY, f"step {step.number}"))
        if self.touched.get(step.complaint, name) != name:
            # At this very instant another room was told of the case; people act on what they have seen.
            await self._pump()
        try:
            answer = await self._surviving(lambda: execute(self._replica(name), command, idempotency_key=key))
        except Refused as refused:
            if refused.code is Code.not_found and step.complaint in self.refs and self._out_of_reach():
                # The case has not come through to this room yet; he tries again when the outage is over.
                self.waiting.append(step)
                return
            self.refused.append(RefusedStep(step.number, refused.code.value, refused.detail))
            return
        if step.ref is not None and "complaint" in answer:
            self.refs[step.ref] = UUID(str(answer["complaint"]))
        self.awake.add(name)
        self.touched[step.ref if step.complaint is None else step.complaint] = name

    def _out_of_reach(self) -> bool:
        return any(self._is_down(name) for name in (*self.rooms, "broker"))

    def _room_of(self, command: str) -> str:
        return next((n for n, replicas in self.rooms.items() if command in replicas[0].commands), "dispatch")

    def _actor(self, step: Step) -> Actor:
        if step.actor == "customer":
            return Actor("customer", complaint_id=self._complaint(step))
        return Actor("system") if step.actor == "system" else Actor("person", step.actor)

    def _complaint(self, step: Step) -> UUID | None:
        return None if step.complaint is None else self.refs.get(step.complaint, NOBODY)

    def _data(self, step: Step) -> dict[str, Any]:
        """`to` of a link names another case by its ref."""
        data = dict(step.data)
        if step.command == "complaint.link" and data.get("to") in self.refs:
            data["to"] = str(self.refs[data["to"]])
        return data


async def simulate(
    host: Host, scenario: Scenario, policy: Policy, directory: Directory, faults: Faults
) -> tuple[Simulator, dict[str, list[dict[str, Any]]]]:
    """Runs a scenario over databases that are thrown away; the simulator tells refs, refusals and injected faults."""
    with tempfile.TemporaryDirectory(prefix="ccrm-replay-") as folder:
        simulator = Simulator(host, scenario, policy, directory, faults, Path(folder))
        try:
            await simulator.run()
            return simulator, await simulator.outcome()
        finally:
            await simulator.close()
