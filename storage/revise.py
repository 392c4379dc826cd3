"""`python -m storage.revise "what it is for"`: writes the migration from the newest version to the tables in code."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database
from storage.migrate import HERE, config, upgrade


async def revise(message: str) -> None:
    """Compare the tables with a freshly migrated database and write down the difference."""
    # After the newest: a number may have been left out.
    number = f"{max(int(each.revision) for each in ScriptDirectory(str(HERE)).walk_revisions()) + 1:04}"

    def write(connection: Connection) -> None:
        command.revision(config(connection), message=message, autogenerate=True, rev_id=number)

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'revise.db'}")
        try:
            await upgrade(database)
            async with database.engine.connect() as connection:
                await connection.run_sync(write)
        finally:
            await database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say what the migration is for: python -m storage.revise "Keep …"')
    asyncio.run(revise(sys.argv[1]))
