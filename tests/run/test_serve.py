"""The four rooms as four processes over PostgreSQL and RabbitMQ."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.__main__ import ROOMS
from shared.web.tokens import ensure_keys
from tests.kit.data_keys import keys_file
from tests.kit.environment import environment_of
from tests.kit.servers import free_port
from tests.run.process import Ccrm, Desk
from tests.web.world import COMPLAINT

NOW = {key: value for key, value in COMPLAINT.items() if key not in ("contact_ended_at", "required_by")}
DEMO = Path(__file__).parents[2] / "services" / "dispatch" / "demo-org.yaml"


def _cli(env: dict[str, str], *args: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "services", *args]
    return subprocess.run(argv, env=environment_of(env), capture_output=True, text=True, timeout=120)


@pytest.fixture
def installation(
    tmp_path: Path, fresh_database: Callable[[], str], rabbitmq_url: str, rabbit_prefix: str
) -> dict[str, str]:
    """The environment of a deployed installation, migrated."""
    private, public = ensure_keys(tmp_path / "keys")
    ports = {room: free_port() for room in ROOMS}
    env = {
        "CCRM_MODE": "deployed",
        "CCRM_DATABASE_URL": fresh_database(),
        "CCRM_RABBITMQ_URL": rabbitmq_url,
        "CCRM_RABBITMQ_PREFIX": rabbit_prefix,
        "CCRM_TOKEN_PRIVATE_KEY_FILE": str(private),
        "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
        "CCRM_DATA_KEYS_FILE": str(keys_file(tmp_path)),
        **{f"CCRM_{room.upper()}_URL": f"http://127.0.0.1:{port}" for room, port in ports.items()},
    }
    done = _cli(env, "migrate")
    assert done.returncode == 0, done.stderr
    return env


@pytest.fixture
def house(installation: dict[str, str], tmp_path: Path) -> Iterator[dict[str, Ccrm]]:
    with ExitStack() as stack:
        yield {
            room: stack.enter_context(
                Ccrm(
                    "serve",
                    room,
                    log=tmp_path / f"{room}.log",
                    env=installation,
                    port=int(installation[f"CCRM_{room.upper()}_URL"].rpartition(":")[2]),
                )
            )
            for room in ROOMS
        }


def test_a_case_runs_through_four_processes_one_of_them_killed_midway(
    house: dict[str, Ccrm], installation: dict[str, str]
) -> None:
    assert _cli(installation, "directory", "import", str(DEMO)).returncode == 0
    opened = _cli(installation, "directory", "accounts")
    assert opened.returncode == 0, opened.stderr
    people = dict(line.split("\t") for line in opened.stdout.splitlines())
    intake = house["intake"].url
    urls = {"complaint.register": intake, "complaint.sign": intake}
    desk = Desk(house["dispatch"].url, people, urls)
    _until(lambda: desk.ask("wang.min", "complaint.register", **NOW).status_code == 201)  # the directory has arrived

    house["sla"].kill()
    registered = desk.do("wang.min", "complaint.register", **NOW)
    case = registered["complaint"]
    desk.do("wang.min", "order.submit", case)
    desk.do("sun.li", "order.review", case, decision="approve")
    desk.do("gao.feng", "order.issue", case, decision="approve")
    without = desk.read("wang.min", f"complaints/{case}")
    assert without["unavailable"] == ["sla"]
    assert (without["case"]["state"], without["record"]["number"]) == ("handling", registered["number"])

    house["sla"].start()
    _until(lambda: len(desk.read("wang.min", f"complaints/{case}")["clocks"]) >= 4)
    _until(lambda: len(desk.read("wang.min", f"complaints/{case}")["messages"]) == 2)
    whole = desk.read("wang.min", f"complaints/{case}")
    assert whole["unavailable"] == whole["pending"] == []
    assert {clock["clock"]: clock["state"] for clock in whole["clocks"]}["order.issue"] == "met"
    assert (whole["audit"][0]["room"], whole["audit"][0]["command"]) == ("intake", "complaint.register")

    for room, process in house.items():
        began = time.monotonic()
        assert process.stop() == 0, room
        assert time.monotonic() - began < 10, room
        assert "Traceback" not in process.log, room


@pytest.mark.parametrize(
    "name",
    [
        "CCRM_DATABASE_URL",
        "CCRM_RABBITMQ_URL",
        "CCRM_TOKEN_PRIVATE_KEY_FILE",
        "CCRM_TOKEN_PUBLIC_KEY_FILE",
        "CCRM_DATA_KEYS_FILE",
    ],
)
def test_without_one_of_its_secrets_it_says_so_and_ends(installation: dict[str, str], name: str) -> None:
    env = {key: value for key, value in installation.items() if key != name}
    ended = _cli(env, "serve", "dispatch", "--port", "0")
    assert (ended.returncode, ended.stderr.strip()) == (
        2,
        f"{name} is not set: the deployed mode has no default for it",
    )


def test_a_room_over_an_unmigrated_database_is_alive_and_not_ready(
    fresh_database: Callable[[], str], installation: dict[str, str], tmp_path: Path
) -> None:
    env = installation | {"CCRM_DATABASE_URL": fresh_database()}
    with Ccrm("serve", "notify", log=tmp_path / "log", env=env, ready="/livez") as process:
        assert process.get("/readyz").status_code == 503
        assert process.get("/readyz").json()["checks"]["migrations"] == "failed"
        assert _cli(env, "migrate", "notify").returncode == 0
        _until(lambda: process.get("/readyz").status_code == 200)


def _until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.2)
