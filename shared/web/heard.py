"""Hears a request out before it is answered.

Who is refused while he still sends would miss the answer: the connection ends under his hands, and a browser says that
the network failed, a gateway 502, instead of what was refused.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

MOST, SECONDS = 32 * 1024 * 1024, 10.0
"""What is still listened to after the decision: a body that says how long it is, as browsers and gateways do. Who
announces more, or no end, is cut off.
"""

_TOO_SLOW = 408


def heard_out(scope: Scope, receive: Receive, send: Send, *, seconds: float = SECONDS) -> tuple[Receive, Send]:
    """The two for the application. Nothing is kept of what comes after the decision."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    coming = length.isdecimal() and len(length) < 12 and 0 < int(length) <= MOST
    # Who waits for 100 Continue has not begun.
    begun = "expect" not in headers

    async def hearing() -> Message:
        nonlocal coming, begun
        message = await receive()
        begun = True
        coming = coming and message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def answering(message: Message) -> None:
        if message["type"] == "http.response.start" and begun and message["status"] != _TOO_SLOW:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while coming:
                        await hearing()
        await send(message)

    return hearing, answering
