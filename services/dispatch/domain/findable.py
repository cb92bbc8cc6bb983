"""By which words a customer is found where his name, telephone and room are sealed.

A name by any two or more characters of it that follow one another; a telephone whole or by its last four digits; a
room whole or by parts of it that follow one another (2-1201 of 3-2-1201). Less would tell too much to whoever reads the
index.
"""

import re
import unicodedata

LAST = 4
MOST_PARTS = 8
_PARTS = re.compile(r"\d+|[a-z]+|[^\W\d_a-z]+")
_NUMBER = re.compile(r"[\d\s()+.-]{4,30}")


def terms_of(name: str | None, phone: str | None, room: str | None) -> list[str]:
    """The words a row is found by."""
    found = [f"name {pair}" for pair in _pairs(name or "")]
    digits = _digits(phone or "")
    if digits:
        found += [f"phone {digits}", f"last {digits[-LAST:]}"]
    parts = _parts(room or "")
    runs = range(len(parts))
    return found + [f"room {'-'.join(parts[start : end + 1])}" for start in runs for end in runs[start:]]


def asked_for(q: str) -> list[list[str]]:
    """What a row must have, all of one alternative."""
    wanted = [[f"name {pair}" for pair in _pairs(q)]]
    if _NUMBER.fullmatch(q):
        digits = _digits(q)
        wanted.append([f"phone {digits}"])
        if len(digits) == LAST == len(q.strip()):
            wanted.append([f"last {digits}"])
    if parts := _parts(q):
        wanted.append([f"room {'-'.join(parts)}"])
    return [each for each in wanted if each]


def _pairs(name: str) -> list[str]:
    text = " ".join(_normal(name).split())
    return [text[at : at + 2] for at in range(len(text) - 1)]


def _digits(phone: str) -> str:
    """As it is dialled within the country, without the leading zero: a row has it as +86…"""
    digits = re.sub(r"\D", "", _normal(phone).replace("+86", ""))
    return digits.removeprefix("0086").lstrip("0") if len(digits) > LAST else digits


def _parts(room: str) -> list[str]:
    return _PARTS.findall(_normal(room))[:MOST_PARTS]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
