"""A1: a new directory is taken whole, and every room is told."""

from sqlalchemy import func, select

from shared.db.statements import fetch, run
from shared.events.dispatch import DirectoryPublishedV1
from shared.org.model import Directory
from shared.room.consume import keep_directory
from shared.room.room import Tx

DIRECTORY_LOCK = 0x43_43_52_4D
"""The number of the lock in the database."""


async def import_directory(tx: Tx, directory: Directory) -> int:
    """The version under which the directory is in force. The one in force again changes nothing."""
    await one_version_at_a_time(tx)
    table = tx.room.tables.directory
    latest = await fetch(tx.session, select(table).order_by(table.c.version.desc()).limit(1))
    if latest and Directory.model_validate_json(latest[0].body) == directory:
        return int(latest[0].version)
    version = latest[0].version + 1 if latest else 1
    await keep_directory(tx, tx.emit(DirectoryPublishedV1, version=version, directory=directory))
    return int(version)


async def one_version_at_a_time(tx: Tx) -> None:
    """Until the transaction ends nobody else changes the directory: what one reads and changes is the latest.

    SQLite has one writer anyhow.
    """
    tx.forget("directory")
    if not tx.room.db.is_sqlite:
        await run(tx.session, select(func.pg_advisory_xact_lock(DIRECTORY_LOCK)))
