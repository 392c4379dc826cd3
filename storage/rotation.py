"""Rotating keys: everything that is sealed is sealed anew with the current key, while the service goes on.

A batch is a transaction. Whenever it ends, in whatever way, each row is sealed with one key of the ring or another,
and the next run goes on with those that are left. A key's proof goes only when no row needs the key: the database
holds to that, also against a service that still writes with it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, exists, func, literal, select, tuple_

from bot.errors import Conflict
from storage import tables as t
from storage.crypto import KeyFault, Sealed
from storage.installations import open_tokens, seal_tokens
from storage.session import EVERYBODY, Session, across_tenants
from storage.store import SqlStore

BATCH = 200
PASSES, MOMENT = 20, 0.1
"""How often what was in use is tried again, and after how many seconds."""

_WHY = "keys are everybody's; rows are sealed anew for each tenant with its own name"
_w, _a, _i = t.words.c, t.audit.c, t.slack_installations.c
Place = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A table whose rows name a key: where a row stands, the next ones that are due, and what is put in their place."""

    place: str
    secret: str
    lowest: Any
    left: Any
    count: Any
    put: Any
    anew: Callable[[Session, Any], Mapping[str, Any]]


def _words(session: Session, row: Any) -> Mapping[str, Any]:
    text = session.keys.open(row.tenant_id, row.id, Sealed(row.key, row.nonce, row.body))
    sealed = session.keys.seal(row.tenant_id, row.id, text)
    return {"key": sealed.key, "nonce": sealed.nonce, "body": sealed.body}


def _entry(session: Session, row: Any) -> Mapping[str, Any]:
    if not session.keys.is_stamped(row.key, row.hash, row.stamp):
        # Whoever put it there shall not have it stamped by us.
        raise KeyFault(f"Entry {row.seq} was not written by Alongside.")
    return {"key": session.keys.current, "stamp": session.keys.stamp(row.hash)}


def _tokens(session: Session, row: Any) -> Mapping[str, Any]:
    return seal_tokens(session, row.team, *open_tokens(session, row))


def _of(table: Any, place: str, lowest: Any, secret: str, anew: Callable[[Session, Any], Any]) -> _Sealed:
    c = table.c
    tenant = c.tenant_id if "tenant_id" in c else literal("").label("tenant_id")
    stale = c.key != bindparam("current")
    after = tuple_(tenant, c[place]) > tuple_(bindparam("after_tenant"), bindparam("after_place"))
    # What is being written is left for later: whoever writes is not to wait for us and we for them.
    rows = select(table) if "tenant_id" in c else select(table, tenant)
    left = rows.where(stale, after).order_by(tenant, c[place]).limit(bindparam("most"))
    mine = (tenant == bindparam("of_tenant"), c[place] == bindparam("of_place"))
    return _Sealed(
        place,
        secret,
        lowest,
        across_tenants(left.with_for_update(skip_locked=True), _WHY),
        across_tenants(select(func.count()).select_from(table).where(stale), _WHY),
        # Only over what was read: what has been written anew meanwhile is newer than ours.
        across_tenants(table.update().where(*mine, c[secret] == bindparam("seen")), _WHY)
        if "tenant_id" not in c
        else table.update().where(*mine, c[secret] == bindparam("seen")),
        anew,
    )


_TABLES = (
    _of(t.words, "id", "", "nonce", _words),
    _of(t.audit, "seq", -(2**31), "stamp", _entry),
    _of(t.slack_installations, "team", "", "nonce", _tokens),
)

_PROVEN = across_tenants(select(t.keys.c.id), _WHY)
_RETIRE = across_tenants(
    t.keys.delete().where(
        t.keys.c.id == bindparam("name"),
        ~exists().where(_w.key == bindparam("name")),
        ~exists().where(_a.key == bindparam("name")),
        ~exists().where(_i.key == bindparam("name")),
    ),
    _WHY,
)


@dataclass(slots=True)
class Rotated:
    """What came of it: rows sealed anew, rows that do not open, and keys (by name) that no row needs any more."""

    anew: int = 0
    closed: int = 0
    unused: Sequence[str] = field(default_factory=tuple)


async def left(store: SqlStore) -> int:
    """How many rows are sealed with another key than the current one."""
    async with store.read() as tx:
        await tx.session.enter(EVERYBODY)
        counts = [await tx.session.one(each.count, current=tx.session.keys.current) for each in _TABLES]
    return sum(int(each[0]) for each in counts if each is not None)


async def rotate(store: SqlStore, done: Callable[[int], None]) -> Rotated:
    """Seal everything with the current key, and let go of the proofs of keys that no row needs.

    `done` hears how many rows each batch has sealed.
    """
    found = Rotated()
    for attempt in range(PASSES):
        found.closed = 0
        for each in _TABLES:
            await _all(store, each, found, done)
        if await left(store) <= found.closed:
            break
        await asyncio.sleep(MOMENT if attempt < PASSES - 1 else 0)
    found.unused = await _retire(store)
    return found


async def _all(store: SqlStore, table: _Sealed, found: Rotated, done: Callable[[int], None]) -> None:
    place: Place | None = ("", table.lowest)
    while place is not None:
        try:
            async with store.write() as tx:
                after, anew, closed = await _batch(tx.session, table, place)
        except Conflict:
            await asyncio.sleep(MOMENT)
            continue
        place, found.anew, found.closed = after, found.anew + anew, found.closed + closed
        done(anew)


async def _batch(session: Session, table: _Sealed, after: Place) -> tuple[Place | None, int, int]:
    """Seal the next rows anew; where those ended, if there may be more, and how many were and were not."""
    await session.enter(EVERYBODY)
    asked = {"current": session.keys.current, "after_tenant": after[0], "after_place": after[1]}
    asked["most"] = BATCH
    rows = await session.all(table.left, **asked)
    anew, closed = 0, 0
    for row in rows:
        place = row._mapping[table.place]
        seen = {"of_tenant": row.tenant_id, "of_place": place, "seen": row._mapping[table.secret]}
        try:
            values = table.anew(session, row)
        except KeyFault:
            closed += 1
        else:
            anew += await session.count(table.put, **seen, **values)
    if len(rows) < BATCH:
        return None, anew, closed
    return (rows[-1].tenant_id, rows[-1]._mapping[table.place]), anew, closed


async def _retire(store: SqlStore) -> Sequence[str]:
    """Let go of the proofs of keys that no row needs; the keys of the ring that nothing needs now, in its order."""
    async with store.read() as tx:
        keys = tx.session.keys
        proven = [row.id for row in await tx.session.all(_PROVEN)]
    for name in proven:
        if name != keys.current:
            try:
                async with store.write() as tx:
                    await tx.session.enter(EVERYBODY)
                    await tx.session.run(_RETIRE, {"name": name})
            except Conflict:
                # Something was written with it at this moment: it stays.
                continue
    async with store.read() as tx:
        needed = {row.id for row in await tx.session.all(_PROVEN)}
    return [name for name in keys.names() if name != keys.current and name not in needed]
