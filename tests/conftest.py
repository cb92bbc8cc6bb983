"""Fixtures for every test: a PostgreSQL and a RabbitMQ to talk to, whatever the machine has to offer."""

import asyncio
import contextlib
import os
import secrets
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import URL, make_url

from tests.kit.run_servers import RUN_DIR_ENV, end_orphans, end_run, new_run_directory, obtain
from tests.kit.servers import NoServer
from tests.kit.together import Dealing


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    config.pluginmanager.register(Dealing())
    run = new_run_directory()
    os.environ[RUN_DIR_ENV] = str(run)  # the xdist workers inherit it
    end_orphans()
    config.add_cleanup(lambda: end_run(run))
    if threading.current_thread() is threading.main_thread():
        # `timeout` and CI send TERM, which would end pytest without its clean-up; Ctrl-C's way has it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _obtain(kind: Any) -> str:
    try:
        return obtain(kind, Path(os.environ[RUN_DIR_ENV]))
    except NoServer as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """An AMQP URL. Other tests use the same broker: take names from `rabbit_prefix`."""
    return _obtain("rabbitmq")


@pytest.fixture
def rabbit_prefix() -> str:
    """A prefix for exchange and queue names that no other test has."""
    return f"t{secrets.token_hex(5)}"


@pytest.fixture(scope="session")
def postgres_server() -> URL:
    """The server, for what needs its administrator; tests want `postgres_url` or `fresh_database`."""
    return make_url(_obtain("postgres")).set(drivername="postgresql+asyncpg")


@pytest.fixture(scope="session")
def fresh_database(postgres_server: URL) -> Iterator[Callable[[], str]]:
    """Makes an empty database and returns its URL, from sync and async tests alike; all are dropped at the end."""
    made: list[str] = []

    def make() -> str:
        name = f"ccrm_test_{secrets.token_hex(6)}"
        _apart(_administer(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE template0'))
        made.append(name)
        return postgres_server.set(database=name).render_as_string(hide_password=False)

    yield make
    if made:
        with contextlib.suppress(OSError):  # a throw-away server may have gone first
            _apart(_administer(postgres_server, *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in made)))


@pytest.fixture(scope="session")
def postgres_url(fresh_database: Callable[[], str]) -> str:
    """An empty database of this worker's own, as an asyncpg URL for SQLAlchemy."""
    return fresh_database()


async def _administer(server: URL, *statements: str) -> None:
    link = await asyncpg.connect(server.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        for statement in statements:
            await link.execute(statement)
    finally:
        await link.close()


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """Run in a thread with a loop of its own: the caller may be inside a running loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()
