"""Copies of whole databases, so that a story is told once and many tests go on from its end."""

import asyncio
import os
import shutil
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.conftest import with_database

_numbers = count(1)


def copy_of(url: str, folder: Path) -> str:
    """The URL of a copy of a database that nobody has open."""
    number = next(_numbers)
    if url.startswith("sqlite"):
        copy = folder / f"copy-{number}.db"
        shutil.copy(url.removeprefix("sqlite:///"), copy)
        return f"sqlite:///{copy}"
    name, original = f"copy_{os.getpid()}_{number}", urlsplit(url).path.removeprefix("/")
    with psycopg.connect(with_database(url, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {original}".encode())
    return with_database(url, name)


async def copy_in_thread(url: str, folder: Path) -> str:
    return await asyncio.to_thread(copy_of, url, folder)
