"""Rotating keys: everything can be read with the new key alone, whatever happens meanwhile, and nothing is lost."""

import asyncio
import base64
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from adapters.cli import app
from bot.audit import Did, Entry, Of
from bot.errors import Conflict
from storage import rotation
from storage import tables as t
from storage.chain import chains
from storage.crypto import KeyFault, KeyRing
from storage.rotation import Rotated, rotate
from storage.store import SqlStore
from tests.cast import ADA, BEN, FAY, MONDAY, ZOE, bring_in
from tests.conftest import KEYS
from tests.databases import everything

OLD_KEY, NEW_KEY = bytes(range(32)), bytes(range(100, 132))
BOTH, NEW = KeyRing.of([NEW_KEY, OLD_KEY]), KeyRing.of([NEW_KEY])
ROWS = 7
"""More than three batches of the two that these tests make them of."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)


@pytest.fixture
async def written(store: SqlStore) -> SqlStore:
    """A store with words and entries of two tenants, written with the old key; a service has begun with the new."""
    await bring_in(store)
    for who in (ADA, ZOE):
        for number in range(ROWS):
            async with store.write() as tx:
                row, text = f"row {number}", f"words {number} of {who.id}"
                await tx.session.keep_words(who.tenant, row, who.id, text, MONDAY)
                tx.audit.note(Entry(who.tenant, MONDAY, FAY.id, Did.OPENED, Of.DIGEST, f"page {number}"))
    await with_keys(store, BOTH).check_keys(MONDAY)
    return store


def with_keys(store: SqlStore, keys: KeyRing) -> SqlStore:
    return SqlStore(store.database, keys)


async def all_words(store: SqlStore) -> list[str]:
    async with store.read() as tx:
        await tx.session.enter("*")
        found = []
        async with everything(store.database) as connection:
            rows = (
                await connection.execute(select(t.words).order_by(t.words.c.tenant_id, t.words.c.id))
            ).all()
        for row in rows:
            fields = {"words_id": row.id, "key": row.key, "nonce": row.nonce, "body": row.body}
            found.append(tx.session.text(row.tenant_id, fields) or "")
        return found


async def verified(store: SqlStore) -> list[tuple[int, str, str]]:
    async with store.read() as tx:
        return [(each.entries, each.newest, each.fault) for each in await chains(tx.session)]


def ignore(_more: int) -> None:
    return None


async def test_afterwards_the_new_key_alone_reads_everything_and_the_old_one_is_needed_by_nothing(
    written: SqlStore,
) -> None:
    words, audit = await all_words(written), await verified(written)
    heard: list[int] = []
    found = await rotate(with_keys(written, BOTH), heard.append)
    assert (found.anew, found.closed) == (sum(heard), 0) == (4 * ROWS, 0)
    assert found.unused == [KEYS.current]
    alone = with_keys(written, NEW)
    await alone.check_keys(MONDAY)
    assert await all_words(alone) == words
    assert await verified(alone) == audit, "no hash that was noted elsewhere changes"
    assert await verified(alone) == [(ROWS, audit[0][1], ""), (ROWS, audit[1][1], "")]
    with pytest.raises(KeyFault):
        await all_words(written)
    assert await rotate(alone, ignore) == Rotated(0, 0, []), "twice does nothing more"


async def test_before_it_has_run_the_old_key_is_still_asked_for(written: SqlStore) -> None:
    with pytest.raises(KeyFault, match=KEYS.current):
        await with_keys(written, NEW).check_keys(MONDAY)


class Stopped(BaseException):
    """What nothing catches."""


@pytest.mark.parametrize("after", range(1, 6))
async def test_stopped_between_two_batches_it_goes_on_where_it_was(written: SqlStore, after: int) -> None:
    words, left = await all_words(written), [after]

    def stop(_more: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise Stopped

    with pytest.raises(Stopped):
        await rotate(with_keys(written, BOTH), stop)
    assert await all_words(with_keys(written, BOTH)) == words
    with pytest.raises(KeyFault):
        await with_keys(written, NEW).check_keys(MONDAY)
    found = await rotate(with_keys(written, BOTH), ignore)
    assert 0 < found.anew < 4 * ROWS
    assert await all_words(with_keys(written, NEW)) == words


KILLED = """
import asyncio, os, signal, sys
from storage import rotation
from storage.database import Database
from storage.store import SqlStore
from tests.storage.test_rotation import BOTH

rotation.BATCH = 2
put = rotation.Session.count
times = [0]

async def count(self, statement, **values):
    times[0] += 1
    if times[0] == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return await put(self, statement, **values)

rotation.Session.count = count
asyncio.run(rotation.rotate(SqlStore(Database(sys.argv[1]), BOTH), lambda _: None))
"""


@pytest.mark.slow
async def test_killed_in_the_middle_of_a_batch_nothing_is_lost_and_it_goes_on(written: SqlStore) -> None:
    words = await all_words(written)
    url = written.database.url.render_as_string(hide_password=False)
    root = Path(t.__file__).parent.parent
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, url], cwd=root, timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert await all_words(with_keys(written, BOTH)) == words
    assert (await rotate(with_keys(written, BOTH), ignore)).anew == 4 * ROWS - 2, (
        "one batch had been committed"
    )
    assert await all_words(with_keys(written, NEW)) == words


async def test_what_people_write_meanwhile_is_kept(written: SqlStore) -> None:
    service = with_keys(written, BOTH)

    async def write() -> None:
        for number in range(ROWS):
            async with service.write() as tx:
                await tx.session.keep_words(ADA.tenant, f"row {number}", ADA.id, f"newer {number}", MONDAY)
                await tx.session.keep_words(ADA.tenant, f"more {number}", BEN.id, f"more {number}", MONDAY)
                tx.audit.note(Entry(ADA.tenant, MONDAY, FAY.id, Did.OPENED, Of.DIGEST, f"more {number}"))
            await asyncio.sleep(0)

    await asyncio.gather(write(), rotate(with_keys(written, BOTH), ignore))
    await rotate(with_keys(written, BOTH), ignore)
    kept = await all_words(with_keys(written, NEW))
    for number in range(ROWS):
        assert f"newer {number}" in kept
        assert f"more {number}" in kept
        assert f"words {number} of {ADA.id}" not in kept
    assert [each[2] for each in await verified(with_keys(written, NEW))] == ["", ""]


async def test_a_service_that_was_forgotten_loses_nothing_and_cannot_write_with_the_old_key(
    written: SqlStore,
) -> None:
    """It has the old key alone: what it writes before the end keeps that, and what it tries afterwards is refused."""
    real = rotation._retire

    async def write_first(store: SqlStore) -> list[str]:
        async with written.write() as tx:
            await tx.session.keep_words(ADA.tenant, "late", ADA.id, "late words", MONDAY)
        return list(await real(store))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "_retire", write_first)
        assert (await rotate(with_keys(written, BOTH), ignore)).unused == []
    with pytest.raises(KeyFault):
        await with_keys(written, NEW).check_keys(MONDAY)
    assert (await rotate(with_keys(written, BOTH), ignore)).unused == [KEYS.current]
    assert "late words" in await all_words(with_keys(written, NEW))
    with pytest.raises(Conflict):
        async with written.write() as tx:
            await tx.session.keep_words(ADA.tenant, "too late", ADA.id, "words", MONDAY)


async def test_what_was_tampered_with_is_left_and_its_key_is_still_needed(written: SqlStore) -> None:
    async with everything(written.database) as connection:
        mine = (t.words.c.tenant_id == ADA.tenant, t.words.c.id == "row 3")
        await connection.execute(t.words.update().where(*mine).values(body=b"anything but that, really"))
        entry = (t.audit.c.tenant_id == ADA.tenant, t.audit.c.seq == 3)
        await connection.execute(t.audit.update().where(*entry).values(stamp=b"not a stamp"))
    found = await rotate(with_keys(written, BOTH), ignore)
    assert (found.anew, found.closed, found.unused) == (4 * ROWS - 2, 2, [])
    faults = [each[2] for each in await verified(with_keys(written, BOTH))]
    assert sorted(faults) == ["", "Entry 3 was not written by Alongside."]


# ---- the command


def run(store: SqlStore, *keys: bytes) -> tuple[int, str]:
    url = store.database.url.render_as_string(hide_password=False)
    ring = " ".join(base64.b64encode(key).decode() for key in keys)
    settings = {"ALONGSIDE_DATABASE": url, "ALONGSIDE_KEYS": ring, "COLUMNS": "200"}
    result = CliRunner().invoke(app, ["keys", "rotate"], env=settings)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


async def test_the_command_waits_for_the_service_then_says_which_keys_can_go(store: SqlStore) -> None:
    await bring_in(store)
    async with store.write() as tx:
        await tx.session.keep_words(ADA.tenant, "row", ADA.id, "words", MONDAY)
    status, said = await asyncio.to_thread(run, store, NEW_KEY, OLD_KEY)
    assert (status, "no service has started with the first key" in said) == (1, True)
    status, said = await asyncio.to_thread(run, store, NEW_KEY)
    assert (status, "Add that key again" in said) == (1, True)
    await with_keys(store, BOTH).check_keys(MONDAY)
    status, said = await asyncio.to_thread(run, store, NEW_KEY, OLD_KEY)
    assert status == 0
    assert "One row is encrypted anew with the first key." in said
    assert f"Key 2 in ALONGSIDE_KEYS ({KEYS.current}) is needed by nothing any more" in said
    assert "Backups from before still need it." in said
    status, said = await asyncio.to_thread(run, store, NEW_KEY)
    assert (status, said.strip()) == (0, "Everything is encrypted with the first key already.")
