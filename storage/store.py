"""The store: transactions over one database, with everything that the engine's ports ask for."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Calendar
from storage import tables as t
from storage.announcements import SqlAnnouncements
from storage.answers import SqlAnswers, SqlShares
from storage.audit import SqlAudit
from storage.calls import SqlCalls
from storage.clock import SqlClock
from storage.conversations import SqlClaims, SqlConversations
from storage.crypto import PROOF, KeyFault, KeyRing, Sealed
from storage.database import Database
from storage.digests import SqlDigests
from storage.erasure import SqlErasure
from storage.glance import SqlGlance
from storage.installations import SqlInstallations
from storage.links import SqlLinks
from storage.outbox import SqlOutbox
from storage.pairs import SqlPairs
from storage.people import SqlPeople
from storage.purge import SqlPurge
from storage.reached import SqlReached
from storage.retention import SqlRetention
from storage.rounds import SqlRounds, SqlTurns
from storage.session import EVERYBODY, Session, no_holidays
from storage.sessions import SqlSessions
from storage.setup import SqlSetup
from storage.shown import SqlShown
from storage.teams import SqlTeams
from storage.views import SqlViews

Rows = Mapping[Table, Sequence[Mapping[str, Any]]]
"""The rows of each table, the tables in an order in which they can be put down."""

_COUNT_ON = text("SELECT setval(pg_get_serial_sequence('outbox', 'seq'), coalesce(max(seq), 1)) FROM outbox")
"""PostgreSQL counts apart from the rows: the next one is to come after those that were put back."""


class SqlTx:
    """One transaction; see `bot.ports.Tx`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.claims = SqlClaims(session)
        self.conversations = SqlConversations(session)
        self.audit = SqlAudit(session)
        self.people = SqlPeople(session, self.audit)
        self.answers = SqlAnswers(session)
        self.shares = SqlShares(session)
        self.pairs = SqlPairs(session)
        self.rounds = SqlRounds(session)
        self.turns = SqlTurns(session)
        self.outbox = SqlOutbox(session)
        self.shown = SqlShown(session)
        self.reached = SqlReached(session)
        self.digests = SqlDigests(session)
        self.calls = SqlCalls(session)
        self.retention = SqlRetention(session)
        self.glances = SqlGlance(session)
        self.views = SqlViews(session, self.conversations, self.calls)
        self.announcements = SqlAnnouncements(session)
        self.clock = SqlClock(session)
        self.sessions = SqlSessions(session)
        self.links = SqlLinks(session)
        self.erasure = SqlErasure(session)
        self.purge = SqlPurge(session)
        self.setup = SqlSetup(session)
        self.teams = SqlTeams(session)
        self.installations = SqlInstallations(session)


class SqlStore:
    """The store on SQLite or PostgreSQL; see `bot.ports.Store`.

    `calendar` gives it the days that programmes name as their holidays: whoever sends needs one.
    """

    def __init__(self, database: Database, keys: KeyRing, calendar: Calendar = no_holidays) -> None:
        self.database = database
        self._keys = keys
        self._calendar = calendar

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTx]:
        async with self.database.write() as connection:
            tx = self._tx(connection)
            yield tx
            # Last: whoever adds to the same chain waits for this transaction, and no longer than a commit takes.
            await tx.audit.append()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTx]:
        async with self.database.read() as connection:
            yield self._tx(connection)

    async def scrub(self) -> None:
        await self.database.scrub()

    async def check_keys(self, now: datetime) -> None:
        """Make sure that every key this database was written with is here, and note the current one.

        Raises:
            KeyFault: a key is missing or wrong. Nothing has been changed; with the right key all is there.
        """
        async with self.database.write() as connection:
            rows = await self._proven(connection)
            if self._keys.current not in {row.id for row in rows}:
                sealed = self._keys.seal("", self._keys.current, PROOF)
                values = {"id": sealed.key, "nonce": sealed.nonce, "proof": sealed.body, "at": now}
                await connection.execute(t.keys.insert().values(values))

    async def prove_keys(self) -> int:
        """How many keys this database was written with, if every one of them is here.

        Raises:
            KeyFault: a key is missing or wrong.
        """
        async with self.database.read() as connection:
            return len(await self._proven(connection))

    async def has_written(self) -> bool:
        """Whether somebody has begun to write with the current key."""
        async with self.database.read() as connection:
            found = await connection.execute(select(t.keys.c.id).where(t.keys.c.id == self._keys.current))
            return found.first() is not None

    async def _proven(self, connection: AsyncConnection) -> Sequence[Row[Any]]:
        rows = (await connection.execute(select(t.keys))).all()
        missing = sorted(row.id for row in rows if row.id not in self._keys.names())
        if missing:
            raise KeyFault(
                f"This database was written with a key that ALONGSIDE_KEYS does not name ({', '.join(missing)}). "
                "Nothing was changed. Add that key again, after the current one, and start once more."
            )
        for row in rows:
            self._keys.open("", row.id, Sealed(row.id, row.nonce, row.proof))
        return rows

    async def all_rows(self) -> Rows:
        """Everything but the keys, as it is stored: words are as unreadable in it as in the database."""
        async with self.database.read() as connection:
            await self._tx(connection).session.enter(EVERYBODY)
            return {
                table: [dict(row) for row in (await connection.execute(select(table))).mappings()]
                for table in t.metadata.sorted_tables
                if table is not t.keys
            }

    async def put_back(self, rows: Rows) -> None:
        """Forget everything but the keys, and put these rows in its place.

        The demo's "start over"; nothing of the product itself calls it.
        """
        async with self.database.write() as connection:
            await self._tx(connection).session.enter(EVERYBODY)
            for table in reversed(t.metadata.sorted_tables):
                if table is not t.keys:
                    await connection.execute(table.delete())
            for table, each in rows.items():
                # A lease ends by the real clock: what was on its way when this was noted is on nobody's way now.
                free = [{**row, "leased_until": None} for row in each] if table is t.outbox else each
                if free:
                    await connection.execute(table.insert(), free)
            if not self.database.sqlite:
                await connection.execute(_COUNT_ON)

    def _tx(self, connection: AsyncConnection) -> SqlTx:
        return SqlTx(Session(self.database, connection, self._keys, self._calendar))
