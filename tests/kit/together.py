"""How tests are dealt to workers: each by itself, but those of a module that shares an event loop share what stands in
it, a site or a house, and go to one worker in their order.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED = 'pytest.mark.asyncio(loop_scope="module")'


@cache
def shares_a_loop(file: Path) -> bool:
    return SHARED in file.read_text(encoding="utf-8")


class Together(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if shares_a_loop(self.config.rootpath / file) else nodeid


class Dealing:
    """The plugin; without workers there is nothing to deal."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Together:
        return Together(config, log)
