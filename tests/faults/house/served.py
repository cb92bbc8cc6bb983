"""`python -m tests.faults.house.served ROOM --port N`: what `ccrm serve` runs, at a clock that can be moved, with named
points at which the process dies by kill -9.

HOUSE_CLOCK names the clock's file, HOUSE_POINT a file that may say `POINT HITS`: at that hit the process is killed.
HOUSE_NICE: how far it stands back for the others on one machine.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from services.__main__ import builders
from shared.bus.port import Message
from shared.bus.rabbit import RabbitPublisher
from shared.db.database import Database
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.obs.logs import configure
from shared.policy.library import PolicyLibrary
from shared.room.consume import deliver
from shared.room.room import Room
from shared.run import deployed as composing
from shared.run.embedded import Build
from shared.run.server import bound, serve
from shared.run.settings import load
from tests.faults.house.clock import MovedClock


class Points:
    """`hit` is called by whatever passes a point."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def hit(self, name: str) -> None:
        try:
            armed, _, left = self._file.read_text().partition(" ")
        except FileNotFoundError:
            return
        if armed != name:
            return
        if int(left) > 1:
            self._file.write_text(f"{name} {int(left) - 1}")
            return
        self._file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _armed(build: Build, points: Points) -> Build:
    def built(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
        room = build(db, clock, ids, policies)
        room.failpoint = points.hit
        return room

    return built


def _arm_the_bus(room: str, points: Points) -> None:
    """Points that stand between the bus and the rooms, which know of none."""

    class Publishing(RabbitPublisher):
        async def publish(self, messages: Sequence[Message]) -> set[UUID]:
            confirmed = await super().publish(messages)
            if messages:
                points.hit(f"{room}.after_publish")
            return confirmed

    async def received(room: Room, message: Message) -> None:
        points.hit(f"{room.name}.after_receive")
        await deliver(room, message)

    vars(composing).update(RabbitPublisher=Publishing, deliver=received)


async def _serve(room: str, port: int) -> None:
    clock, points = MovedClock(Path(os.environ["HOUSE_CLOCK"])), Points(Path(os.environ["HOUSE_POINT"]))
    settings = load(mode="deployed", port=port)
    configure(settings.log_level, room=room)
    _arm_the_bus(room, points)
    listener = bound(settings.host, settings.port)
    made = {name: _armed(build, points) for name, build in builders().items()}
    async with composing.deployed(settings, room, made, clock=clock) as (_, web):
        await serve(web, listener, trusted_proxies=settings.trusted_proxies)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    os.nice(int(os.environ.get("HOUSE_NICE", "0")))
    asyncio.run(_serve(given.room, given.port))
