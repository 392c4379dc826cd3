"""Workspaces that let the app in: their tokens are sealed, renewed by one at a time, and gone with the workspace."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.model import Account, Lost, Platform
from bot.reached import lose
from bot.rows import Installed
from storage import rotation
from storage import tables as t
from storage.crypto import KeyFault, KeyRing
from storage.rotation import rotate
from storage.store import SqlStore
from tests.cast import BEN, MONDAY, bring_in
from tests.conftest import KEYS
from tests.databases import everything

NORTH = Installed("T1", "Northbank", "UBOT", frozenset({"commands"}), MONDAY, "xoxb-1", "xoxe-1", MONDAY)
SOUTH = replace(NORTH, team="T2", name="Southbank", token="xoxb-2", refresh="xoxe-2")
BOTH, NEW = KeyRing.of([bytes(range(100, 132)), bytes(range(32))]), KeyRing.of([bytes(range(100, 132))])


async def keep(store: SqlStore, *given: Installed) -> None:
    for each in given:
        async with store.write() as tx:
            await tx.installations.keep(each)


async def kept(store: SqlStore) -> list[Installed]:
    async with store.read() as tx:
        return list(await tx.installations.every())


async def test_what_is_kept_is_found_again_and_stands_sealed(store: SqlStore) -> None:
    await keep(store, NORTH, SOUTH)
    assert await kept(store) == [replace(NORTH, version=1), replace(SOUTH, version=1)]
    async with everything(store.database) as connection:
        rows = repr((await connection.execute(select(t.slack_installations))).all())
    assert "xox" not in rows
    async with store.read() as tx:
        assert await tx.installations.has("T1")
        assert not await tx.installations.has("T3")
        assert await tx.installations.get("T3") is None


async def test_the_tokens_of_one_workspace_do_not_open_in_the_place_of_anothers(store: SqlStore) -> None:
    await keep(store, NORTH, SOUTH)
    table = t.slack_installations
    async with everything(store.database) as connection:
        row = (await connection.execute(select(table).where(table.c.team == "T1"))).one()
        moved = {"nonce": row.nonce, "body": row.body}
        await connection.execute(table.update().where(table.c.team == "T2").values(moved))
    async with store.read() as tx:
        with pytest.raises(KeyFault):
            await tx.installations.get("T2")


async def test_letting_it_in_again_puts_the_new_token_in_the_place_of_the_old(store: SqlStore) -> None:
    await keep(store, NORTH, replace(NORTH, name="North", token="xoxb-9", expires_at=None))
    (found,) = await kept(store)
    assert (found.name, found.token, found.expires_at, found.version) == ("North", "xoxb-9", None, 2)


async def test_of_many_who_would_renew_it_at_once_one_may_and_only_over_what_was_read(
    store: SqlStore,
) -> None:
    await keep(store, NORTH)
    (before,) = await kept(store)

    async def claim() -> bool:
        async with store.write() as tx:
            return await tx.installations.claim(before)

    assert sorted(await asyncio.gather(*(claim() for _ in range(5)))) == [False] * 4 + [True]
    new = replace(before, token="xoxb-new", refresh="xoxe-new", expires_at=MONDAY + timedelta(hours=12))
    async with store.write() as tx:
        assert await tx.installations.renew(before, new)
    async with store.write() as tx:
        assert not await tx.installations.renew(before, replace(new, token="xoxb-too-late"))
    (found,) = await kept(store)
    assert found == replace(new, version=2)
    assert not await claim(), "it is another token by now"
    before = found
    assert await claim(), "and that one is nobody's yet"


async def test_rotating_keys_seals_tokens_anew_and_lets_the_old_key_go_only_then(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    await keep(store, NORTH, SOUTH)
    both = SqlStore(store.database, BOTH)
    await both.check_keys(MONDAY)
    assert await rotation.left(both) == 2
    found = await rotate(both, lambda _: None)
    assert (found.anew, found.closed, found.unused) == (2, 0, [KEYS.current])
    alone = SqlStore(store.database, NEW)
    await alone.check_keys(MONDAY)
    assert [each.token for each in await kept(alone)] == ["xoxb-1", "xoxb-2"]


async def test_a_key_that_a_token_needs_is_not_let_go(store: SqlStore) -> None:
    await keep(store, NORTH)
    both = SqlStore(store.database, BOTH)
    await both.check_keys(MONDAY)
    assert await rotation._retire(both) == []
    assert await both.prove_keys() == 2


@pytest.mark.parametrize(
    ("heard", "stays"), [(timedelta(), False), (-timedelta(seconds=1), True), (None, False)]
)
async def test_a_workspace_that_is_lost_takes_its_token_along_unless_it_let_the_app_in_since(
    store: SqlStore, heard: timedelta | None, stays: bool
) -> None:
    await bring_in(store)
    await keep(store, NORTH, SOUTH)
    async with store.write() as tx:
        await tx.setup.reach(BEN.reader, Account(Platform.SLACK, "T1:UBEN"))
    at = None if heard is None else MONDAY + heard
    async with store.write() as tx:
        await lose(tx, Lost(Platform.SLACK, "T1:", everybody=True, at=at), MONDAY)
    assert [each.team for each in await kept(store)] == (["T1", "T2"] if stays else ["T2"])
    async with store.read() as tx:
        assert (await tx.people.at(Account(Platform.SLACK, "T1:UBEN")) is not None) is stays


async def test_one_who_is_lost_leaves_the_workspace_as_it_is(store: SqlStore) -> None:
    await keep(store, NORTH)
    async with store.write() as tx:
        await lose(tx, Lost(Platform.SLACK, "T1:UBEN"), MONDAY)
    assert [each.team for each in await kept(store)] == ["T1"]


async def test_whoever_set_out_comes_back_once_in_time_and_in_the_same_browser(store: SqlStore) -> None:
    until = MONDAY + timedelta(minutes=10)
    async with store.write() as tx:
        await tx.installations.begin("s1", "b1", until)
        await tx.installations.begin("s2", "b1", until)

    async def finish(state: str, browser: str, at: timedelta = timedelta()) -> bool:
        async with store.write() as tx:
            return await tx.installations.finish(state, browser, MONDAY + at)

    assert not await finish("s1", "b2")
    assert not await finish("s3", "b1")
    assert not await finish("s1", "b1", timedelta(minutes=10))
    assert sorted(await asyncio.gather(*(finish("s1", "b1") for _ in range(3)))) == [False, False, True]
    async with store.write() as tx:
        assert (await tx.purge.purge(until + timedelta(seconds=1)))["slack_states"] == 1
