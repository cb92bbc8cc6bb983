"""An attack: people at work before, during and after a fault, and the account of what it did."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from tests.faults.house import invariants
from tests.faults.house.house import House

FULL = os.environ.get("CCRM_FAULTS") == "full"
WITHIN = 30.0
"""So many seconds after a fault the work is done as fast as before it."""
SHARE = 0.95 if FULL else 0.5
"""As fast: where another worker's tests load the machine meanwhile, a rate says no more."""

BEFORE = 3.0
WINDOW = 2.0


@dataclass
class Account:
    """Of one attack. `before` is in acts a second; `back_after` in seconds after the fault's end."""

    name: str
    seed: int
    injected: list[str] = field(default_factory=list)
    before: float = 0.0
    back_after: float | None = None
    settled_after: float = 0.0
    held: list[invariants.Held] = field(default_factory=list)

    def __str__(self) -> str:
        back = "not measured" if self.back_after is None else f"{self.back_after:.1f} s"
        lines = [
            f"{self.name} (seed {self.seed})",
            f"  {len(self.injected)} faults: {'; '.join(self.injected)}",
            f"  {self.before:.0f} acts a second before, {SHARE:.0%} again after {back}",
            f"  settled in {self.settled_after:.1f} s",
        ]
        for held in self.held:
            lines += [f"  {held}", *(f"      {wrong}" for wrong in held.wrong[:10])]
        return "\n".join(lines)


@asynccontextmanager
async def attacked(house: House, name: str, *, at_once: int = 4, keeps_pace: bool = True) -> AsyncIterator[Account]:
    """What is done inside is the fault; at its end all must be well again. Fails with the account where it is not.

    `keeps_pace=False`: the clocks were moved, so that what people did before is no measure.
    """
    account = Account(name, house.seed)
    house.injected = account.injected
    working = asyncio.create_task(house.lives.run(at_once))
    try:
        await asyncio.sleep(1.0)
        began = perf_counter()
        await asyncio.sleep(BEFORE)
        account.before = _rate(house, began, perf_counter())
        assert account.before > 0, f"{account}\nnobody could work: {house.books.tries}"
        yield account
        if keeps_pace:
            account.back_after = await _back(house, account.before)
        house.lives.end()
        await working
    finally:
        working.cancel()
    account.settled_after = await house.settled()
    account.held = await invariants.all_of(house)
    _write(account)
    assert account.injected, f"{account}\nno fault was injected"
    assert account.back_after is not None or not keeps_pace, account
    assert not any(held.wrong for held in account.held), account


def _rate(house: House, begin: float, end: float) -> float:
    done = [at for at in house.books.done_at if begin <= at < end]
    return len(done) / (end - begin)


async def _back(house: House, before: float) -> float | None:
    """After how many seconds there was a window in which as much was done as before, nearly."""
    healed = perf_counter()
    while perf_counter() - healed < WITHIN + WINDOW:
        await asyncio.sleep(0.25)
        now = perf_counter()
        if now - healed >= WINDOW and _rate(house, now - WINDOW, now) >= SHARE * before:
            return now - WINDOW - healed
    return None


def _write(account: Account) -> None:
    """For people to read; never part of the tree."""
    place = Path("build/faults")
    place.mkdir(parents=True, exist_ok=True)
    with (place / "four-services.txt").open("a", encoding="utf-8") as file:
        file.write(f"{account}\n\n")
