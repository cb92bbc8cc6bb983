"""`python -m shared.db.revise MESSAGE [ROOM…]`: writes the next revision of each room whose tables have changed.

A revision is a draft until somebody has read it.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from shared.db.database import Database
from shared.db.migrations import Migrations, rooms_with_tables


async def revise(message: str, rooms: list[str]) -> list[Path]:
    made = []
    for room, metadata in rooms_with_tables().items():
        if rooms and room not in rooms:
            continue
        migrations = Migrations(room, metadata)
        with tempfile.TemporaryDirectory() as folder:
            db = Database(f"sqlite:///{Path(folder) / 'room.db'}", room)
            await migrations.upgrade(db)
            if await migrations.differences(db):
                number = f"{int(migrations.head or 0) + 1:04d}"
                made.append(await migrations.revise(db, number, message))
            await db.close()
    for path in made:
        path.write_text(re.sub(r"\n +# ### .*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    return made


if __name__ == "__main__":
    for path in asyncio.run(revise(sys.argv[1], sys.argv[2:])):
        sys.stdout.write(f"{path}\n")
