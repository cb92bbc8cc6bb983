"""A7, B5: the keys by which a customer comes to his case. His own is told to him alone; of it follow those that pass
through an employee's hands, so that nobody else holds what opens the rating, and each tells where it was given. Pure.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from enum import StrEnum
from uuid import UUID

_DOT = "."
_MAC = 24
"""Bytes: as much as the customer's own key has."""


class Way(StrEnum):
    """`own`: by message, or on registering himself; `handed`: what an employee is answered and hands over, whose page
    does not rate; `code`: the code of the
    rating on the receipt; `window`: on the terminal at the window.
    """

    own = "own"
    handed = "handed"
    code = "code"
    window = "window"


HANDED = "此链接只供查询进度。评价请用短信中的链接、回执上的评价二维码，或在窗口终端上进行。"
BESIDE = "本浏览器登录着员工账号，不能由此评价。请客户用自己的手机，或在窗口终端上评价。"

WAY_LABELS = {Way.own: "客户链接", Way.handed: "查询链接", Way.code: "回执二维码", Way.window: "窗口终端"}


def derived(own: str, complaint_id: UUID, way: Way) -> str:
    """The key of this way into the case whose customer's own key is `own`; safe in an address."""
    return _DOT.join((way[0], _text(complaint_id.bytes), _text(_proof(own, complaint_id, way))))


def named(key: str) -> tuple[Way, UUID] | None:
    """What a derived key says of itself, before anybody has proved it; None for what is none."""
    first, _, rest = key.partition(_DOT)
    case, _, proof = rest.partition(_DOT)
    way = next((one for one in Way if one[0] == first and one is not Way.own), None)
    if way is None or not proof:
        return None
    try:
        return way, UUID(bytes=urlsafe_b64decode(f"{case}=="))
    except (ValueError, Error):
        return None


def opens(key: str, own: str, complaint_id: UUID, way: Way) -> bool:
    """Whether the key follows from the customer's own. Of an archived case nothing follows: its key is a known text."""
    return own.isascii() and hmac.compare_digest(key.encode(), derived(own, complaint_id, way).encode())


def _proof(own: str, complaint_id: UUID, way: Way) -> bytes:
    return hmac.digest(own.encode(), f"{way}:{complaint_id}".encode(), hashlib.sha256)[:_MAC]


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
