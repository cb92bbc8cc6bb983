"""The real nginx with the files of `deploy/gateway`, and the four rooms as processes behind it."""

import contextlib
import getpass
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.__main__ import ROOMS
from shared.web.tokens import ensure_keys
from tests.kit.data_keys import keys_file
from tests.kit.environment import environment_of
from tests.kit.servers import NoServer, free_port
from tests.run.process import START_SECONDS, Ccrm
from tests.web.world import PASSWORD

FILES = Path(__file__).parents[2] / "deploy" / "gateway"
TEMPLATE = FILES / "nginx.conf.template"
DEMO = Path(__file__).parents[2] / "services" / "dispatch" / "demo-org.yaml"
_NAME = re.compile(r"\$\{([A-Z_]+)\}")
_SECONDS = 20.0

_AROUND = """{user}daemon off;
pid {home}/pid;
error_log {home}/error.log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; }}
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include gateway.conf;
}}
"""


def values_named() -> set[str]:
    """What the template wants to be filled in."""
    return set(_NAME.findall(TEMPLATE.read_text(encoding="utf-8")))


def nginx() -> str:
    # Debian's sbin is not on everybody's PATH.
    if found := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/opt/homebrew/bin:/usr/local/bin"):
        return found
    raise NoServer(
        "nginx was not found: install the package nginx (macOS: brew install nginx); make test does it on Debian"
    )


class Gateway:
    """nginx on a free port, in a directory of its own. `addresses`: what each room's upstream is made of."""

    def __init__(self, home: Path, addresses: Mapping[str, str], **values: str) -> None:
        self.home = home
        self.port = free_port()
        given = {room.upper(): address for room, address in addresses.items()}
        given |= {"LISTEN": f"127.0.0.1:{self.port}", "SCHEME": "$scheme", "FRONT": "unix:"}
        given |= {"NGINX_LOCAL_RESOLVERS": "127.0.0.1"} | values
        (home / "ccrm").mkdir(parents=True)
        shutil.copy(FILES / "rooms.conf", home / "ccrm")
        filled = _NAME.sub(lambda name: given[name[1]], TEMPLATE.read_text(encoding="utf-8"))
        (home / "gateway.conf").write_text(filled.replace("/var/log/nginx/", f"{home}/"), encoding="utf-8")
        # As root its workers would be somebody who cannot enter a test's directory.
        user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
        (home / "nginx.conf").write_text(_AROUND.format(home=home, user=user), encoding="utf-8")
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.home / "access.log").read_text(encoding="utf-8")

    def __enter__(self) -> "Gateway":
        argv = [nginx(), "-e", f"{self.home}/error.log", "-p", str(self.home), "-c", f"{self.home}/nginx.conf"]
        with (self.home / "output").open("ab") as output:
            self._child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        end = time.monotonic() + _SECONDS
        while not self._answers():
            if self._child.poll() is not None or time.monotonic() > end:
                self.__exit__()
                told = "".join(path.read_text() for path in (self.home / "output", self.home / "error.log"))
                raise AssertionError(f"nginx did not start: {told[-2000:]}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            self._child.wait(10)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/livez", timeout=2).status_code == 200
        return False


def environment(home: Path, database_url: str, rabbitmq_url: str, prefix: str) -> dict[str, str]:
    """What an operator sets for a deployed installation on this machine."""
    private, public = ensure_keys(home / "keys")
    return {
        "CCRM_MODE": "deployed",
        "CCRM_DATA_DIR": str(home / "var"),
        "CCRM_DATABASE_URL": database_url,
        "CCRM_RABBITMQ_URL": rabbitmq_url,
        "CCRM_RABBITMQ_PREFIX": prefix,
        "CCRM_TOKEN_PRIVATE_KEY_FILE": str(private),
        "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
        "CCRM_DATA_KEYS_FILE": str(keys_file(home)),
        "CCRM_TRUSTED_PROXIES": "127.0.0.1",
        **{f"CCRM_{room.upper()}_URL": f"http://127.0.0.1:{free_port()}" for room in ROOMS},
    }


@dataclass
class Installation:
    """The rooms at work behind their gateway."""

    env: dict[str, str]
    rooms: dict[str, Ccrm]
    gateway: Gateway

    def start(self, *names: str) -> None:
        """Together: each takes seconds to come up."""
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: self.rooms[name].start(), names))

    def sets_passwords(self, first: dict[str, str], *people: str) -> None:
        """At their first sign-in, with the passwords that they were given."""
        for person in people:
            body = {"name": person, "password": first[person], "new_password": PASSWORD}
            answer = httpx.post(f"{self.gateway.url}/api/v1/login", json=body, timeout=30)
            assert answer.status_code == 200, answer.text
            self._known_everywhere({"Authorization": f"Bearer {answer.json()['token']}"})

    def _known_everywhere(self, headers: dict[str, str]) -> None:
        """Each room has heard of the directory."""
        end = time.monotonic() + START_SECONDS
        for path in ("/account", "/intake/hand-in", "/ledger/mine", "/messages/"):
            while (status := httpx.get(f"{self.gateway.url}{path}", headers=headers, timeout=30).status_code) != 200:
                assert time.monotonic() < end, (path, status)
                time.sleep(0.1)


@contextmanager
def installed(home: Path, database_url: str, rabbitmq_url: str, prefix: str, *people: str) -> Iterator[Installation]:
    """Migrated, every room ready, with the demo directory in it, of which these people have passwords of their own."""
    env = environment(home, database_url, rabbitmq_url, prefix)
    addresses = {room: env[f"CCRM_{room.upper()}_URL"].removeprefix("http://") for room in ROOMS}
    with ExitStack() as stack:
        gateway = stack.enter_context(Gateway(home / "nginx", addresses))
        env["CCRM_PUBLIC_URL"] = gateway.url
        rooms = {
            room: Ccrm("serve", room, log=home / f"{room}.log", env=env, port=int(address.rpartition(":")[2]))
            for room, address in addresses.items()
        }
        for room in rooms.values():
            stack.push(room.__exit__)
        made = Installation(env, rooms, gateway)
        _ccrm(env, "migrate")
        with ThreadPoolExecutor(1) as meanwhile:
            given = meanwhile.submit(_first_passwords, env)
            made.start(*ROOMS)
            made.sets_passwords(given.result(), *people)
        yield made


def _first_passwords(env: dict[str, str]) -> dict[str, str]:
    _ccrm(env, "directory", "import", str(DEMO))
    opened = _ccrm(env, "directory", "accounts")
    return dict(line.split("\t") for line in opened.splitlines() if "\t" in line)


def _ccrm(env: dict[str, str], *args: str) -> str:
    argv = [sys.executable, "-m", "services", *args]
    done = subprocess.run(argv, env=environment_of(env), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)
