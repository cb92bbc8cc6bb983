"""A world is made once a run and copied for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from services.__main__ import builders
from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.import_directory import import_directory
from services.dispatch.usecases.open_accounts import open_accounts
from services.dispatch.usecases.passwords import Hasher
from shared.kernel.clock import ManualClock
from shared.run.embedded import embedded
from shared.run.settings import Settings
from tests.web.world import MORNING, PASSWORD, World


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """Unconfigured, structlog draws a frame round every local variable of a traceback, which takes a second each."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


async def _make(data_dir: Path) -> None:
    async with embedded(Settings(data_dir=data_dir), builders(), clock=ManualClock(MORNING)) as (running, _):
        async with running.rooms["dispatch"].begin() as tx:
            await import_directory(tx, demo_directory())
            await open_accounts(tx, lambda: PASSWORD, Hasher())
        running.start()
        await running.settled()


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("world") / "var"
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _make(data_dir)).result()
    return data_dir


@pytest.fixture
async def world(made_world: Path, tmp_path: Path) -> AsyncIterator[World]:
    async with opened_world(made_world, tmp_path / "var") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def untouched_world(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One for all tests of a module that must change nothing."""
    async with opened_world(made_world, tmp_path_factory.mktemp("untouched") / "var") as opened:
        yield opened


@asynccontextmanager
async def opened_world(made_world: Path, data_dir: Path) -> AsyncIterator[World]:
    shutil.copytree(made_world, data_dir)
    clock = ManualClock(MORNING)
    async with embedded(Settings(data_dir=data_dir), builders(), clock=clock) as (running, app):
        running.start()
        yield World(app, running, clock)
