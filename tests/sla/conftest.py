from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.sla.app import build
from tests.kit.desk import Desk
from tests.kit.desk_fixtures import open_desk


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The sla room at 09:40, Monday 2026-03-02, in Shanghai."""
    async with open_desk("sla", build, request, tmp_path_factory) as desk:
        yield desk
