"""E-mail by SMTP."""

import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from services.notify.domain.message import Message, Receipt, Status
from services.notify.gateways.port import GatewayAway
from shared.kernel.clock import Clock
from shared.kernel.errors import Transient

Security = Literal["tls", "starttls", "none"]


class MailGateway:
    """The `Message-ID` is the same at every try, so that mail systems that compare it show one letter."""

    name = "email"
    local = False
    deduplicates = False

    def __init__(
        self,
        clock: Clock,
        *,
        host: str,
        port: int,
        sender: str,
        username: str | None,
        password: str | None,
        security: Security,
        seconds: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._clock, self._sender = clock, sender
        self._host, self._port, self._seconds = host, port, seconds
        self._username, self._password, self._security = username, password, security
        self._tls = tls

    async def send(self, message: Message) -> Receipt:
        """Raises where the letter may have left: a connection lost in the midst."""
        letter = EmailMessage()
        letter["From"], letter["To"] = self._sender, message.address or ""
        letter["Subject"] = "客户投诉处理通知"
        letter["Date"] = format_datetime(self._clock.now())
        letter["Message-ID"] = f"<{message.id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._seconds,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=self._tls,
            username=self._username,
            password=self._password,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise GatewayAway(f"not reached: {type(error).__name__}") from None
        try:
            await client.send_message(letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            if 400 <= first.code < 500:
                raise Transient(f"{first.code}") from None
            return Receipt(Status.failed, detail=f"{first.code} {first.message}"[:300])
        except aiosmtplib.SMTPResponseException as error:
            if 400 <= error.code < 500:
                raise Transient(f"{error.code}") from None
            return Receipt(Status.failed, detail=f"{error.code} {error.message}"[:300])
        finally:
            client.close()
        return Receipt(Status.sent, reference=str(letter["Message-ID"]))
