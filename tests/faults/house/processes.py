"""One service process that is started again whenever it ends, as an installation does it; every end is written down."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.kit.environment import environment_of
from tests.kit.servers import free_port

READY_SECONDS = 60.0


@dataclass
class Serving:
    """`name` is the room's, or `sla-2` for its second replica. `ends` are the exit statuses, in order."""

    name: str
    home: Path
    env: dict[str, str]
    port: int = field(default_factory=free_port)
    ends: list[int] = field(default_factory=list)
    wanted: bool = False
    _child: subprocess.Popen[bytes] | None = None
    _keeping: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def room(self) -> str:
        return self.name.partition("-")[0]

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def point(self) -> Path:
        return self.home / f"{self.name}.point"

    def start(self) -> None:
        self.wanted = True
        self._spawn()
        self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    def arm(self, point: str, hits: int = 1) -> None:
        """At the hit of this number the process is killed by itself."""
        part = self.point.with_suffix(".part")
        part.write_text(f"{point} {hits}")
        part.replace(self.point)

    def disarm(self) -> bool:
        """True where it had not been hit."""
        armed = self.point.exists()
        self.point.unlink(missing_ok=True)
        return armed

    def signal(self, number: signal.Signals) -> None:
        assert self._child is not None
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(number)

    async def ready(self) -> None:
        async with httpx.AsyncClient(timeout=5) as client, asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    response = await client.get(f"{self.url}/readyz")
                    if response.status_code == 200 and response.json()["status"] == "ready":
                        return
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """For good, as an operator stops it."""
        self.wanted = False
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self._keeping is not None:
            try:
                async with asyncio.timeout(15):
                    await self._keeping
            except TimeoutError:
                self.signal(signal.SIGKILL)

    def _spawn(self) -> None:
        argv = [sys.executable, "-m", "tests.faults.house.served", self.room, "--port", str(self.port)]
        env = environment_of(self.env | {"HOUSE_POINT": str(self.point)})
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(argv, stdout=log, stderr=log, env=env)

    async def _keep(self) -> None:
        while True:
            assert self._child is not None
            status = await asyncio.to_thread(self._child.wait)
            self.ends.append(status)
            if not self.wanted:
                return
            self._spawn()
