"""Building a database, bringing it up to date, and telling whether the code and it have drifted apart.

Replicas never migrate by themselves: whoever runs the service does, with one command.
"""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.database import Database
from storage.tables import metadata

HERE = Path(__file__).parent / "migrations"


class NotMigrated(Exception):
    """The database is not as this code needs it: at another version, or open to too much."""


async def upgrade(database: Database) -> None:
    """Bring the database to the newest version; on one that is there already, nothing happens."""
    async with database.engine.connect() as connection:
        if database.sqlite:
            # Rebuilding a table with foreign keys on would cascade; off it is checked as a whole afterwards.
            await connection.run_sync(_pragma, "foreign_keys=OFF")
        await connection.run_sync(_upgrade)
        await connection.commit()
        if database.sqlite:
            broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
            await connection.rollback()
            await connection.run_sync(_pragma, "foreign_keys=ON")
            if broken:
                raise NotMigrated(f"{len(broken)} rows refer to nothing after the migration")


async def check(database: Database) -> None:
    """Raise NotMigrated unless the database is at the newest version, and its fences hold for us."""
    await check_version(database)
    await check_role(database)


async def check_version(database: Database) -> None:
    """Raise NotMigrated unless the database is at the newest version."""
    async with database.engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    newest = tuple(ScriptDirectory(str(HERE)).get_heads())
    if tuple(current) != newest:
        raise NotMigrated(
            f"The database is at version {', '.join(current) or 'none'}, this program needs {', '.join(newest)}. "
            "Run: alongside db upgrade"
        )


async def check_role(database: Database) -> None:
    """Raise NotMigrated if the fence around each tenant's rows does not hold for us, as it holds for no superuser."""
    if database.sqlite:
        return
    async with database.engine.connect() as connection:
        row = (await connection.execute(_ROLE)).one()
    if row.rolsuper or row.rolbypassrls:
        raise NotMigrated(
            f"Alongside reaches PostgreSQL as {row.rolname}, who may pass every fence between organisations. "
            "Give it a role of its own that owns its database, and name that in ALONGSIDE_DATABASE:\n"
            "    CREATE ROLE alongside LOGIN PASSWORD '...';\n"
            "    CREATE DATABASE alongside OWNER alongside;"
        )


_ROLE = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")


async def drift(database: Database) -> list[Any]:
    """What differs between the migrated database and the tables in code; nothing, if all is well."""

    def compare(connection: Connection) -> list[Any]:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
        )

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


def config(connection: Connection) -> Config:
    found = Config()
    found.set_main_option("script_location", str(HERE))
    found.attributes["connection"] = connection
    return found


def _upgrade(connection: Connection) -> None:
    command.upgrade(config(connection), "head")


def _pragma(connection: Connection, pragma: str) -> None:
    # On the driver's own cursor: a pragma about foreign keys does nothing inside a transaction.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
