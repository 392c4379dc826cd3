"""The same statements through the bare driver: no engine, no SQLAlchemy, no encryption, nothing decided.

It is given every advantage that the product has: connections that are open already, prepared statements,
and on SQLite the same pragmas and one writer at a time, so that nobody waits in SQLite's own lottery.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

import aiosqlite
import psycopg
from sqlalchemy.engine import make_url

from storage.database import PRAGMAS

Statement = tuple[str, Any]


class Driver(Protocol):
    """One connection. `transact` runs statements in one transaction and commits it."""

    async def transact(self, statements: Sequence[Statement]) -> None: ...

    async def close(self) -> None: ...


async def connect(url: str, connections: int) -> list[Driver]:
    """Open connections of the driver that the product uses for `url`."""
    found = make_url(url)
    if found.get_backend_name() != "sqlite":
        plain = found.set(drivername="postgresql").render_as_string(hide_password=False)
        return [Psycopg(await psycopg.AsyncConnection.connect(plain)) for _ in range(connections)]
    turn = asyncio.Lock()
    opened: list[Driver] = []
    for _ in range(connections):
        connection = await aiosqlite.connect(str(found.database), isolation_level=None)
        for pragma in PRAGMAS:
            await connection.execute(f"PRAGMA {pragma}")
        opened.append(Aiosqlite(connection, turn))
    return opened


class Psycopg:
    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def transact(self, statements: Sequence[Statement]) -> None:
        # The driver sends BEGIN by itself before the first statement.
        for sql, parameters in statements:
            cursor = await self._connection.execute(sql.encode(), parameters)
            if cursor.description:
                await cursor.fetchall()
        await self._connection.commit()

    async def close(self) -> None:
        await self._connection.close()


class Aiosqlite:
    def __init__(self, connection: aiosqlite.Connection, turn: asyncio.Lock) -> None:
        self._connection = connection
        self._turn = turn

    async def transact(self, statements: Sequence[Statement]) -> None:
        async with self._turn:
            await self._connection.execute("BEGIN IMMEDIATE")
            for sql, parameters in statements:
                if sql.startswith("SELECT"):
                    await self._connection.execute_fetchall(sql, parameters)
                else:
                    await self._connection.execute(sql, parameters)
            await self._connection.commit()

    async def close(self) -> None:
        await self._connection.close()


class Sqlite3:
    """SQLite without the thread in between, which an asynchronous program cannot do without."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    async def transact(self, statements: Sequence[Statement]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for sql, parameters in statements:
            self._connection.execute(sql, parameters).fetchall()
        self._connection.commit()

    async def close(self) -> None:
        self._connection.close()
