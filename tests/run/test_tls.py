"""TLS to the database, the broker and the peers: whoever cannot prove his name is not spoken to."""

import http.server
import json
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog

from shared.bus.port import Message
from shared.bus.rabbit import RabbitConsumer, RabbitPublisher, Topology
from shared.db.database import Database
from shared.kernel.tls import why
from shared.run import federation
from shared.run.settings import BadSettings, Settings
from shared.web.peers import http_peers
from shared.web.tokens import ensure_keys
from tests.bus.test_rabbit import until
from tests.kit.authority import Authority
from tests.kit.data_keys import keys_file
from tests.kit.environment import environment_of
from tests.kit.servers import PostgresServer, RabbitServer, free_port
from tests.run.process import Ccrm

TOPOLOGY = Topology({"sla": ["intake.registered.v1"]}, prefix="tls", retry_delays=(timedelta(milliseconds=50),))
NOT_SIGNED = "the server's certificate is not believed: no authority named here has signed it"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The server may have to run as another account, who must reach it."""
    made = Path(tempfile.mkdtemp(prefix="ccrm-tls-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def ours(home: Path) -> Authority:
    return Authority(home / "ours", "ours")


@pytest.fixture(scope="module")
def theirs(home: Path) -> Authority:
    return Authority(home / "theirs", "theirs")


@pytest.fixture(scope="module")
def postgres(home: Path, ours: Authority) -> Iterator[PostgresServer]:
    server = PostgresServer(home / "postgres", tls=ours.signs("localhost"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def rabbit(home: Path, ours: Authority) -> Iterator[RabbitServer]:
    server = RabbitServer(home / "rabbit", tls=ours.signs("localhost"))
    try:
        yield server.start()
    finally:
        server.close()


def settings(**given: Any) -> Settings:
    return Settings(mode="deployed", **given)


def named(url: str) -> str:
    """With the name in the certificate, and a password that must not be seen."""
    return url.replace("127.0.0.1", "localhost").replace("postgres@", "postgres:pa55word@")


# ---- the database


async def reached(given: Settings) -> bool:
    db = Database(given.room_database("sla"), "sla")
    try:
        return await db.ping()
    finally:
        await db.close()


async def test_a_database_with_the_right_certificate_is_used_encrypted(
    postgres: PostgresServer, ours: Authority
) -> None:
    given = settings(database_url=named(postgres.url), database_ca_file=ours.file)
    db = Database(given.room_database("sla"), "sla")
    async with db.engine.connect() as connection:
        answer = await connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert answer.scalar_one() is True
    await db.close()


async def test_a_database_of_another_authority_is_not_spoken_to(postgres: PostgresServer, theirs: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        await reached(settings(database_url=named(postgres.url), database_ca_file=theirs.file))
    assert why(refused.value) == NOT_SIGNED


async def test_a_database_under_another_name_is_not_spoken_to(postgres: PostgresServer, ours: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        await reached(settings(database_url=postgres.url, database_ca_file=ours.file))
    assert "IP address mismatch" in str(why(refused.value))


async def test_a_database_that_wants_tls_says_so_to_plain_connections(postgres: PostgresServer) -> None:
    with pytest.raises(Exception) as refused:
        await reached(settings(database_url=f"{postgres.url}?sslmode=disable"))
    assert why(refused.value) == "the server takes no plain connections: set CCRM_DATABASE_CA_FILE"


async def test_with_an_authority_no_plain_database_is_used(postgres_url: str, ours: Authority) -> None:
    bare = postgres_url.partition("?")[0]
    with pytest.raises(ConnectionError) as refused:
        await reached(settings(database_url=bare, database_ca_file=ours.file))
    assert why(refused.value) == "the server speaks no TLS, and plain connections are not made"


def test_the_database_url_is_one_that_pg_dump_takes_too(ours: Authority) -> None:
    given = settings(database_url="postgresql+asyncpg://ccrm@db/ccrm", database_ca_file=ours.file)
    assert given.room_database("sla") == (
        f"postgresql+asyncpg://ccrm@db/ccrm?sslmode=verify-full&sslrootcert={ours.file}"
    )


@pytest.mark.parametrize("url", ["?sslmode=verify-ca&sslrootcert={ca}", "?sslmode=require&sslrootcert={ca}"])
def test_an_authority_that_would_not_be_asked_for_the_name_is_refused(url: str, ours: Authority) -> None:
    with pytest.raises(ValueError, match="verify-full"):
        Database("postgresql+asyncpg://db/ccrm" + url.format(ca=ours.file), "sla")


# ---- the broker


async def test_a_broker_with_the_right_certificate_is_published_to_and_consumed_from(
    rabbit: RabbitServer, ours: Authority
) -> None:
    url = settings(rabbitmq_url=named(rabbit.url), rabbitmq_ca_file=ours.file).broker()
    taken: list[Message] = []
    failed: list[Message] = []

    async def take(message: Message) -> None:
        if not failed:
            failed.append(message)
            raise ValueError("not yet")
        taken.append(message)

    async with AsyncExitStack() as stack:
        consumer = RabbitConsumer(url, TOPOLOGY, "sla", take, watch_every=0.3)
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        publisher = RabbitPublisher(url, TOPOLOGY)
        stack.push_async_callback(publisher.close)
        sent = Message(event_id=uuid4(), topic="intake.registered.v1", body="{}", correlation_id=uuid4())
        assert await publisher.publish([sent]) == {sent.event_id}
        await until(lambda: taken == [sent])
        assert await consumer.ready()


@pytest.mark.parametrize(
    ("authority", "host", "said"),
    [
        ("theirs", "localhost", NOT_SIGNED),
        ("ours", "127.0.0.1", "IP address mismatch"),
    ],
)
async def test_a_broker_that_cannot_prove_its_name_is_not_spoken_to(
    rabbit: RabbitServer, request: pytest.FixtureRequest, authority: str, host: str, said: str
) -> None:
    believed: Authority = request.getfixturevalue(authority)
    url = rabbit.url.replace("127.0.0.1", host).replace("guest:guest", "guest:pa55word")
    given = settings(rabbitmq_url=url, rabbitmq_ca_file=believed.file)
    publisher = RabbitPublisher(given.broker(), TOPOLOGY)
    with structlog.testing.capture_logs() as logs:
        assert not await publisher.start()
    await publisher.close()
    (line,) = [each for each in logs if each["event"] == "bus.not_connected"]
    assert said in line["error"]
    assert line["error"].startswith("the server's certificate is not believed: ")
    assert "pa55word" not in str(logs)


async def test_a_broker_may_ask_for_a_certificate_too(home: Path, ours: Authority) -> None:
    own = ours.signs("localhost")
    conf = "ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true"
    server = RabbitServer(home / "asking", tls=own, conf=conf)
    try:
        url = named(server.url)
        publishers = {}
        server.start()
        for shown, more in ((False, ""), (True, f"?certfile={own.cert}&keyfile={own.key}")):
            given = settings(rabbitmq_url=url + more, rabbitmq_ca_file=ours.file).broker()
            publishers[shown] = RabbitPublisher(given, TOPOLOGY)
        assert await publishers[True].start()
        assert not await publishers[False].start()
        for publisher in publishers.values():
            await publisher.close()
    finally:
        server.close()


@pytest.mark.parametrize(("authority", "joined"), [("ours", True), ("theirs", False)])
async def test_a_broker_listens_to_another_where_its_certificate_holds(
    home: Path, ours: Authority, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch,
    authority: str, joined: bool,
) -> None:  # fmt: skip
    """Here to itself. Erlang's client would believe anybody if it were not told whom."""
    believed: Authority = request.getfixturevalue(authority)
    monkeypatch.setattr(federation, "AUTHORITY", str(believed.file))
    port = free_port()
    given = settings(
        rabbitmq_url=f"amqps://guest:guest@localhost:{port}/", federation_password="between-brokers",
        upstreams=f"itself=amqps://guest:guest@localhost:{port}/",
    )  # fmt: skip
    told = json.dumps(federation.definitions(given, "group"))
    folder = home / f"believing-{authority}"
    server = RabbitServer(
        folder, port, plugins=["rabbitmq_federation"], definitions=told, tls=ours.signs("localhost"),
    )  # fmt: skip
    sign = "connected to exchange 'ccrm.events'" if joined else "unknown_ca"
    try:
        server.start()
        await until(lambda: sign in server.log.read_text(errors="replace").replace("Unknown CA", "unknown_ca"), 30)
        assert joined or "connected to exchange" not in server.log.read_text(errors="replace")
    finally:
        server.close()


# ---- what is refused before anything is tried


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rabbitmq_url": "amqp://a:pa55word@mq/", "rabbitmq_ca_file": "{ca}"}, "must begin with amqps://"),
        ({"rabbitmq_url": "amqps://a:pa55word@mq/?cafile=/x", "rabbitmq_ca_file": "{ca}"}, "without cafile"),
        ({"rabbitmq_url": "amqps://a:pa55word@mq/?no_verify_ssl=1"}, "no_verify_ssl is not accepted"),
        ({"rabbitmq_url": "http://a:pa55word@mq/"}, "must begin with amqps:// or amqp://"),
        ({"rabbitmq_url": "amqps://a:pa55word@mq/", "rabbitmq_ca_file": "/nowhere"}, "cannot be read"),
        ({"database_url": "postgresql+asyncpg://a:pa55word@db/c?ssl=on", "database_ca_file": "{ca}"}, "nothing about"),
        ({"database_url": "postgresql+asyncpg://a:pa55word@db/c", "database_ca_file": "{key}"}, "no certificate"),
        ({"ca_file": "{key}"}, "CCRM_CA_FILE: .* no certificate"),
    ],
)  # fmt: skip
def test_half_of_tls_is_refused_in_one_sentence(given: dict[str, str], said: str, ours: Authority) -> None:
    files = {"ca": ours.file, "key": ours.signs("somebody").key}
    made = settings(**{name: value.format_map(files) for name, value in given.items()})
    asked = made.https if made.ca_file else made.broker if made.rabbitmq_url else partial(made.room_database, "sla")
    with pytest.raises(BadSettings, match=said) as refused:
        asked()
    assert "\n" not in str(refused.value)
    assert "pa55word" not in str(refused.value)


# ---- peers


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"part": 1}).encode())

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture(scope="module")
def peer(ours: Authority) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    own = ours.signs("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.cert, own.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("authority", "host", "status"), [("ours", "localhost", 200), ("theirs", "localhost", 0), ("ours", "127.0.0.1", 0)]
)
async def test_a_peer_is_asked_where_its_certificate_holds(
    peer: int, request: pytest.FixtureRequest, authority: str, host: str, status: int
) -> None:
    given = settings(ca_file=request.getfixturevalue(authority).file, sla_url=f"https://{host}:{peer}")
    peers = http_peers(given.peers("intake"), given.https())
    assert (await peers.parts(uuid4(), "token"))["sla"].status == status
    await peers.close()


# ---- a process


def environment(home: Path, tmp_path: Path, postgres: PostgresServer, rabbit: RabbitServer) -> dict[str, str]:
    private, public = ensure_keys(tmp_path / "keys")
    return {
        "CCRM_MODE": "deployed",
        "CCRM_DATABASE_URL": named(postgres.url),
        "CCRM_RABBITMQ_URL": named(rabbit.url).replace("guest:guest", "guest:pa55word"),
        "CCRM_DATA_KEYS_FILE": str(keys_file(tmp_path)),
        "CCRM_TOKEN_PRIVATE_KEY_FILE": str(private),
        "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
    }


def test_a_process_says_once_and_plainly_whom_it_does_not_believe(
    home: Path, tmp_path: Path, postgres: PostgresServer, rabbit: RabbitServer, ours: Authority, theirs: Authority
) -> None:
    env = environment(home, tmp_path, postgres, rabbit)
    env |= {"CCRM_DATABASE_CA_FILE": str(theirs.file), "CCRM_RABBITMQ_CA_FILE": str(theirs.file)}
    with Ccrm("serve", "sla", log=tmp_path / "log", env=env, port=free_port(), ready="/livez") as process:
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"{process.url}/readyz", timeout=10)
        lines = [json.loads(line) for line in process.log.splitlines() if line.startswith("{")]
        assert NOT_SIGNED in {each["error"] for each in lines if each["event"] == "http.not_ready"}
        assert NOT_SIGNED in {each["error"] for each in lines if each["event"] == "bus.not_connected"}
        assert "pa55word" not in process.log
        assert "Traceback" not in process.log


def test_migrating_over_a_certificate_that_is_not_believed_says_so(
    home: Path, tmp_path: Path, postgres: PostgresServer, rabbit: RabbitServer, ours: Authority, theirs: Authority
) -> None:
    env = environment_of(environment(home, tmp_path, postgres, rabbit) | {"CCRM_DATABASE_CA_FILE": str(theirs.file)})
    argv = [sys.executable, "-m", "services", "migrate", "sla"]
    ended = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr.strip()) == (1, NOT_SIGNED)
    ended = subprocess.run(
        argv, env=env | {"CCRM_DATABASE_CA_FILE": str(ours.file)}, capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stderr.strip()) == (0, "")
