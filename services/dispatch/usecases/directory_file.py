"""A1: a directory as a file: read and compared first, taken only as it was looked at, given out again."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from sqlalchemy import func, select

from services.dispatch.usecases.group_office import require_group_office
from services.dispatch.usecases.import_directory import import_directory, one_version_at_a_time
from shared.db.statements import fetch
from shared.kernel.errors import Code, InvalidDocument, Refused
from shared.org.changes import Change, changes
from shared.org.document import read_directory
from shared.org.model import Directory
from shared.org.workbook import read_workbook, to_xlsx
from shared.room.commands import carry_out
from shared.room.room import Actor, Command, Room, Tx

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 24 * 1024 * 1024
MOST_PARTS = 200
MOST_TOLD = 200
"""So many problems of one file are told; who has more has the wrong file."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking the file would change in version `base`. With problems there is no `directory` to take."""

    base: int
    problems: Sequence[str]
    changes: Sequence[Change]
    directory: Directory | None = None


async def preview(room: Room, who: Actor, name: str, content: bytes) -> Preview:
    """directory.preview: nothing is changed. Raises Refused for who may not import."""
    found: list[Preview] = []
    problems: list[str] = []
    read: Directory | None = None
    try:
        read = await asyncio.to_thread(read_file, name, content)
    except InvalidDocument as invalid:
        problems = invalid.problems[:MOST_TOLD]

    async def work(tx: Tx, command: Command) -> dict[str, int]:
        directory = await tx.directory()
        require_group_office(tx, command, directory)
        differing = changes(directory, read, tx.now) if read else []
        tx.noted |= {"problems": len(problems), **_counted(differing)}
        found.append(Preview(await _version(tx), problems, differing, read))
        return {"base": found[0].base}

    await carry_out(room, Command("directory.preview", who, None, _named(name, content)), work)
    return found[0]


async def take(
    room: Room, who: Actor, name: str, content: bytes, base: int, *, key: str | None = None
) -> dict[str, int]:
    """directory.import. Raises Refused: field.invalid for a file with problems, version.conflict where the directory
    is not the one any more with which the file was compared.
    """
    read: Directory | None = None
    problem = ""
    try:
        read = await asyncio.to_thread(read_file, name, content)
    except InvalidDocument as invalid:
        problem = invalid.problems[0]

    async def work(tx: Tx, command: Command) -> dict[str, int]:
        await one_version_at_a_time(tx)
        directory = await tx.directory()
        require_group_office(tx, command, directory)
        if read is None:
            raise Refused(Code.field_invalid, f"文件有错误，没有导入：{problem}", field="content")
        version = await _version(tx)
        if version != base:
            raise Refused(Code.version_conflict, f"组织机构已更新为第 {version} 版，请重新上传文件，核对变更后再导入")
        tx.noted |= _counted(changes(directory, read, tx.now))
        return {"directory": await import_directory(tx, read)}

    data = _named(name, content) | {"base": base}
    return await carry_out(room, Command("directory.import", who, None, data), work, idempotency_key=key)


async def give_out(room: Room, who: Actor) -> bytes:
    """directory.export: the workbook. It holds telephone numbers: for whom it may be imported by, and on record."""

    async def work(tx: Tx, command: Command) -> dict[str, int]:
        require_group_office(tx, command, await tx.directory())
        return {"version": await _version(tx)}

    await carry_out(room, Command("directory.export", who, None, {"kind": "xlsx"}), work)
    async with room.db.read() as session:
        directory = await room.directory(session)
    return await asyncio.to_thread(to_xlsx, directory)


def read_file(name: str, content: bytes) -> Directory:
    """By what is in it, not by its name. Raises InvalidDocument with a line a problem, whatever is wrong with it."""
    if len(content) > MOST_BYTES:
        raise InvalidDocument([f"{name}: 文件超过 {MOST_BYTES // 1024 // 1024} MB"])
    try:
        if content[:2] == b"PK":
            _require_modest(name, content)
            return read_workbook(content, file=name)
        return read_directory(content.decode("utf-8-sig"), file=name)
    except InvalidDocument:
        raise
    except UnicodeDecodeError:
        raise InvalidDocument([f"{name}: 既不是 Excel (.xlsx)，也不是 UTF-8 的 YAML 文本"]) from None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError, OverflowError) as error:
        raise InvalidDocument([f"{name}: 内容的结构不是组织机构：{type(error).__name__}"]) from None


def _require_modest(name: str, content: bytes) -> None:
    """A few kilobytes can unpack to gigabytes: what the archive says of its parts is looked at before they are."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, OSError):
        raise InvalidDocument([f"{name}: 不是有效的 Excel (.xlsx) 文件"]) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise InvalidDocument([f"{name}: 解压后过大，不像组织机构的表格"])


def _named(name: str, content: bytes) -> dict[str, object]:
    return {"file": name[:200], "sha256": hashlib.sha256(content).hexdigest()}


def _counted(found: Sequence[Change]) -> dict[str, int]:
    return dict(Counter(change.act for change in found))


async def _version(tx: Tx) -> int:
    rows = await fetch(tx.session, select(func.max(tx.room.tables.directory.c.version)))
    return int(rows[0][0] or 0)
