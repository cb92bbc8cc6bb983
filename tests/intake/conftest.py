from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.intake.app import build
from tests.kit.desk import Desk
from tests.kit.desk_fixtures import open_desk

DATABASES = ["sqlite", "postgres"]


@pytest_asyncio.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The intake room at 09:40, Monday 2026-03-02, in Shanghai."""
    async with open_desk("intake", build, request, tmp_path_factory) as desk:
        yield desk


@pytest_asyncio.fixture(params=DATABASES, scope="module", loop_scope="module")
async def refusing_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for all tests of a module that change nothing."""
    async with open_desk("intake", build, request, tmp_path_factory, apart=True) as desk:
        yield desk
