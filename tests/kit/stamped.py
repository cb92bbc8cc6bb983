"""A room's tables as this version wants them, marked as migrated: what takes seconds by revisions takes none."""

from sqlalchemy import Column, MetaData, String, Table, insert

from shared.db.database import Database
from shared.db.migrations import Migrations


async def stamped(url: str, room: str, metadata: MetaData, revision: str | None = None) -> None:
    """`revision`: another than this version's newest."""
    db = Database(url, room)
    try:
        await db.create(metadata)
        version = Table("alembic_version", MetaData(schema=room), Column("version_num", String(32), primary_key=True))
        async with db.engine.begin() as connection:
            await connection.run_sync(version.create)
            await connection.execute(insert(version).values(version_num=revision or Migrations(room, metadata).head))
    finally:
        await db.close()
