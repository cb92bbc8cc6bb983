from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.notify.app import build
from tests.kit.desk import Desk
from tests.kit.desk_fixtures import open_desk

DATABASES = ["sqlite", "postgres"]


@pytest_asyncio.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The notify room at 09:40, Monday 2026-03-02, in Shanghai."""
    async with open_desk("notify", build, request, tmp_path_factory) as desk:
        yield desk
