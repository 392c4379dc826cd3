"""SQLite's connection: what waits for the disk or for another process waits in the connection's thread.

Everything else is done where it is asked for. aiosqlite goes to its thread for each cursor, statement and row;
where a statement takes some microseconds, the ways there and back are what a message costs.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite

# At its lowest level it writes down every value: names and addresses would stand in a log.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


def connect(path: str) -> "Connection":
    """A connection that SQLAlchemy awaits, as it does with aiosqlite's own."""
    connection = Connection(
        partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False), iter_chunk_size=64
    )
    # A program that is told to end does not wait for a connection that nobody closed.
    connection._thread.daemon = True
    return connection


class Connection(aiosqlite.Connection):
    async def _connect(self) -> "Connection":
        try:
            await super()._connect()
        except BaseException:
            # Its thread has one more answer to give, and must not find that nobody is there any more.
            await asyncio.to_thread(self._thread.join, 1)
            raise
        return self

    def cursor(self) -> "Cursor":  # type: ignore[override]  # nothing is to be awaited for a cursor
        return Cursor(self)

    async def rollback(self) -> None:
        # Asked for whenever a connection goes back to the pool, where mostly there is nothing to undo. A
        # statement that was cancelled half way cannot be missed here: SQLAlchemy throws such a connection away.
        if self.in_transaction:
            await super().rollback()


AT_ONCE = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""What a transaction does between its beginning, which may wait for another writer, and its commit, which waits for the
disk. These take microseconds: no file is synchronised by them, and nobody else holds what they need."""


class Cursor:
    """What SQLAlchemy needs of a cursor; it holds its rows and nothing of the database."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._visit: Callable[..., Awaitable[None]] = connection._execute
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        if sql.startswith(AT_ONCE):
            self._run(sqlite3.Cursor.execute, sql, parameters)
        else:
            await self._visit(self._run, sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        await self._visit(self._run, sqlite3.Cursor.executemany, sql, parameters)

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = []

    async def __aenter__(self) -> "Cursor":
        return self

    def _run(self, execute: Any, sql: str, parameters: Any) -> None:
        cursor = self._connection._conn.cursor()
        try:
            execute(cursor, sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall()
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()
