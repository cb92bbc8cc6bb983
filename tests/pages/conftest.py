"""One site and one browser for all tests of a module; what a test needs it registers itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.kit.browser import Site, served
from tests.web.conftest import _plain_logs, made_world, opened_world

__all__ = ["_plain_logs", "made_world"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    data_dir = tmp_path_factory.mktemp("site") / "var"
    async with opened_world(made_world, data_dir) as world, served(world) as made_site:
        yield made_site
