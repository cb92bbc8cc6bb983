"""`ccrm up` as a process: started, used over HTTP, killed, started again."""

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.run.process import Ccrm, Desk, logins
from tests.web.world import COMPLAINT

NOW = {key: value for key, value in COMPLAINT.items() if key not in ("contact_ended_at", "required_by")}


@pytest.fixture
def ccrm(tmp_path: Path) -> Ccrm:
    return Ccrm("up", "--data-dir", str(tmp_path / "var"), log=tmp_path / "log")


def test_a_case_survives_kill_9_between_its_steps(ccrm: Ccrm, tmp_path: Path) -> None:
    with ccrm:
        desk = Desk(ccrm.url, logins(tmp_path / "var" / "demo-logins.txt"))
        case = str(desk.do("wang.min", "complaint.register", **NOW)["complaint"])
        ccrm.kill()
        ccrm.start()
        desk.do("wang.min", "order.submit", case)
        desk.do("sun.li", "order.review", case, decision="approve")
        desk.do("gao.feng", "order.issue", case, decision="approve")
        ccrm.kill()
        ccrm.start()
        whole = desk.read("wu.gang", f"complaints/{case}")
        own = desk.read("wu.gang", "messages")["items"]
    assert whole["case"]["state"] == "handling"
    assert whole["unavailable"] == whole["pending"] == []
    assert {clock["clock"]: clock["state"] for clock in whole["clocks"]}["order.submit"] == "met"
    assert [message["template"] for message in own] == ["order.issued"]
    assert [entry["command"] for entry in whole["audit"]] == [
        "complaint.register",
        "order.submit",
        "order.review",
        "order.issue",
    ]


def test_what_was_acknowledged_before_a_kill_is_there_once_after_it(ccrm: Ccrm, tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(60)]
    acknowledged: dict[str, str] = {}
    killed = threading.Event()

    with ccrm:
        desk = Desk(ccrm.url, logins(tmp_path / "var" / "demo-logins.txt"))
        desk.headers("wang.min")

        def register(key: str) -> None:
            if killed.is_set():
                return
            try:
                response = desk.ask("wang.min", "complaint.register", key=key, **NOW)
            except httpx.HTTPError:
                return
            if response.status_code == 201:
                acknowledged[key] = response.json()["complaint"]

        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(register, key) for key in keys]
            while len(acknowledged) < 10:
                time.sleep(0.005)
            killed.set()
            ccrm.kill()
            for each in running:
                each.result()
        assert len(acknowledged) < len(keys), "the kill came too late to prove anything"
        ccrm.start()
        answers = {key: desk.do("wang.min", "complaint.register", key=key, **NOW)["complaint"] for key in keys}
        listed = desk.read("sun.li", "complaints", limit=200)["items"]
        sent = desk.read("sun.li", "messages", template="customer.registered", limit=200)["items"]
    assert {key: answers[key] for key in acknowledged} == acknowledged
    assert sorted(each["complaint_id"] for each in listed) == sorted(answers.values())
    assert len(set(answers.values())) == len(keys)
    assert sorted(one for message in sent for one in message["complaints"]) == sorted(answers.values())


def test_it_stops_within_ten_seconds_and_with_status_0(ccrm: Ccrm, tmp_path: Path) -> None:
    with ccrm:
        began = time.monotonic()
        # A client that holds its connection open and says nothing must not hold up the rest.
        with socket.create_connection(("127.0.0.1", ccrm.port)) as idle:
            idle.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n")
            time.sleep(0.2)
            assert ccrm.stop() == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in ccrm.log


def test_the_demo_logins_are_told_at_every_start_and_made_once(ccrm: Ccrm, tmp_path: Path) -> None:
    file = tmp_path / "var" / "demo-logins.txt"
    with ccrm:
        first = file.read_text(encoding="utf-8")
        assert first in ccrm.log
        ccrm.stop()
        ccrm.start()
    assert ccrm.log.count(first) == 2
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "var" / "keys" / "token-private.pem").stat().st_mode & 0o077 == 0


def test_a_second_process_over_the_same_data_is_refused(ccrm: Ccrm, tmp_path: Path) -> None:
    with ccrm:
        argv = [sys.executable, "-m", "services", "up", "--port", "0", "--data-dir", str(tmp_path / "var")]
        second = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert second.returncode == 2
    assert second.stderr.strip() == f"another ccrm is running with the data in {tmp_path / 'var'}"


def test_no_log_line_holds_a_phone_number_or_a_password(ccrm: Ccrm, tmp_path: Path) -> None:
    with ccrm:
        people = logins(tmp_path / "var" / "demo-logins.txt")
        desk = Desk(ccrm.url, people)
        desk.do("wang.min", "complaint.register", **NOW)
        desk.ask("wang.min", "complaint.register", **(NOW | {"customer": {"phone": "13800000001"}}))
        desk.read("wang.min", "complaints", q="13800000001")
        ccrm.stop()
    lines = [line for line in ccrm.log.splitlines() if line.startswith("{")]
    assert lines
    for line in lines:
        assert "13800000001" not in line
        assert people["wang.min"] not in line
