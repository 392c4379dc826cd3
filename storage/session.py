"""The connection of one transaction, and the two things every statement of it needs: cipher and guard.

The guard: a statement that names a table with a tenant must compare that table's tenant to something. The
few that cannot (finding an account, the clock, the outbox's queue) say so by name where they are made.

The fence: a transaction enters one tenant, the first that it names, and another only by saying so. PostgreSQL
then shows and takes rows of that tenant alone (row-level security), whatever a statement forgot to compare.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, CursorResult, Delete, Insert, Row, Select, String, Update, bindparam, select

# INSERT … ON CONFLICT. SQLite speaks it in the same words, and SQLAlchemy writes this one for both.
from sqlalchemy.dialects.postgresql import insert as insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression, ClauseElement
from sqlalchemy.sql.selectable import FromClause

from bot.ports import Calendar
from storage import tables as t
from storage.crypto import KeyRing, Sealed
from storage.database import Database, entered


class Unguarded(AssertionError):
    """A statement reaches a table without naming whose rows it means."""


_passed: "WeakKeyDictionary[ClauseElement, bool]" = WeakKeyDictionary()


def across_tenants(statement: Any, why: str) -> Any:
    """Let one statement past the guard and the fence; `why` is for whoever reads the code."""
    assert why
    _passed[statement] = True
    return statement


EVERYBODY = "*"
"""What the clock enters: it looks for due rows of all tenants, and reads no words."""

_ENTER = select(entered(bindparam("tenant", type_=String())))


def _tenant_in(values: Any) -> str | None:
    """The tenant among a statement's parameters."""
    first = values[0] if isinstance(values, list) and values else values
    if isinstance(first, Mapping):
        for name in ("tenant", "tenant_id", "of_tenant"):
            if name in first:
                return str(first[name])
    return None


_words = insert(t.words)
_KEEP_WORDS = _words.on_conflict_do_update(
    index_elements=["tenant_id", "id"],
    set_={name: _words.excluded[name] for name in ("key", "nonce", "body", "at")},
)
_FORGET_WORDS = t.words.delete().where(
    t.words.c.tenant_id == bindparam("tenant"), t.words.c.id.in_(bindparam("rows", expanding=True))
)


def no_holidays(_name: str) -> Container[date]:
    """The calendar of whoever writes to nobody."""
    return frozenset()


class Session:
    """One transaction on one connection. Repositories share it and nothing else."""

    def __init__(
        self, database: Database, connection: AsyncConnection, keys: KeyRing, calendar: Calendar = no_holidays
    ) -> None:
        self.database = database
        self.connection = connection
        self.keys = keys
        self.calendar = calendar
        self.tenant: str | None = None

    async def enter(self, tenant: str) -> None:
        """From here on, rows of this tenant and of no other; of all, for EVERYBODY's."""
        if tenant != self.tenant:
            self.tenant = tenant
            if not self.database.sqlite:
                await self.connection.execute(_ENTER, {"tenant": tenant})

    async def run(self, statement: Any, values: Any = None) -> CursorResult[Any]:
        """Execute a guarded statement."""
        across = _passed.get(statement)
        if across is None:
            unguarded = sorted(_unguarded(statement))
            if unguarded:
                raise Unguarded(f"no tenant is named for {', '.join(unguarded)}")
            across = _passed[statement] = False
        if not across:
            await self._stay_within(values)
        result: CursorResult[Any] = await self.connection.execute(statement, values or {})
        return result

    async def _stay_within(self, values: Any) -> None:
        named = _tenant_in(values)
        if self.tenant is None:
            if named is None:
                raise Unguarded("no tenant has been entered")
            await self.enter(named)
        elif named is not None and named != self.tenant and self.tenant != EVERYBODY:
            raise Unguarded("this transaction is another tenant's")

    async def all(self, statement: Any, **values: Any) -> Sequence[Row[Any]]:
        return (await self.run(statement, values)).all()

    async def one(self, statement: Any, **values: Any) -> Row[Any] | None:
        return (await self.run(statement, values)).first()

    async def count(self, statement: Any, **values: Any) -> int:
        """Execute, and say how many rows it changed."""
        return (await self.run(statement, values)).rowcount

    async def keep_words(self, tenant: str, row: str, person: str | None, text: str, at: datetime) -> None:
        """Write one row of words, or replace it."""
        sealed = self.keys.seal(tenant, row, text.encode())
        values = {"key": sealed.key, "nonce": sealed.nonce, "body": sealed.body, "at": at}
        await self.run(_KEEP_WORDS, {"tenant_id": tenant, "id": row, "person_id": person, **values})

    async def forget_words(self, tenant: str, rows: Iterable[str]) -> None:
        ids = list(rows)
        if ids:
            await self.run(_FORGET_WORDS, {"tenant": tenant, "rows": ids})

    def text(self, tenant: str, row: Mapping[str, Any] | Row[Any], prefix: str = "") -> str | None:
        """The words of a row that was read with `words_of(prefix)`; None where there are none."""
        fields = row._mapping if isinstance(row, Row) else row
        if fields[f"{prefix}body"] is None:
            return None
        sealed = Sealed(fields[f"{prefix}key"], fields[f"{prefix}nonce"], fields[f"{prefix}body"])
        return self.keys.open(tenant, fields[f"{prefix}words_id"], sealed).decode()


def words_of(table: Any = t.words, prefix: str = "") -> list[Any]:
    """The columns that `Session.text` needs."""
    return [
        table.c.id.label(f"{prefix}words_id"),
        table.c.key.label(f"{prefix}key"),
        table.c.nonce.label(f"{prefix}nonce"),
        table.c.body.label(f"{prefix}body"),
    ]


# ---- the guard


def _unguarded(statement: Any) -> Iterator[str]:
    """Names of tables with a tenant that `statement` reaches without comparing it."""
    if isinstance(statement, Insert):
        return
    compared = set()
    for node in visitors.iterate(statement):
        if isinstance(node, BinaryExpression) and node.operator.__name__ in ("eq", "in_op"):
            for side in (node.left, node.right):
                if isinstance(side, Column | ClauseElement) and getattr(side, "name", "") == "tenant_id":
                    compared.add(getattr(side, "table", None))
    for source in _sources(statement):
        if "tenant_id" in source.c and source not in compared:
            yield str(getattr(source, "name", source))


def _sources(statement: Any) -> Iterator[FromClause]:
    if isinstance(statement, Update | Delete):
        yield statement.table
        return
    seen = set()
    for node in visitors.iterate(statement):
        if isinstance(node, Select):
            for source in node.get_final_froms():
                for leaf in _leaves(source):
                    if leaf not in seen:
                        seen.add(leaf)
                        yield leaf


def _leaves(source: FromClause) -> Iterator[FromClause]:
    left, right = getattr(source, "left", None), getattr(source, "right", None)
    if left is not None and right is not None:
        yield from _leaves(left)
        yield from _leaves(right)
    else:
        yield source
