"""The two databases behind one code: how they are opened, and what a transaction is on each.

SQLite is opened with WAL, foreign keys and full synchronisation; a transaction that writes begins IMMEDIATE,
so it never fails half way, and within one process writers take turns. PostgreSQL runs at READ COMMITTED.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, String, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.sql.functions import FunctionElement

from bot.errors import Conflict, Unavailable
from storage.sqlite import connect

log = logging.getLogger(__name__)

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",
)
"""How SQLite is opened."""

NAMING_PEOPLE = ("people", "accounts")
"""Where names and addresses stood before somebody was erased; their words were unreadable without a key."""


class db_now(FunctionElement[Any]):
    """The database's own clock, plus `seconds`: leases are measured by it, whatever a replica's clock says."""

    type = DateTime(timezone=True)
    inherit_cache = True
    name = "db_now"


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: Any, **kw: Any) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {compiler.process(element.clauses, **kw)} || ' seconds')"


@compiles(db_now)
def _postgresql_now(element: db_now, compiler: Any, **kw: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


class workspace_of(FunctionElement[Any]):
    """How the names of all accounts of one workspace begin, up to the colon; nothing where there is none."""

    type = String()
    inherit_cache = True
    name = "workspace_of"


@compiles(workspace_of, "sqlite")
def _sqlite_workspace(element: workspace_of, compiler: Any, **kw: Any) -> str:
    name = compiler.process(element.clauses, **kw)
    return f"substr({name}, 1, instr({name}, ':'))"


@compiles(workspace_of)
def _postgresql_workspace(element: workspace_of, compiler: Any, **kw: Any) -> str:
    name = compiler.process(element.clauses, **kw)
    return f"substr({name}, 1, strpos({name}, ':'))"


class entered(FunctionElement[Any]):
    """A tenant, as which the transaction sees and writes from then on. Only PostgreSQL can hold it to that."""

    type = String()
    inherit_cache = True
    name = "entered"


@compiles(entered, "sqlite")
def _sqlite_entered(element: entered, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(entered)
def _postgresql_entered(element: entered, compiler: Any, **kw: Any) -> str:
    return f"set_config('alongside.tenant', {compiler.process(element.clauses, **kw)}, true)"


class Database:
    """One engine and its two kinds of transaction."""

    def __init__(self, url: str) -> None:
        self.url: URL = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        # One writer at a time in this process: waiting here is fair, waiting in SQLite is a lottery.
        self._turn = asyncio.Lock() if self.sqlite else None
        self.engine: AsyncEngine = create_async_engine(
            self.url.set(drivername="sqlite+aiosqlite" if self.sqlite else "postgresql+psycopg"),
            poolclass=AsyncAdaptedQueuePool,
            # All of them are kept once opened: those beyond a smaller pool would be closed and opened again
            # in the middle of a rush, each with its prepared statements gone.
            pool_size=32,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=not self.sqlite,
            hide_parameters=True,
            # INSERT … ON CONFLICT DO NOTHING must say whether it inserted, on both databases.
            execution_options={"preserve_rowcount": True},
            **({"async_creator": partial(connect, str(self.url.database))} if self.sqlite else {}),
        )
        # The same engine; what is begun through it is begun to write.
        self._writing = self.engine.execution_options(immediate=True)
        if self.sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    def is_missing(self) -> bool:
        """Whether this is a file that is not there; to open it would make an empty one."""
        return self.sqlite and not Path(str(self.url.database)).exists()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end of its block."""
        if self._turn is None:
            async with self._translated(), self.engine.begin() as connection:
                yield connection
            return
        async with self._turn, self._translated(), self._writing.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        async with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    async def scrub(self) -> None:
        """Take what was deleted out of the files: SQLite overwrites it, its log and PostgreSQL are asked to let go."""
        async with self._translated(), self.engine.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            if self.sqlite:
                await outside.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                return
            # Only a table that is written anew leaves nothing in its pages. Others are not kept waiting for long.
            await outside.exec_driver_sql("SET lock_timeout = '5s'")
            try:
                for table in NAMING_PEOPLE:
                    await outside.exec_driver_sql(f"VACUUM FULL {table}")
            except OperationalError:
                log.warning("what was erased could not be taken out of the files yet: the tables were busy")
            finally:
                await outside.exec_driver_sql("RESET lock_timeout")

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise Conflict("Something else changed at the same moment.") from error
        except DBAPIError as error:
            if _was_a_race(error):
                raise Conflict("Something else changed at the same moment.") from error
            if error.connection_invalidated or _is_away(error):
                raise Unavailable("The database cannot be reached.") from error
            raise
        except OSError as error:
            raise Unavailable("The database cannot be reached.") from error


def _was_a_race(error: DBAPIError) -> bool:
    # PostgreSQL: serialization_failure, deadlock_detected.
    return getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def _is_away(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    text = str(error.orig)
    # 08: connection exceptions; 57P: the server is going down or coming up; 53: no room (disk, connections).
    away = state[:2] in ("08", "53") or state[:3] == "57P"
    unreachable = type(error.orig).__name__ == "OperationalError" and not state and "locked" not in text
    return away or "locked" in text or unreachable


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    try:
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
    except BaseException:
        # It is nobody's yet: its thread would be left behind, and complain when the program ends.
        connection.close()
        raise
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
