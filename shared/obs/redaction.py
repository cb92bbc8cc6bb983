"""What must not stand in a log: full phone numbers, secrets."""

import re
from typing import Any

# Not inside a longer word or number: ids and hashes hold the same digits by chance.
_MOBILE = re.compile(r"(?<![0-9A-Za-z])((?:\+?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?![0-9A-Za-z])")
_LANDLINE = re.compile(r"(?<![0-9A-Za-z])((?:\+86[ -]?)?0\d{2,3}[ -]?)\d{3,4}(\d{4})(?![0-9A-Za-z])")
_BEARER = re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+")
_LINK = re.compile(r"(/t/|/receipts/\w+/)[\w\-.~]{16,}")
_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*):[^@/\s]*@")

SECRETS = frozenset(
    {"password", "passwords", "token", "tracking", "authorization", "cookie", "signature", "private_key"}
)


def masked(text: str) -> str:
    """The text with phone numbers cut to 138****8000; bearer tokens, customers' links, passwords in URLs left out."""
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LANDLINE.sub(r"\1****\2", text)
    text = _BEARER.sub(r"\1***", text)
    text = _LINK.sub(r"\1***", text)
    return _URL_PASSWORD.sub(r"\1:***@", text)


def redacted(value: Any) -> Any:
    """As `masked`, through mappings and lists; what stands under the name of a secret goes altogether."""
    match value:
        case str():
            return masked(value)
        case dict():
            return {key: "***" if str(key).lower() in SECRETS else redacted(item) for key, item in value.items()}
        case list() | tuple():
            return [redacted(item) for item in value]
        case _:
            return value
