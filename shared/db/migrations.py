"""Each room's own Alembic history, run from code. `services/<room>/migrations/` holds the revisions, nothing else."""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, TypeDecorator, text
from sqlalchemy.schema import CreateSchema
from sqlmodel.sql.sqltypes import AutoString

from shared.db.database import WRITES, Database
from shared.db.sealed import BLIND_LENGTH, Blind, BlindTerms, Keyed, SealedBytes, SealedJson, SealedText
from shared.db.types import Json, UtcDateTime

T = TypeVar("T")

_LOCK = 0x63_63_72_6D
"""Two replicas that start at once migrate one after the other."""


class Migrations:
    """One room's history. `metadata` is what the newest revision must amount to."""

    def __init__(self, room: str, metadata: MetaData) -> None:
        self.room = room
        self._metadata = metadata
        package = importlib.import_module(f"services.{room}")
        self._versions = Path(str(package.__file__)).parent / "migrations"
        self._config = Config()
        self._config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
        self._config.set_main_option("version_locations", str(self._versions))
        self._config.set_main_option("path_separator", "newline")
        self._config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        self._config.attributes |= {"room": room, "metadata": metadata}
        self._script = ScriptDirectory.from_config(self._config)

    @property
    def head(self) -> str | None:
        return self._script.get_current_head()

    async def upgrade(self, db: Database, to: str = "head") -> None:
        """To the newest revision, or another; nothing is done where it is there already."""
        await self._run(db, lambda connection: self._upgrade(connection, to))

    async def is_current(self, db: Database) -> bool:
        """Whether the schema is at least as new as this program: a newer one, from a rolling upgrade, is fine."""
        async with db.engine.connect() as connection:
            found = await connection.run_sync(self._revision)
        if found is None:
            return False
        return found == self.head or not self._knows(found)

    async def differences(self, db: Database) -> list[Any]:
        """What a new revision would have to change: nothing, where the tables and the revisions agree."""
        return await self._run(db, self._differences)

    async def downgrade(self, db: Database) -> None:
        """Back to nothing, to prove that the way back works."""
        await self._run(db, lambda connection: command.downgrade(self._with(connection), "base"))

    async def revise(self, db: Database, revision: str, message: str) -> Path:
        """Writes the revision that brings the database from where it is to the tables."""

        def write(connection: Connection) -> Path:
            made = command.revision(self._with(connection), message, autogenerate=True, rev_id=revision)
            assert made is not None
            assert not isinstance(made, list)
            return Path(made.path)

        self._versions.mkdir(exist_ok=True)
        return await self._run(db, write)

    async def _run(self, db: Database, work: Callable[[Connection], T]) -> T:
        async with db.engine.connect() as connection:
            await connection.execution_options(**{WRITES: True})
            async with connection.begin():
                if not db.is_sqlite:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                    await connection.execute(CreateSchema(self.room, if_not_exists=True))
                return await connection.run_sync(work)

    def _with(self, connection: Connection) -> Config:
        self._config.attributes["connection"] = connection
        return self._config

    def _upgrade(self, connection: Connection, to: str) -> None:
        if self._revision(connection) != self.head:
            command.upgrade(self._with(connection), to)

    def _differences(self, connection: Connection) -> list[Any]:
        options = {key: value for key, value in self._options().items() if key != "target_metadata"}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, self._metadata))

    def _revision(self, connection: Connection) -> str | None:
        context = MigrationContext.configure(connection, opts={"version_table_schema": self.room})
        return context.get_current_revision()

    def _knows(self, revision: str) -> bool:
        try:
            return self._script.get_revision(revision) is not None
        except CommandError:
            return False

    def _options(self) -> dict[str, Any]:
        return environment_options(self.room, self._metadata)


def environment_options(room: str, metadata: MetaData) -> dict[str, Any]:
    def ours(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema":
            return name == room
        return not (kind == "table" and name == "alembic_version")

    return {
        "target_metadata": metadata,
        "version_table_schema": room,
        "include_schemas": True,
        "include_name": ours,
        "compare_type": _differs,
        "render_item": _rendered,
    }


def run_environment(context: Any) -> None:
    attributes = context.config.attributes
    options = environment_options(attributes["room"], attributes["metadata"])
    context.configure(connection=attributes["connection"], **options)
    with context.begin_transaction():
        context.run_migrations()


def rooms_with_tables() -> dict[str, MetaData]:
    """Every room of the installation, by looking for packages that have tables."""
    services = importlib.import_module("services")
    names = [found.name for found in pkgutil.iter_modules(services.__path__) if found.ispkg]
    return {name: importlib.import_module(f"services.{name}.tables").METADATA for name in names}


def _differs(context: Any, inspected: Any, column: Any, inspected_type: Any, declared: Any) -> bool | None:
    """Our own types are compared by what they are in the database, which Alembic cannot know."""
    if isinstance(declared, TypeDecorator):
        dialect = context.dialect
        wanted = declared.dialect_impl(dialect).compile(dialect=dialect)
        return bool(inspected_type.compile(dialect=dialect) != wanted)
    return None


def _rendered(kind: str, item: Any, _context: Any) -> Any:
    """Types as the tables have them, so that a revision reads like a table and imports one module."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if isinstance(item, SealedText | BlindTerms):
        return "sa.Text()"
    if isinstance(item, Blind | Keyed):
        return f"sa.String(length={BLIND_LENGTH})"
    if isinstance(item, SealedBytes):
        return "sa.LargeBinary()"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return "Json" if item is Json or isinstance(item, SealedJson) else False
