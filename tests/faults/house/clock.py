"""One clock for all processes of a house: the machine's, moved by as much as a file says."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_OFFSET = struct.Struct("d")


class MovedClock:
    """`offset` in seconds; whoever sets it moves the clock of every process that has opened the same file."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(_OFFSET.pack(0.0))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), _OFFSET.size)

    @property
    def offset(self) -> timedelta:
        return timedelta(seconds=_OFFSET.unpack_from(self._page)[0])

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset  # noqa: TID251 - the clock of the processes under test

    def move_to(self, at: datetime) -> None:
        _OFFSET.pack_into(self._page, 0, (at - datetime.now(UTC)).total_seconds())  # noqa: TID251
