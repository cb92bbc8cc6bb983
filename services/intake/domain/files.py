"""B7: which files a case takes, told by their content; the name and type a client gives prove nothing."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

KINDS = ("letter", "fax", "photo", "recording", "plan", "material", "signature", "other")
PHASES = ("before", "during", "after")

MB = 1024 * 1024
MOST_A_CASE = 60
MOST_LOOSE = 60
LOOSE_FOR = timedelta(hours=24)
"""A file handed in before its case was registered waits so long for the registration."""

HEAD = 64
"""So many bytes tell what a file is."""

Family = Literal["picture", "document", "sound"]

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MPEG4 = {b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"3gp4", b"3gp5", b"3gp6", b"dash"}
_ENDING = {
    "image/jpeg": "jpg",
    "application/pdf": "pdf",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "audio/amr-wb": "awb",
    "audio/aac": "aac",
}
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"<>|:*?]')


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is by its first bytes. A picture's type is what it will be kept as."""

    family: Family
    media_type: str


def found_in(head: bytes) -> Found | None:
    """None for what no case takes. A picture is still to be read whole by whoever decodes it."""
    box = head[8:12] if head[4:8] == b"ftyp" else b""
    riff = head[8:12] if head[:4] == b"RIFF" else b""
    if head.startswith(_PICTURES) or riff == b"WEBP" or box in _HEIF:
        return Found("picture", "image/jpeg")
    if head.startswith(b"%PDF-"):
        return Found("document", "application/pdf")
    if head.startswith(b"#!AMR-WB\n"):
        return Found("sound", "audio/amr-wb")
    if head.startswith(b"#!AMR\n"):
        return Found("sound", "audio/amr")
    if riff == b"WAVE":
        return Found("sound", "audio/wav")
    if box in _MPEG4:
        return Found("sound", "audio/mp4")
    if head.startswith(b"ID3") or _is_frame(head):
        return Found("sound", "audio/mpeg")
    if head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return Found("sound", "audio/aac")
    return None


def _is_frame(head: bytes) -> bool:
    """An MPEG audio frame of layer I to III, with a bit rate and a sampling rate."""
    return (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x06 != 0
        and head[1] & 0x18 != 0x08
        and head[2] & 0xF0 not in (0x00, 0xF0)
        and head[2] & 0x0C != 0x0C
    )


def families(kind: str) -> tuple[Family, ...]:
    """What a file of the kind may be."""
    if kind in ("photo", "signature"):
        return ("picture",)
    return ("sound",) if kind == "recording" else ("picture", "document")


def most_bytes(kind: str) -> int:
    return 10 * MB if kind in ("photo", "signature") else 20 * MB


def wanted(kind: str) -> str:
    """What to hand in instead, for the screen."""
    accepted = {
        "picture": "图片（JPEG、PNG、WebP、HEIC、静态 GIF）",
        "document": "PDF",
        "sound": "录音（MP3、M4A、WAV、AMR、AAC）",
    }
    return "或".join(accepted[family] for family in families(kind))


def file_name(given: str | None, kind: str, media_type: str) -> str:
    """The client's name for the file without any path, with the ending of what is kept."""
    last = re.split(r"[\\/]", given or "")[-1]
    stem = _FORBIDDEN.sub("", last).strip(" .").rsplit(".", 1)[0].strip(" .")[:150]
    return f"{stem or kind}.{_ENDING[media_type]}"
