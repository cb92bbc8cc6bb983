"""A1: a new directory is taken whole, and every room is told."""

from sqlalchemy import select

from shared.db.statements import fetch
from shared.events.dispatch import DirectoryPublishedV1
from shared.org.model import Directory
from shared.room.consume import keep_directory
from shared.room.room import Tx


async def import_directory(tx: Tx, directory: Directory) -> int:
    """The version under which the directory is in force. The one in force again changes nothing."""
    table = tx.room.tables.directory
    latest = await fetch(tx.session, select(table).order_by(table.c.version.desc()).limit(1))
    if latest and Directory.model_validate_json(latest[0].body) == directory:
        return int(latest[0].version)
    version = latest[0].version + 1 if latest else 1
    await keep_directory(tx, tx.emit(DirectoryPublishedV1, version=version, directory=directory))
    return int(version)
