"""E-mail, over a mail server that is only a program on this machine."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from services.notify.domain.message import Message, Status
from services.notify.gateways.mail import MailGateway
from services.notify.gateways.port import GatewayAway
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Transient
from tests.kit.servers import free_port

ID = UUID("019c0000-0000-7000-8000-000000000001")
LETTER = Message(ID, "k", "email", "reminder.daily", "wu.gang", "wu.gang@example.cn", "您有2件未完成投诉。")


class Box:
    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    made, port = Box(), free_port()
    server = Controller(made, hostname="127.0.0.1", port=port)
    server.start()
    yield made, port
    server.stop()


def over(port: int) -> MailGateway:
    clock = ManualClock(datetime(2026, 3, 2, 1, 40, tzinfo=UTC))
    return MailGateway(
        clock, host="127.0.0.1", port=port, sender="CCRM <ccrm@example.cn>", username=None, password=None,
        security="none", seconds=3.0,
    )  # fmt: skip


async def test_a_letter_has_the_text_and_an_id_that_stays(box: tuple[Box, int]) -> None:
    assert (await over(box[1]).send(LETTER)).status is Status.sent
    assert (await over(box[1]).send(LETTER)).status is Status.sent
    first, second = box[0].letters
    assert first["Message-ID"] == second["Message-ID"] == f"<{ID}@example.cn>"
    assert (first["To"], first["From"]) == ("wu.gang@example.cn", "CCRM <ccrm@example.cn>")
    assert first.get_content().strip() == LETTER.text


async def test_no_such_box_is_final_a_full_one_is_not(box: tuple[Box, int]) -> None:
    box[0].answer = "550 no such user"
    receipt = await over(box[1]).send(LETTER)
    assert (receipt.status, receipt.detail) == (Status.failed, "550 no such user")
    box[0].answer = "452 full"
    with pytest.raises(Transient) as caught:
        await over(box[1]).send(LETTER)
    assert not isinstance(caught.value, GatewayAway)
    assert box[0].letters == []


async def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(GatewayAway):
        await over(free_port()).send(LETTER)


async def test_a_connection_cut_in_the_midst_leaves_it_open_whether_it_left() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        for answer in (b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server:
        with pytest.raises(Exception) as caught:
            await over(server.sockets[0].getsockname()[1]).send(LETTER)
        assert not isinstance(caught.value, Transient)
