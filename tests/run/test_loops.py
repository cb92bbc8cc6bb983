import asyncio
from typing import Any

import pytest

from shared.kernel.errors import Transient
from shared.run import loops


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_FIRST_PAUSE", 0.001)


async def test_a_loop_survives_whatever_its_step_raises() -> None:
    seen: list[str] = []
    done = asyncio.Event()
    failures: list[Exception] = [ValueError("a"), Transient("b"), TimeoutError("c"), asyncio.QueueEmpty()]

    async def step() -> float:
        seen.append("round")
        if failures:
            raise failures.pop(0)
        done.set()
        return 60.0

    running = loops.Loops()
    running.start("test", step)
    await asyncio.wait_for(done.wait(), 2)
    assert running.alive()
    await running.stop()
    assert len(seen) == 5


async def test_a_loop_is_woken_before_its_time_and_stops_at_once() -> None:
    wake, rounds = asyncio.Event(), asyncio.Semaphore(0)

    async def step() -> float:
        rounds.release()
        return 60.0

    running = loops.Loops()
    running.start("test", step, wake)
    for _ in range(3):
        await asyncio.wait_for(rounds.acquire(), 2)
        wake.set()
    await asyncio.wait_for(running.stop(), 1)


async def test_pauses_grow_while_it_goes_on_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float, *_: Any) -> None:
        pauses.append(seconds)
        await real(0)

    monkeypatch.setattr(loops.asyncio, "sleep", sleep)

    async def step() -> float:
        if len(pauses) < 20:
            raise ValueError
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await loops.forever("test", step)
    assert pauses == sorted(pauses)
    assert pauses[:3] == [0.001, 0.002, 0.004]
    assert max(pauses) <= 30
