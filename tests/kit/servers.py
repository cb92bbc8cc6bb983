"""Throw-away PostgreSQL and RabbitMQ, one instance an object: own directory, own free ports, ended by process id.

Fault tests start, stop, freeze and kill -9 their own. Other tests share one a run: see `tests.kit.run_servers`.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.kit.authority import Certificate
from tests.kit.binaries import ENV, NoServer, group, postgres_account, postgres_binaries, rabbit_script

__all__ = ["ENV", "NoServer", "PostgresServer", "RabbitServer", "alive", "end_group", "free_port"]

_START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class _Process:
    """A child in a session of its own, so that neither Ctrl-C nor the end of one worker takes it along."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "log"
        self.pids: list[int] = []

    def _spawn(self, argv: list[str], **kwargs: Any) -> int:
        with self.log.open("ab") as log:
            # Deliberately not waited for: it outlives the worker that started it and is ended by its id.
            child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, start_new_session=True, **kwargs
            )
        _CHILDREN[child.pid] = child
        self.pids.append(child.pid)
        return child.pid

    def _wait(self, ready: Callable[[], bool], pid: int, what: str) -> None:
        end = time.monotonic() + _START_SECONDS
        while not ready():
            if not alive(pid) or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-1500:]
                raise NoServer(f"{what} did not start in {self.home}: {tail}")
            time.sleep(0.05)


_CHILDREN: dict[int, "subprocess.Popen[bytes]"] = {}


def alive(pid: int) -> bool:
    child = _CHILDREN.get(pid)
    if child is not None:
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def end_group(pid: int, polite: int | None = None, seconds: float = 5.0) -> None:
    """End a process we started and its group: politely first where that matters, then with -9."""
    if polite is not None:
        _signal_group(pid, polite)
        if _gone(pid, seconds):
            return
    _signal_group(pid, signal.SIGKILL)
    _gone(pid, 5.0)


class PostgresServer(_Process):
    """A PostgreSQL instance of its own. fsync is off (a test may lose power), commits are kept over kill -9.

    With a certificate it takes connections over TLS only.
    """

    def __init__(self, home: Path, port: int | None = None, *, tls: Certificate | None = None) -> None:
        super().__init__(home)
        self._tls = tls
        self.port = port or free_port()
        self._data = home / "data"
        self._bin: Path | None = None
        self._pid: int | None = None

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        return self._pid

    @property
    def tools(self) -> Path:
        """Where pg_dump and psql of this very version are; known once it was started."""
        assert self._bin is not None
        return self._bin

    def start(self) -> "PostgresServer":
        self.home.mkdir(parents=True, exist_ok=True)
        account = postgres_account() if os.geteuid() == 0 else None
        binaries = self._bin = self._bin or postgres_binaries(self.home, account)
        as_user: dict[str, Any] = {} if account is None else {"user": account, "group": group(account)}
        if not self._data.exists():
            if account is not None:
                shutil.chown(self.home, account)
            done = subprocess.run(
                [
                    str(binaries / "initdb"),
                    *f"-U postgres -A trust -E UTF8 --no-locale --no-sync -D {self._data}".split(),
                ],
                capture_output=True,
                text=True,
                cwd=self.home,
                **as_user,
            )
            if done.returncode != 0:
                raise NoServer(f"initdb failed: {done.stderr.strip()[-800:]}")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 300,
            "shared_buffers": "64MB",
        }
        if self._tls is not None:
            settings |= {"ssl": "on", "ssl_cert_file": "server.pem", "ssl_key_file": "server.key"}
            for source, name in ((self._tls.cert, "server.pem"), (self._tls.key, "server.key")):
                shutil.copy(source, self._data / name)
                if account is not None:
                    shutil.chown(self._data / name, account)  # it must be the only one who can read its key
            (self._data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
        argv = [str(binaries / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._pid = self._spawn(argv, **as_user)
        self._wait(self._answers, self._pid, "PostgreSQL")
        return self

    def _answers(self) -> bool:
        """True when a start-up packet is answered with "authentication OK", not merely when the port is open."""
        body = b"\0\3\0\0user\0postgres\0database\0postgres\0\0"
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            link = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), 1))
            link.settimeout(1)
            if self._tls is not None:
                link.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")
                if link.recv(1) != b"S":
                    return False
                link = stack.enter_context(_unverified(self._tls).wrap_socket(link))
            link.sendall((len(body) + 4).to_bytes(4, "big") + body)
            return link.recv(1) == b"R"
        return False

    def stop(self) -> None:
        """Fast shutdown, as an operator would."""
        if self._pid is not None:
            end_group(self._pid, signal.SIGINT, 10.0)
            self._pid = None

    def kill(self) -> None:
        """kill -9 of the server and every backend."""
        if self._pid is not None:
            # Backends are session leaders of their own groups, so they are ended one by one.
            backends = _children(self._pid)
            _signal_group(self._pid, signal.SIGKILL)
            for pid in backends:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _gone(self._pid, 5.0)
            self._pid = None


class RabbitServer(_Process):
    """A RabbitMQ node of its own, with its own epmd: the machine's broker and epmd are left alone.

    With a certificate it takes connections over TLS only. `conf` are more lines of rabbitmq.conf.
    """

    def __init__(
        self,
        home: Path,
        port: int | None = None,
        *,
        plugins: Sequence[str] = (),
        definitions: str | None = None,
        tls: Certificate | None = None,
        conf: str = "",
    ) -> None:
        super().__init__(home)
        self._tls = tls
        self._conf = conf
        self._plugins = plugins
        self._definitions = definitions
        self.port = port or free_port()
        self._dist_port = free_port()
        self._epmd_port = free_port()
        self._node = f"ccrm-{secrets.token_hex(4)}@localhost"
        self._epmd: int | None = None
        self._pid: int | None = None

    @property
    def url(self) -> str:
        return f"{'amqp' if self._tls is None else 'amqps'}://guest:guest@127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int | None:
        return self._pid

    def start(self) -> "RabbitServer":
        script = rabbit_script()
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "plugins").write_text(f"[{','.join(self._plugins)}].\n")
        (self.home / "env.conf").write_text("")
        (self.home / "rabbitmq.conf").write_text(
            f"{self._listener()}\ndisk_free_limit.absolute = 50MB\nlog.console = true\n{self._conf}\n"
        )
        if self._definitions is not None:
            (self.home / "definitions.json").write_text(self._definitions)
            with (self.home / "rabbitmq.conf").open("a") as conf:
                conf.write(f"load_definitions = {self.home / 'definitions.json'}\n")
        env = self._env()
        epmd = shutil.which("epmd")
        if epmd is not None and (self._epmd is None or not alive(self._epmd)):
            self._epmd = self._spawn([epmd, "-address", "127.0.0.1", "-port", str(self._epmd_port)], env=env)
        self._pid = self._spawn([script], env=env)
        self._wait(self._answers, self._pid, "RabbitMQ")
        return self

    def ctl(self, *command: str) -> str:
        """`rabbitmqctl COMMAND` of this node."""
        tool = str(Path(rabbit_script()).with_name("rabbitmqctl"))
        argv = [tool, "-n", self._node, *command]
        done = subprocess.run(argv, env=self._env(), capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def _env(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return env | {
            "HOME": str(self.home),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_FLAGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_NODENAME": self._node,
            **({} if self._tls else {"RABBITMQ_NODE_PORT": str(self.port)}),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(self.home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.home / "logs"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.home / "none.config"),
        }

    def _listener(self) -> str:
        if self._tls is None:
            return f"listeners.tcp.local = 127.0.0.1:{self.port}"
        return (
            f"listeners.tcp = none\nlisteners.ssl.local = 127.0.0.1:{self.port}\n"
            f"ssl_options.certfile = {self._tls.cert}\nssl_options.keyfile = {self._tls.key}\n"
            f"ssl_options.cacertfile = {self._tls.chain}"
        )

    def _answers(self) -> bool:
        """True when the protocol header is answered; the listener opens last in the boot."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            link = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), 1))
            link.settimeout(2)
            if self._tls is not None:
                link = stack.enter_context(_unverified(self._tls).wrap_socket(link))
            link.sendall(b"AMQP\0\0\x09\x01")
            return link.recv(1) == b"\x01"
        return False

    def stop(self) -> None:
        """Orderly shutdown: SIGTERM to the Erlang machine, which closes queues and connections."""
        self._halt(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9 of the broker. A quorum queue needs about two seconds after its declaration to survive this."""
        self._halt(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process without closing a connection, as a hung machine would."""
        if self._pid is not None:
            _signal_group(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self._pid is not None:
            _signal_group(self._pid, signal.SIGCONT)

    def _halt(self, number: int) -> None:
        if self._pid is None:
            return
        # The start script traps TERM to call rabbitmqctl, which is slow; its child understands TERM itself.
        for child in _children(self._pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)
        if not _gone(self._pid, 15.0):
            end_group(self._pid)
        self._pid = None

    def close(self) -> None:
        """Stop for good, epmd included."""
        if self._pid is not None:
            end_group(self._pid)
            self._pid = None
        if self._epmd is not None:
            end_group(self._epmd)
            self._epmd = None


def _unverified(shown: Certificate) -> ssl.SSLContext:
    """To see whether a server of this test answers at all; its own certificate, should it ask for one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(shown.cert, shown.key)
    return context


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]
