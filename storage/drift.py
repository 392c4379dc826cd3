"""`python -m storage.drift`: fails if the migrations and the tables in code have drifted apart."""

import asyncio
import sys
import tempfile
from pathlib import Path

from storage.database import Database
from storage.migrate import drift, upgrade


async def differences() -> list[object]:
    """What differs, on a fresh SQLite database; the tests ask the same of PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'drift.db'}")
        try:
            await upgrade(database)
            return list(await drift(database))
        finally:
            await database.close()


if __name__ == "__main__":
    found = asyncio.run(differences())
    sys.exit(
        "\n".join(["The tables and the migrations have drifted apart:", *map(str, found)]) if found else 0
    )
