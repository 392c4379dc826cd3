"""Copies of whole databases, so that a story is told once and many tests go on from its end."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from tests.conftest import ROLE, as_role, with_database

_numbers = count(1)


def copy_of(url: str, folder: Path) -> str:
    """The URL of a copy of a database that nobody has open."""
    number = next(_numbers)
    if url.startswith("sqlite"):
        copy = folder / f"copy-{number}.db"
        shutil.copy(url.removeprefix("sqlite:///"), copy)
        return f"sqlite:///{copy}"
    name, original = f"copy_{os.getpid()}_{number}", urlsplit(url).path.removeprefix("/")
    with psycopg.connect(as_role(with_database(url, "postgres"), "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {original} OWNER {ROLE}".encode())
    return with_database(url, name)


async def copy_in_thread(url: str, folder: Path) -> str:
    return await asyncio.to_thread(copy_of, url, folder)


def administrator(database: Database) -> str:
    """The URL of a PostgreSQL database for whoever looks after the server; the service is never given it."""
    return as_role(database.url.render_as_string(hide_password=False), "postgres")


@asynccontextmanager
async def everything(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction that sees the rows of all tenants, past the fence: what an auditor of the database sees."""
    async with database.write() as connection:
        if not database.sqlite:
            await connection.execute(text("SELECT set_config('alongside.tenant', '*', true)"))
        yield connection
