"""The audit's chain: whatever is done to it past Alongside is found, and two who write at once never fork it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import COMMAND_LINE, Did, Entry, Of
from storage import tables as t
from storage.audit import hash_of
from storage.chain import Chain, chains, told
from storage.crypto import KeyRing
from storage.database import Database
from storage.store import SqlStore
from tests.cast import ADA, FAY, MONDAY, ONE, TWO, ZOE, bring_in, programme
from tests.conftest import KEYS
from tests.databases import everything

MINE = t.audit.c.tenant_id == ADA.tenant


def entry(number: int) -> Entry:
    return Entry(ADA.tenant, MONDAY + timedelta(days=number), FAY.id, Did.OPENED, Of.DIGEST, f"page {number}")


async def noted(store: SqlStore, count: int = 6) -> None:
    """As many entries of one tenant, and one of another."""
    await bring_in(store)
    for number in range(1, count + 1):
        async with store.write() as tx:
            tx.audit.note(entry(number))
    async with store.write() as tx:
        tx.audit.note(Entry(ZOE.tenant, MONDAY, COMMAND_LINE, Did.MADE_LINK, Of.PERSON, ZOE.id))


async def verified(store: SqlStore) -> dict[str, Chain]:
    async with store.read() as tx:
        return {each.organisation: each for each in await chains(tx.session)}


# ---- what is done to it past Alongside


async def a_changed_row(connection: AsyncConnection) -> None:
    await connection.execute(t.audit.update().where(MINE, t.audit.c.seq == 3).values(who=ADA.id))


async def a_row_that_is_hashed_anew(connection: AsyncConnection) -> None:
    """As well as somebody can who has the database and no key: every hash from there on is right again."""
    rows = await connection.execute(select(t.audit).where(MINE).order_by(t.audit.c.seq))
    before = ""
    for row in [dict(each) for each in rows.mappings()]:
        if row["seq"] >= 3:
            row |= {"who": ADA.id if row["seq"] == 3 else row["who"], "before": before}
            row["hash"] = hash_of(row)
            await connection.execute(t.audit.update().where(MINE, t.audit.c.seq == row["seq"]).values(row))
        before = row["hash"]


async def a_deleted_row(connection: AsyncConnection) -> None:
    await connection.execute(t.audit.delete().where(MINE, t.audit.c.seq == 3))


async def deleted_rows(connection: AsyncConnection) -> None:
    await connection.execute(t.audit.delete().where(MINE, t.audit.c.seq.in_([3, 4])))


async def deleted_first_rows(connection: AsyncConnection) -> None:
    await connection.execute(t.audit.delete().where(MINE, t.audit.c.seq <= 2))


async def a_row_that_is_deleted_and_the_gap_closed(connection: AsyncConnection) -> None:
    await a_deleted_row(connection)
    for seq in (4, 5, 6):
        await connection.execute(t.audit.update().where(MINE, t.audit.c.seq == seq).values(seq=seq - 1))


async def a_swapped_pair(connection: AsyncConnection) -> None:
    for seq, then in ((3, 99), (4, 3), (99, 4)):
        await connection.execute(t.audit.update().where(MINE, t.audit.c.seq == seq).values(seq=then))


async def an_inserted_row(connection: AsyncConnection) -> None:
    for seq in (6, 5, 4, 3):
        await connection.execute(t.audit.update().where(MINE, t.audit.c.seq == seq).values(seq=seq + 1))
    row = dict((await connection.execute(select(t.audit).where(MINE, t.audit.c.seq == 2))).mappings().one())
    row |= {"seq": 3, "before": row["hash"], "about": "a page that nobody opened"}
    await connection.execute(t.audit.insert().values({**row, "hash": hash_of(row)}))


async def a_row_at_the_end(connection: AsyncConnection) -> None:
    row = dict((await connection.execute(select(t.audit).where(MINE, t.audit.c.seq == 6))).mappings().one())
    row |= {"seq": 7, "before": row["hash"]}
    await connection.execute(t.audit.insert().values({**row, "hash": hash_of(row)}))


async def a_row_of_another_tenant(connection: AsyncConnection) -> None:
    theirs = t.audit.c.tenant_id == ZOE.tenant
    row = dict((await connection.execute(select(t.audit).where(theirs))).mappings().one())
    await a_deleted_row(connection)
    row |= {"tenant_id": ADA.tenant, "seq": 3}
    await connection.execute(t.audit.insert().values(row))


async def a_removal_that_never_was(connection: AsyncConnection) -> None:
    """The first rows are deleted, and the last says that they were removed for their age."""
    first = (await connection.execute(select(t.audit).where(MINE, t.audit.c.seq == 2))).mappings().one()
    last = dict((await connection.execute(select(t.audit).where(MINE, t.audit.c.seq == 6))).mappings().one())
    last |= {"did": Did.FORGOT.value, "kind": Of.ENTRIES.value, "about": f"2 {first['hash']}"}
    await connection.execute(
        t.audit.update().where(MINE, t.audit.c.seq == 6).values({**last, "hash": hash_of(last)})
    )
    await deleted_first_rows(connection)


Tamper = Callable[[AsyncConnection], Awaitable[None]]
FOUND: dict[Tamper, str] = {
    a_changed_row: "Entry 3 is not as it was written.",
    a_row_that_is_hashed_anew: "Entry 3 was not written by Alongside.",
    a_deleted_row: "Entry 3 is missing.",
    deleted_rows: "Entries 3 to 4 are missing.",
    deleted_first_rows: (
        "What came before entry 3 is missing, and no entry says that it was removed for its age."
    ),
    a_row_that_is_deleted_and_the_gap_closed: "Entry 3 does not follow from the one before it.",
    a_swapped_pair: "Entry 3 does not follow from the one before it.",
    an_inserted_row: "Entry 3 was not written by Alongside.",
    a_row_at_the_end: "Entry 7 was not written by Alongside.",
    a_row_of_another_tenant: "Entry 3 does not follow from the one before it.",
    a_removal_that_never_was: "Entry 6 was not written by Alongside.",
}


@pytest.mark.parametrize("tamper", FOUND, ids=lambda each: each.__name__)
async def test_what_is_done_to_it_past_alongside_is_found_and_where(store: SqlStore, tamper: Tamper) -> None:
    await noted(store)
    before = await verified(store)
    assert [(each.entries, each.fault) for each in before.values()] == [(6, ""), (1, "")], "the control"
    async with everything(store.database) as connection:
        await tamper(connection)
    after = await verified(store)
    assert after[ONE].fault == FOUND[tamper]
    assert after[TWO] == before[TWO] or tamper is a_row_of_another_tenant


async def test_what_is_missing_at_the_end_shows_only_beside_a_note_of_the_newest(store: SqlStore) -> None:
    await noted(store)
    before = (await verified(store))[ONE]
    async with everything(store.database) as connection:
        await connection.execute(t.audit.delete().where(MINE, t.audit.c.seq > 4))
    after = (await verified(store))[ONE]
    assert after.fault == ""
    assert (after.entries, after.newest) != (before.entries, before.newest)


# ---- how it is written


async def test_what_is_undone_is_not_noted_and_what_is_noted_stands_in_its_order(store: SqlStore) -> None:
    await noted(store, 1)
    with suppress(ZeroDivisionError):
        async with store.write() as tx:
            tx.audit.note(entry(2))
            raise ZeroDivisionError
    async with store.write() as tx:
        for number in (5, 3, 4):
            tx.audit.note(entry(number))
    async with store.read() as tx:
        found = await told(tx.session, ADA.tenant, programme(ONE, "Leading together").id)
        assert [each.about for each in found.entries] == ["page 1", "page 5", "page 3", "page 4"]
        assert await tx.audit.noted(entry(5), MONDAY)
        assert not await tx.audit.noted(entry(5), MONDAY + timedelta(days=6))
        assert not await tx.audit.noted(entry(2), MONDAY)
    assert (await verified(store))[ONE].fault == ""


async def test_replicas_that_write_at_once_write_one_chain(store: SqlStore) -> None:
    await bring_in(store)
    others = [
        SqlStore(Database(store.database.url.render_as_string(hide_password=False)), KEYS) for _ in range(2)
    ]

    async def write(by: SqlStore, number: int) -> None:
        async with by.write() as tx:
            tx.audit.note(entry(number))
            tx.audit.note(entry(number + 100))

    await asyncio.gather(*(write(by, number) for number in range(20) for by in (store, *others)))
    for each in others:
        await each.database.close()
    found = (await verified(store))[ONE]
    assert (found.entries, found.fault) == (120, "")


async def test_who_comes_second_waits_for_the_first_and_follows_from_it(store: SqlStore) -> None:
    await noted(store, 1)
    ready, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with store.write() as tx:
            tx.audit.note(entry(2))
            await tx.audit.append()
            ready.set()
            await go.wait()

    async def quick() -> None:
        await ready.wait()
        asyncio.get_running_loop().call_later(0.1, go.set)
        async with store.write() as tx:
            tx.audit.note(entry(3))

    await asyncio.gather(slow(), quick())
    async with everything(store.database) as connection:
        rows = (
            await connection.execute(select(t.audit.c.about).where(MINE).order_by(t.audit.c.seq))
        ).scalars()
        assert list(rows) == ["page 1", "page 2", "page 3"]


async def test_an_end_that_was_found_on_the_way_and_is_none_any_more_is_looked_for_again(
    store: SqlStore,
) -> None:
    await noted(store, 2)
    async with store.write() as tx:
        tx.audit._ends[ADA.tenant] = (1, "an end of some moments ago")
        tx.audit.note(entry(3))
    found = (await verified(store))[ONE]
    assert (found.entries, found.fault) == (3, "")


def test_only_the_audit_writes_to_the_chain() -> None:
    """Whatever else wrote there would break it, and would be found only by somebody who looks."""
    root = Path(t.__file__).parent.parent
    files = [each for name in ("bot", "adapters", "storage") for each in (root / name).rglob("*.py")]
    changing = re.compile(r"insert\(t\.audit\)|t\.audit\.(insert|update|delete)")
    assert {each.name for each in files if changing.search(each.read_text())} == {"audit.py"}, (
        "rotation.py stamps anew what is there, and is tested by itself"
    )


# ---- what is removed for its age


async def test_entries_removed_for_their_age_leave_a_chain_that_holds(store: SqlStore) -> None:
    await noted(store)

    async def forget(days: int) -> int:
        async with store.write() as tx:
            until = MONDAY + timedelta(days=days)
            return await tx.audit.forget(ADA.tenant, until, MONDAY + timedelta(days=days))

    for days, gone, left in ((1, 0, 6), (4, 3, 4), (5, 1, 4), (60, 4, 1), (90, 1, 1)):
        assert await forget(days) == gone
        found = await verified(store)
        assert (found[ONE].entries, found[ONE].fault) == (left, ""), days
        assert found[TWO].entries == 1
    async with store.write() as tx:
        tx.audit.note(entry(100))
    assert (await verified(store))[ONE].fault == ""
    async with everything(store.database) as connection:
        await connection.execute(t.audit.delete().where(MINE, t.audit.c.did == Did.FORGOT.value))
    assert "What came before entry" in (await verified(store))[ONE].fault


# ---- the keys


async def test_a_chain_cannot_be_checked_without_the_key_that_stamped_it(store: SqlStore) -> None:
    await noted(store)
    other = SqlStore(store.database, KeyRing.of([bytes(range(1, 33))]))
    assert "which ALONGSIDE_KEYS does not name" in (await verified(other))[ONE].fault


async def test_nothing_of_a_key_is_shown_by_a_ring(store: SqlStore) -> None:
    shown: Any = repr(KEYS)
    assert shown == f"KeyRing(current='{KEYS.current}')"
