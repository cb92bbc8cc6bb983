"""A file as it comes in: written down piece by piece, refused at the first byte too many, never whole in memory."""

import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from shared.kernel.errors import Code, Refused
from shared.web.errors import HttpProblem

AROUND = 16 * 1024
"""What a multipart body may hold besides its file."""

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """`sha256` is of the bytes as they came. `name` is what the client calls the file, if it says so."""

    path: Path
    size: int
    sha256: str
    head: bytes
    name: str | None


async def receive(request: Request, folder: Path, most: int, *, head: int) -> Received:
    """The request's one file (the raw body, or multipart/form-data) in `folder`; its first `head` bytes are told too.

    Raises HttpProblem (413) for more than `most` bytes, Refused for an empty or an unreadable body.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    target = folder / "received"
    if kind == "multipart/form-data":
        return await _from_form(request, target, most, head)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise _too_large(most)
    with _Written(target, head) as written:
        async for piece in request.stream():
            written.add(piece, most)
    return written.received(None)


async def _from_form(request: Request, target: Path, most: int, head: int) -> Received:
    try:
        parser = MultiPartParser(request.headers, _pieces(request, most + AROUND), max_files=1, max_fields=8)
        form = await parser.parse()
    except (MultiPartException, UnicodeError, ValueError):
        raise Refused(Code.field_invalid, "无法理解的表单：应恰好含一个文件", field="file") from None
    try:
        given = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        if given is None:
            raise Refused(Code.field_missing, "缺少必填项 file", field="file")
        with _Written(target, head) as written:
            while piece := await given.read(_PIECE):
                written.add(piece, most)
        return written.received(given.filename)
    finally:
        await form.close()


async def _pieces(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    taken = 0
    async for piece in request.stream():
        taken += len(piece)
        if taken > most:
            raise _too_large(most - AROUND)
        yield piece


class _Written:
    def __init__(self, target: Path, head: int) -> None:
        self._target = target
        self._file: IO[bytes] = target.open("wb")
        self._digest = hashlib.sha256()
        self._head, self._most_head = b"", head
        self._size = 0

    def add(self, piece: bytes, most: int) -> None:
        self._size += len(piece)
        if self._size > most:
            raise _too_large(most)
        if len(self._head) < self._most_head:
            self._head += piece[: self._most_head - len(self._head)]
        self._digest.update(piece)
        self._file.write(piece)

    def received(self, name: str | None) -> Received:
        if self._size == 0:
            raise Refused(Code.field_missing, "文件是空的", field="file")
        return Received(self._target, self._size, self._digest.hexdigest(), self._head, name)

    def __enter__(self) -> "_Written":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _too_large(most: int) -> HttpProblem:
    detail = f"文件过大：最多 {most // (1024 * 1024)} MB"
    return HttpProblem(413, "too_large", detail, field="file", headers={"Connection": "close"})
