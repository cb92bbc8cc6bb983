"""A `ccrm` process as a user starts it, ended by its id."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.kit.environment import environment_of
from tests.kit.servers import free_port

START_SECONDS = 120.0


class Ccrm:
    """`ccrm ARGS --port …`, started when the path `ready` answers 200."""

    def __init__(
        self,
        *args: str,
        log: Path,
        env: dict[str, str] | None = None,
        port: int | None = None,
        ready: str = "/readyz",
    ) -> None:
        self._ready = ready
        self.port = port or free_port()
        self._log = log
        self._argv = [sys.executable, "-m", "services", *args, "--port", str(self.port)]
        self._env = environment_of(env or {})
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> "Ccrm":
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(self._argv, stdout=log, stderr=log, env=self._env)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._child.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{self._argv} did not become ready: {self.log[-3000:]}")
            time.sleep(0.05)
        return self

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=10)

    def _answers(self) -> bool:
        try:
            return self.get(self._ready).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As an operator stops it. Returns the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._child is not None
        self._child.send_signal(number)
        return self._child.wait(15)

    def __enter__(self) -> "Ccrm":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()


class Desk:
    """People at work over HTTP; `url_of` says where a path is served."""

    def __init__(self, url: str, logins: dict[str, str], urls: dict[str, str] | None = None) -> None:
        self._urls = urls or {}
        self._url = url
        self._logins = logins
        self._tokens: dict[str, str] = {}
        self._client = httpx.Client(timeout=30)

    def headers(self, person: str) -> dict[str, str]:
        if person not in self._tokens:
            body = {"name": person, "password": self._logins[person]}
            response = self._client.post(f"{self._url}/api/v1/login", json=body)
            assert response.status_code == 200, response.text
            self._tokens[person] = response.json()["token"]
        return {"Authorization": f"Bearer {self._tokens[person]}"}

    def ask(
        self, person: str, name: str, complaint: str | None = None, *, key: str | None = None, **data: Any
    ) -> httpx.Response:
        body = {"with": data} | ({"complaint": complaint} if complaint else {})
        headers = self.headers(person) | ({"Idempotency-Key": key} if key else {})
        url = self._urls.get(name, self._url)
        return self._client.post(f"{url}/api/v1/commands/{name}", json=body, headers=headers)

    def do(self, person: str, name: str, complaint: str | None = None, **data: Any) -> dict[str, Any]:
        response = self.ask(person, name, complaint, **data)
        assert response.is_success, response.text
        return dict(response.json())

    def read(self, person: str, path: str, **params: Any) -> dict[str, Any]:
        response = self._client.get(f"{self._url}/api/v1/{path}", params=params, headers=self.headers(person))
        assert response.status_code == 200, response.text
        return dict(response.json())


def logins(file: Path) -> dict[str, str]:
    """The demo logins as `ccrm up` wrote them."""
    rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    return {row[0]: row[1] for row in rows if row}
