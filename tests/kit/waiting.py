"""Waiting for what tells nobody when it holds."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any


async def until(condition: Callable[[], Any | Awaitable[Any]], seconds: float = 25.0) -> None:
    """Asks again and again; a connection that is not there yet counts as no. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError):
                held = condition()
                if await held if isinstance(held, Awaitable) else held:
                    return
            await asyncio.sleep(0.1)
