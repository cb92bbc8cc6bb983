from collections.abc import AsyncIterator

import pytest_asyncio

from tests.notify.gateways.fakes import FakeAliyun, FakeTencent, listening


@pytest_asyncio.fixture
async def aliyun() -> AsyncIterator[FakeAliyun]:
    fake = FakeAliyun()
    async with listening(fake):
        yield fake


@pytest_asyncio.fixture
async def tencent() -> AsyncIterator[FakeTencent]:
    fake = FakeTencent()
    async with listening(fake):
        yield fake
