"""What stands on a paper, whatever it is printed as: one description for PDF, Word and Excel. Pure."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

_LONG = re.compile(r"[!-~]{24,}")
_KEPT = "\n\t"
_DROPPED = frozenset("\u200e\u200f\u061c\ufeff")
ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True, slots=True)
class Field:
    """A label and what was filled in; empty is left white, to be written by hand. `lines` is the least height."""

    label: str
    value: str = ""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Fields:
    """A card: each row has one field over the whole width, or two side by side."""

    rows: tuple[tuple[Field, ...], ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` is relative to the other columns."""

    name: str
    width: float = 1
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Its head is repeated on every page. `empty` is what is said where it has no rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    heading: str = ""
    empty: str = "无记录"


@dataclass(frozen=True, slots=True)
class Signature:
    """A box for a signature; with `at`, it was given in the system and not by hand."""

    title: str
    name: str = ""
    at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    boxes: tuple[Signature, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """Numbered sentences."""

    items: tuple[str, ...]
    heading: str = ""


Block = Fields | Table | Signatures | Notes


@dataclass(frozen=True, slots=True)
class Verification:
    """How whoever holds the paper finds out whether it is genuine."""

    code: str
    url: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document. `copies` names each copy (联) to be printed; `watermark` lies across every page.

    `official`: in red under its issuer's name, as orders are. `seal` is the issuer of a document issued electronically.
    """

    title: str
    organisation: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    number: str = ""
    dated: str = ""
    footer: str = ""
    watermark: str = ""
    seal: str = ""
    official: bool = False
    landscape: bool = False
    copies: tuple[str, ...] = field(default=())
    verification: Verification | None = None


def plain(text: str) -> str:
    """The text without what no font shows: control characters, noncharacters, and marks that turn the line round."""
    shown = (char for char in text.replace("\r\n", "\n").replace("\r", "\n") if _shown(char))
    return "".join(shown)


def _shown(char: str) -> bool:
    if char in _KEPT:
        return True
    kind = unicodedata.category(char)
    bidi = unicodedata.bidirectional(char)
    turns = bidi in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI") or char in _DROPPED
    tag = 0xE0000 <= ord(char) <= 0xE0FFF
    return kind not in ("Cc", "Cs", "Cn", "Co") and not turns and not tag


def breakable(text: str) -> str:
    """The plain text with places to break a line inside what is too long for one: an address, a word of 300 letters."""
    return _LONG.sub(lambda found: ZERO_WIDTH_SPACE.join(found[0]), plain(text))
