"""Gateways behind a company's own authority: believed with CCRM_CA_FILE, and nothing is said to anybody else."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp.web
import pytest
from aiosmtpd.controller import Controller

from services.notify.domain.message import Status
from services.notify.gateways.http_call import Caller
from services.notify.gateways.mail import MailGateway
from services.notify.gateways.port import GatewayAway
from services.notify.gateways.settings import NotifySettings, _caller, _mail
from shared.kernel.clock import ManualClock
from shared.run.settings import BadSettings
from tests.kit.authority import Authority
from tests.kit.servers import free_port
from tests.notify.gateways.test_mail import LETTER, Box


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"))


def _server(ours: Authority) -> ssl.SSLContext:
    own = ours.signs("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.cert, own.key)
    return context


def given(ca: Path | None, **more: Any) -> NotifySettings:
    return NotifySettings(ca_file=ca, sms_timeout=3.0, **more)


@pytest.mark.parametrize("told", [True, False])
async def test_a_provider_is_called_where_its_authority_is_named(ours: Authority, told: bool) -> None:
    async def answer(_: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.json_response({"code": 0})

    app = aiohttp.web.Application()
    app.router.add_get("/", answer)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port, ssl_context=_server(ours)).start()
    caller: Caller = _caller(given(ours.file if told else None))
    try:
        if told:
            assert (await caller.call("GET", f"https://localhost:{port}/")).json() == {"code": 0}
        else:
            with pytest.raises(GatewayAway, match="Certificate"):
                await caller.call("GET", f"https://localhost:{port}/")
    finally:
        await caller.close()
        await runner.cleanup()


@pytest.fixture
def box(ours: Authority) -> Iterator[tuple[Box, int]]:
    made, port = Box(), free_port()
    server = Controller(made, hostname="127.0.0.1", port=port, tls_context=_server(ours), require_starttls=True)
    server.start()
    yield made, port
    server.stop()


@pytest.mark.parametrize("told", [True, False])
async def test_a_letter_leaves_where_the_mail_servers_authority_is_named(
    ours: Authority, box: tuple[Box, int], told: bool
) -> None:
    settings = given(
        ours.file if told else None, mail_host="localhost", mail_port=box[1], mail_from="ccrm@example.cn",
        mail_security="starttls",
    )  # fmt: skip
    gateway = _mail(settings, ManualClock(datetime(2026, 3, 2, 1, 40, tzinfo=UTC)))
    assert isinstance(gateway, MailGateway)
    if told:
        assert (await gateway.send(LETTER)).status is Status.sent
    else:
        with pytest.raises(GatewayAway, match="not reached"):
            await gateway.send(LETTER)
    assert len(box[0].letters) == told


def test_a_file_that_is_no_authority_is_told_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"^CCRM_CA_FILE: .* cannot be read"):
        _caller(given(tmp_path / "nowhere"))
