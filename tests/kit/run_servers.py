"""The servers of one test run: the environment's, a container's, or local throw-away ones, shared by all workers."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from tests.kit.servers import ENV, NoServer, PostgresServer, RabbitServer, alive, end_group

Kind = Literal["postgres", "rabbitmq"]

RUN_DIR_ENV = "CCRM_TEST_RUN_DIR"
_RUN_PREFIX = "ccrm-test-"


def new_run_directory() -> Path:
    """Names the directory of one test run after the process that owns it; made only when a server is wanted."""
    return Path(tempfile.gettempdir()) / f"{_RUN_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"


@contextlib.contextmanager
def _locked(run: Path) -> Iterator[None]:
    run.mkdir(mode=0o755, exist_ok=True)
    with (run / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def obtain(kind: Kind, run: Path) -> str:
    """The URL of the run's server of this kind: the environment's, a container, or local binaries, in that order."""
    given = os.environ.get(ENV[kind])
    if given:
        return given
    with _locked(run):
        state = _read(run)
        if kind in state:
            if "error" in state[kind]:
                raise NoServer(state[kind]["error"])
            return str(state[kind]["url"])
        try:
            state[kind] = _container(kind) or _local(kind, run)
        except NoServer as error:
            state[kind] = {"error": str(error)}  # the other workers need not try again
            raise
        finally:
            _write(run, state)
        return str(state[kind]["url"])


def end_run(run: Path) -> None:
    """End what the run started. Called by the process that owns the run, whichever worker started it."""
    if not run.exists():
        return
    for entry in _read(run).values():
        for pid in entry.get("pids", []):
            end_group(pid, signal.SIGQUIT if entry.get("kind") == "postgres" else None)
        if entry.get("container"):
            _remove_container(entry["container"])
    shutil.rmtree(run, ignore_errors=True)


def end_orphans() -> None:
    """End what a run left behind that was itself killed with -9: its directory names its process, which is gone."""
    for run in Path(tempfile.gettempdir()).glob(f"{_RUN_PREFIX}*"):
        owner = run.name.removeprefix(_RUN_PREFIX).split("-")[0]
        try:
            mine = run.stat().st_uid == os.geteuid()
        except OSError:
            continue
        if not mine or not owner.isdigit() or alive(int(owner)):
            continue
        state = _read(run)
        for entry in state.values():
            # Process ids are reused: only what still runs from that directory is ours.
            entry["pids"] = [pid for pid in entry.get("pids", []) if _runs_in(pid, run)]
        _write(run, state)
        end_run(run)


def _runs_in(pid: int, run: Path) -> bool:
    with contextlib.suppress(OSError):
        return Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(run)
    return False


def _read(run: Path) -> dict[str, dict[str, Any]]:
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((run / "state.json").read_text()))
    return {}


def _write(run: Path, state: dict[str, dict[str, Any]]) -> None:
    (run / "state.json").write_text(json.dumps(state))


def _local(kind: Kind, run: Path) -> dict[str, Any]:
    server: PostgresServer | RabbitServer
    server = PostgresServer(run / kind) if kind == "postgres" else RabbitServer(run / kind)
    try:
        server.start()
    except BaseException:
        for pid in server.pids:
            end_group(pid)
        raise
    return {"url": server.url, "pids": list(reversed(server.pids)), "kind": kind}


def _container(kind: Kind) -> dict[str, Any] | None:
    """A container, where a Docker engine answers within two seconds and has or gets the image."""
    try:
        import docker

        docker.from_env(timeout=2).ping()
    except Exception:
        return None
    # The reaper would end the container with the worker that started it; the run's owner removes it instead.
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    container: Any
    try:
        if kind == "postgres":
            from testcontainers.community.postgres import PostgresContainer

            container = PostgresContainer("postgres:17-alpine", driver="asyncpg").start()
            return {"url": container.get_connection_url(), "container": container.get_container_id()}
        from testcontainers.community.rabbitmq import RabbitMqContainer

        container = RabbitMqContainer("rabbitmq:4-alpine").start()
        host, port = container.get_container_host_ip(), container.get_exposed_port(5672)
        return {"url": f"amqp://guest:guest@{host}:{port}/", "container": container.get_container_id()}
    except Exception as error:
        warnings.warn(f"a Docker engine answers but gave no {kind}: {error}; trying local binaries", stacklevel=2)
        return None


def _remove_container(identity: str) -> None:
    with contextlib.suppress(Exception):
        import docker

        docker.from_env(timeout=20).containers.get(identity).remove(force=True, v=True)
