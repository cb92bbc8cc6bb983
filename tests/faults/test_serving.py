"""A served room under faults: its readiness tells the truth, and it ends within ten seconds whatever hangs."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from shared.web.tokens import ensure_keys
from tests.faults.conftest import SEED
from tests.kit.chaos_proxy import ChaosProxy, proxy_to
from tests.kit.data_keys import keys_file
from tests.kit.environment import environment_of
from tests.kit.waiting import until
from tests.run.process import Ccrm


@dataclass
class Served:
    process: Ccrm
    broker: ChaosProxy
    database: ChaosProxy

    async def readiness(self) -> tuple[int, str, set[str]]:
        """The status, the word for it, and the checks that failed."""
        async with httpx.AsyncClient(timeout=10) as client:
            response = await client.get(f"{self.process.url}/readyz")
        told: dict[str, Any] = response.json()
        return response.status_code, told["status"], {n for n, how in told["checks"].items() if how != "ok"}

    async def becomes(self, status: int, word: str, failed: set[str]) -> None:
        async def is_so() -> bool:
            return await self.readiness() == (status, word, failed)

        try:
            await until(is_so, 20)
        except TimeoutError:
            raise AssertionError(await self.readiness()) from None


@pytest.fixture
async def served(
    tmp_path: Path, fresh_database: Callable[[], str], rabbitmq_url: str, rabbit_prefix: str
) -> AsyncIterator[Served]:
    database_url = fresh_database()
    private, public = ensure_keys(tmp_path / "keys")
    async with proxy_to(rabbitmq_url, SEED, 5672) as broker, proxy_to(database_url, SEED, 5432) as database:
        env = {
            "CCRM_MODE": "deployed",
            "CCRM_DATABASE_URL": database.through(database_url),
            "CCRM_RABBITMQ_URL": broker.through(rabbitmq_url),
            "CCRM_RABBITMQ_PREFIX": rabbit_prefix,
            "CCRM_TOKEN_PRIVATE_KEY_FILE": str(private),
            "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
            "CCRM_DATA_KEYS_FILE": str(keys_file(tmp_path)),
        }
        clean = environment_of(env)
        argv = [sys.executable, "-m", "services", "migrate", "notify"]
        done = await asyncio.to_thread(subprocess.run, argv, env=clean, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        process = Ccrm("serve", "notify", log=tmp_path / "notify.log", env=env)
        try:
            await asyncio.to_thread(process.start)
            yield Served(process, broker, database)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


async def test_without_the_broker_it_is_degraded_and_without_the_database_it_is_not_ready(served: Served) -> None:
    await served.becomes(200, "ready", set())
    await served.broker.cut()
    await served.becomes(200, "degraded", {"publisher", "consumer"})
    await served.broker.heal()
    await served.becomes(200, "ready", set())
    await served.database.cut()
    await served.becomes(503, "not_ready", {"database", "migrations"})
    async with httpx.AsyncClient(timeout=10) as client:
        assert (await client.get(f"{served.process.url}/livez")).status_code == 200
        text = (await client.get(f"{served.process.url}/metrics")).text
    assert 'ccrm_outbox_unsent{room="notify"} NaN' in text
    assert 'ccrm_queue_messages{room="notify",state="dead"} 0.0' in text
    await served.database.heal()
    await served.becomes(200, "ready", set())


@pytest.mark.parametrize("hanging", ["nothing", "broker", "database", "both"])
async def test_it_ends_within_ten_seconds_of_the_signal(served: Served, hanging: str) -> None:
    if hanging in ("broker", "both"):
        served.broker.blackhole()
    if hanging in ("database", "both"):
        served.database.blackhole()
    await asyncio.sleep(1.5)  # the loops are in the midst of it
    asking = [asyncio.create_task(served.readiness()) for _ in range(3)]
    await asyncio.sleep(0.1)
    began = monotonic()
    status = await asyncio.to_thread(served.process.stop)
    assert monotonic() - began < 10
    assert status == 0, served.process.log[-2000:]
    if hanging == "nothing":  # where connections hang, the client libraries complain at the very end
        assert "Traceback" not in served.process.log
    await asyncio.gather(*asking, return_exceptions=True)
