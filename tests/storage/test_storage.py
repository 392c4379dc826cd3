"""What the store promises, on both databases: once, in order, for the right tenant, and under lock and key."""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import bindparam, select, text

from bot import deliver as delivering
from bot import lanes as lanes_module
from bot.errors import Conflict, PostFailed
from bot.ids import derive
from bot.lanes import Lanes, deliver, settle_all
from bot.messages import Action, CardKind, Outgoing, Pressed, Said
from bot.model import Platform
from bot.ports import PAGE, Posters
from bot.rows import Prompts, Queued, ToSend
from storage import outbox as outbox_module
from storage import tables as t
from storage.crypto import KeyFault, KeyRing, Sealed
from storage.database import Database
from storage.migrate import NotMigrated, check, drift, upgrade
from storage.outbox import MAX_ATTEMPTS, MAX_LOST
from storage.session import Unguarded
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, EVE, FAY, MONDAY, ZOE, Character, bring_in
from tests.conftest import KEYS
from tests.databases import administrator, everything
from tests.house import House, Ledger
from tests.test_round import THURSDAY_17, TUESDAY_10, begin

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


async def enqueue(store: SqlStore, who: Character, name: str, at: datetime = MONDAY) -> str:
    id = derive(who.id, name)
    async with store.write() as tx:
        await tx.outbox.enqueue([ToSend(who.reader, id, CardKind.DIGEST, id, False, at)])
    return id


async def lease(store: SqlStore, now: datetime = MONDAY, limit: int = 50) -> dict[str, Queued]:
    async with store.write() as tx:
        return {row.id: row for row in await tx.outbox.lease(now, limit, PAGE)}


async def send(store: SqlStore, posters: Posters, prompts: Prompts, now: datetime) -> None:
    """Deliver one batch to the page."""
    await deliver(store, posters, prompts, lambda: now, Lanes(), PAGE)


async def send_all(store: SqlStore, posters: Posters, prompts: Prompts, now: datetime) -> None:
    await settle_all(store, posters, prompts, lambda: now)


async def run_out(store: SqlStore) -> None:
    """Let every lease be over."""
    async with everything(store.database) as connection:
        await connection.execute(text("UPDATE outbox SET leased_until = '2020-01-01 00:00:00+00:00'"))


async def state_of(store: SqlStore, id: str) -> tuple[str, int, str]:
    async with everything(store.database) as connection:
        row = (await connection.execute(select(t.outbox).where(t.outbox.c.id == id))).one()
    return row.state, row.attempts, row.reason


# ---- once


async def test_a_delivery_is_claimed_once_among_many_who_claim_it(store: SqlStore) -> None:
    await bring_in(store)

    async def one() -> bool:
        async with store.write() as tx:
            new = await tx.claims.claim(ADA.account, "the same delivery", MONDAY)
            await asyncio.sleep(0.01)
            return new

    assert sorted(await asyncio.gather(*(one() for _ in range(8)))) == [False] * 7 + [True]


async def test_a_claim_that_was_rolled_back_can_be_made_again(store: SqlStore) -> None:
    await bring_in(store)

    async def fails() -> None:
        async with store.write() as tx:
            assert await tx.claims.claim(ADA.account, "a delivery", MONDAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    async with store.write() as tx:
        assert await tx.claims.claim(ADA.account, "a delivery", MONDAY)


# ---- the outbox


async def test_a_room_is_served_in_order_and_rooms_do_not_wait_for_each_other(store: SqlStore) -> None:
    await bring_in(store)
    first, second = await enqueue(store, ADA, "1"), await enqueue(store, ADA, "2")
    other = await enqueue(store, BEN, "1")
    rows = await lease(store)
    assert rows.keys() == {first, other}
    assert await lease(store) == {}
    async with store.write() as tx:
        assert await tx.outbox.sent(rows[first], ADA.account, "r", MONDAY)
    assert (await lease(store)).keys() == {second}


async def test_what_is_not_due_yet_holds_up_nothing(store: SqlStore) -> None:
    await bring_in(store)
    tomorrow = await enqueue(store, ADA, "tomorrow", MONDAY + timedelta(days=1))
    now = await enqueue(store, ADA, "now")
    assert (await lease(store)).keys() == {now}
    assert (await lease(store, MONDAY + timedelta(days=1))).keys() == set()
    await run_out(store)
    async with store.write() as tx:
        row = next(iter(await tx.outbox.lease(MONDAY, 5, PAGE)))
        await tx.outbox.sent(row, None, "", MONDAY)
    assert (await lease(store, MONDAY + timedelta(days=1))).keys() == {tomorrow}


async def test_whoever_lost_the_lease_settles_nothing(store: SqlStore) -> None:
    await bring_in(store)
    id = await enqueue(store, ADA, "1")
    late = (await lease(store))[id]
    assert await lease(store) == {}
    await run_out(store)
    now = (await lease(store))[id]
    assert (late.attempt, now.attempt) == (1, 2)
    async with store.write() as tx:
        assert not await tx.outbox.sent(late, ADA.account, "late", MONDAY)
        assert not await tx.outbox.failed(late, "late", None)
        assert await tx.outbox.sent(now, ADA.account, "in time", MONDAY)
        assert not await tx.outbox.sent(late, ADA.account, "late", MONDAY)
    async with everything(store.database) as connection:
        receipts = (await connection.execute(select(t.posts.c.receipt))).scalars().all()
    assert receipts == ["in time"]


async def test_a_lease_is_handed_to_one_of_many_workers(store: SqlStore) -> None:
    await bring_in(store)
    ids = {await enqueue(store, who, "1") for who in (ADA, BEN, CLEO, EVE, ZOE)}
    found = await asyncio.gather(*(lease(store, limit=2) for _ in range(6)))
    leased = [id for rows in found for id in rows]
    assert len(leased) == len(set(leased))
    assert set(leased) == ids


async def test_a_failed_row_is_tried_again_when_its_time_comes_and_keeps_its_place(store: SqlStore) -> None:
    await bring_in(store)
    first, second = await enqueue(store, ADA, "1"), await enqueue(store, ADA, "2")
    rows = await lease(store)
    later = MONDAY + timedelta(minutes=2)
    async with store.write() as tx:
        assert await tx.outbox.failed(rows[first], "busy", later)
    assert await lease(store) == {}, "the second does not overtake"
    rows = await lease(store, later)
    assert rows.keys() == {first}
    async with store.write() as tx:
        await tx.outbox.sent(rows[first], None, "", later)
    assert (await lease(store, later)).keys() == {second}


async def test_after_five_failures_a_row_is_parked_with_its_reason_and_the_next_goes_on(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store)
    first, second = await enqueue(store, FAY, "1"), await enqueue(store, FAY, "2")
    ledger = Ledger(failures=[PostFailed("the channel is gone", permanent=False) for _ in range(5)])
    now = MONDAY
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert (await state_of(store, first))[:2] == ("queued", attempt - 1)
        await send(store, {Platform.WEB: ledger}, prompts, now)
        now += timedelta(hours=1)
    assert await state_of(store, first) == ("dead", 5, "the channel is gone")
    await send_all(store, {Platform.WEB: ledger}, prompts, now)
    assert (await state_of(store, second))[0] == "sent"
    assert [each.id for each in ledger.posted] == [second]


async def test_a_permanent_failure_is_parked_at_once(store: SqlStore, prompts: Prompts) -> None:
    await bring_in(store)
    id = await enqueue(store, FAY, "1")
    ledger = Ledger(failures=[PostFailed("they have left", permanent=True)])
    await send_all(store, {Platform.WEB: ledger}, prompts, MONDAY)
    assert await state_of(store, id) == ("dead", 1, "they have left")


async def test_a_row_that_takes_its_workers_down_is_parked_and_takes_no_other_with_it(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store)
    poison = await enqueue(store, ADA, "1")
    others = {await enqueue(store, who, "1") for who in (BEN, CLEO, EVE, ZOE)}
    behind = await enqueue(store, ADA, "2")
    poster = Killer(poison)
    for _ in range(MAX_LOST):
        assert (await state_of(store, poison))[0] == "queued"
        with pytest.raises(asyncio.CancelledError):
            await send_all(store, {Platform.WEB: poster}, prompts, MONDAY)
        await run_out(store)  # nobody ever says how it ended
    await send_all(store, {Platform.WEB: poster}, prompts, MONDAY)
    state, _, reason = await state_of(store, poison)
    assert (state, reason) == ("dead", "begun and never ended")
    await send_all(store, {Platform.WEB: poster}, prompts, MONDAY)
    assert poster.posted.count(poison) == MAX_LOST
    assert sorted(id for id in poster.posted if id != poison) == sorted({*others, behind})


class Killer:
    """One card ends whoever posts it, before they can say so."""

    def __init__(self, bad: str) -> None:
        self.bad = bad
        self.posted: list[str] = []

    async def post(self, outgoing: Outgoing) -> str:
        self.posted.append(outgoing.id)
        if outgoing.id == self.bad:
            raise asyncio.CancelledError
        return "r"


class Poison:
    """Raises on one card, as a fault in drawing it would."""

    def __init__(self, bad: str) -> None:
        self.bad = bad
        self.posted: list[str] = []

    async def post(self, outgoing: Outgoing) -> str:
        if outgoing.id == self.bad:
            raise KeyError("words that no log may hold")
        self.posted.append(outgoing.id)
        return "r"


async def test_a_card_that_raises_holds_up_nobody_and_its_words_reach_no_log(
    store: SqlStore, prompts: Prompts, caplog: pytest.LogCaptureFixture
) -> None:
    await bring_in(store)
    bad, good = await enqueue(store, FAY, "bad"), await enqueue(store, ADA, "good")
    poster, now = Poison(bad), MONDAY
    for _ in range(MAX_ATTEMPTS):
        await send(store, {Platform.WEB: poster}, prompts, now)
        now += timedelta(hours=1)
    assert poster.posted == [good]
    assert await state_of(store, bad) == ("dead", 5, "KeyError")
    assert "no log may hold" not in caplog.text


class Slow:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun: list[str] = []

    async def post(self, outgoing: Outgoing) -> str:
        self.begun.append(outgoing.id)
        await asyncio.sleep(self.seconds)
        return "r"


async def test_a_batch_that_takes_longer_than_its_lease_sends_nothing_twice(
    store: SqlStore, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = timedelta(seconds=0.5)
    monkeypatch.setattr(outbox_module, "LEASE", short)
    monkeypatch.setattr(outbox_module, "_LEASE", outbox_module._leases()[0])
    monkeypatch.setattr(lanes_module, "LEASE", short)
    monkeypatch.setattr(lanes_module, "LONGEST", timedelta(seconds=0.3))
    monkeypatch.setattr(delivering, "LONGEST", timedelta(seconds=0.3))
    await bring_in(store)
    ids = {await enqueue(store, who, "1") for who in (ADA, BEN, CLEO, EVE, ZOE)}
    poster = Slow(0.15)

    async def worker() -> None:
        for _ in range(12):
            await send(store, {Platform.WEB: poster}, prompts, MONDAY)
            await asyncio.sleep(0.1)

    await asyncio.gather(worker(), worker())
    assert set(poster.begun) == ids
    assert len(poster.begun) == len(ids)


async def test_a_platform_that_never_answers_is_given_up(
    store: SqlStore, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "LONGEST", timedelta(seconds=0.05))
    await bring_in(store)
    id = await enqueue(store, FAY, "1")
    await send(store, {Platform.WEB: Slow(60)}, prompts, MONDAY)
    assert await state_of(store, id) == ("queued", 1, "no answer in time")


# ---- whose rows


async def test_a_statement_that_names_no_tenant_is_refused(store: SqlStore) -> None:
    someone = t.people.alias()
    unguarded = [
        select(t.people),
        select(t.words).where(t.words.c.id == bindparam("id")),
        t.parts.update().values(removed_at=None),
        t.words.delete().where(t.words.c.id == "x"),
        select(t.people.c.id)
        .select_from(t.people.join(someone, someone.c.id == t.people.c.id))
        .where(t.people.c.tenant_id == "x"),
        select(t.rounds.c.id).where(
            t.rounds.c.tenant_id == "x", t.rounds.c.id.in_(select(t.asks.c.round_id))
        ),
    ]
    async with store.read() as tx:
        await tx.session.enter("x")
        for statement in unguarded:
            with pytest.raises(Unguarded):
                await tx.session.run(statement)
        assert await tx.session.all(select(t.people).where(t.people.c.tenant_id == "x")) == []


async def test_a_row_cannot_refer_to_another_tenant(store: SqlStore) -> None:
    await bring_in(store)
    with pytest.raises(Conflict):
        async with store.write() as tx:
            await tx.session.keep_words(ZOE.tenant, derive("x"), ADA.id, "words", MONDAY)


# ---- under lock and key


async def reopened(store: SqlStore, keys: KeyRing) -> SqlStore:
    again = SqlStore(store.database, keys)
    await again.check_keys(MONDAY)
    return again


async def test_a_wrong_key_refuses_to_start_and_loses_nothing(store: SqlStore, prompts: Prompts) -> None:
    house = await begin(store, prompts)
    await house.press(ADA, Action.CHOOSE_WORDS, fields={"words": "somebody who asks"})
    with pytest.raises(KeyFault, match="ALONGSIDE_KEYS"):
        await reopened(store, KeyRing.of([NEW]))
    again = await reopened(store, KeyRing.of([OLD]))
    async with again.read() as tx:
        assert (await tx.views.member(ADA.reader)).words_for_me == "somebody who asks"


async def test_a_new_key_reads_what_the_old_one_wrote_and_writes_by_itself(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.press(ADA, Action.CHOOSE_WORDS, fields={"words": "written with the old one"})
    house.store = await reopened(store, KeyRing.of([NEW, OLD]))
    await house.press(BEN, Action.CHOOSE_WORDS, fields={"words": "written with the new one"})
    assert (await house.view(ADA)).words_for_me == "written with the old one"
    assert (await house.view(BEN)).words_for_me == "written with the new one"
    async with everything(store.database) as connection:
        used = (await connection.execute(select(t.words.c.key))).scalars().all()
    assert set(used) == {KeyRing.of([OLD]).current, KeyRing.of([NEW]).current}
    for ring in ([OLD], [NEW]):
        with pytest.raises(KeyFault):
            await reopened(store, KeyRing.of(ring))


@pytest.mark.parametrize("bad", ["", "not base64!", "c2hvcnQ=", "é"])
def test_a_bad_key_is_refused_in_words(bad: str) -> None:
    with pytest.raises(KeyFault):
        KeyRing.parse(bad)


def test_a_ciphertext_opens_in_its_own_row_of_its_own_tenant_only() -> None:
    sealed = KEYS.seal("north", "row 1", b"words")
    assert KEYS.open("north", "row 1", sealed) == b"words"
    changed = Sealed(sealed.key, sealed.nonce, bytes([sealed.body[0] ^ 1]) + sealed.body[1:])
    for tenant, row, each in (
        ("north", "row 2", sealed),
        ("south", "row 1", sealed),
        ("nort", "h/row 1", sealed),
        ("north", "row 1", changed),
    ):
        with pytest.raises(KeyFault):
            KEYS.open(tenant, row, each)


async def test_a_ciphertext_that_was_moved_in_the_database_does_not_open(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    for who in (ADA, BEN):
        await house.press(who, Action.CHOOSE_WORDS, fields={"words": f"the words of {who.id}"})
    theirs = select(t.words.c.key, t.words.c.nonce, t.words.c.body).where(t.words.c.person_id == BEN.id)
    async with everything(store.database) as connection:
        row = (await connection.execute(theirs)).one()
        await connection.execute(t.words.update().where(t.words.c.person_id == ADA.id).values(row._mapping))
    with pytest.raises(KeyFault):
        await house.view(ADA)


async def canaries(store: SqlStore, prompts: Prompts) -> House:
    """A story in which every kind of words holds the word canary."""
    house = await begin(store, prompts)
    await house.press(ADA, Action.CHOOSE_WORDS, fields={"words": "a canary keeper"})
    await house.press(ADA, Action.PROPOSE, fields={"challenge": "That the canary sings."})
    await house.press(BEN, Action.CONFIRM, "1")
    await house.wait_until(TUESDAY_10)
    async with store.write() as tx:
        await tx.people.keep_draft(ADA.reader, "box", "half a canary", house.now)
    await house.answer(ADA, "I was angry about the canary.", partner=True, facilitators="named")
    await house.answer(BEN, "There was no canary.", partner=True, facilitators="named")
    await house.wait_until(THURSDAY_17)
    opened = (await house.view(ADA)).conversation.round or ""
    await house.press(ADA, Action.SAY_BACK, opened, {"text": "Which canary?"})
    await house.wait(hours=20)
    await house.press(BEN, Action.READ, opened)
    await house.press(BEN, Action.ANSWER_BACK, opened, {"text": "The canary."})
    await house.wait(days=1)
    async with store.write() as tx:
        digest = await tx.digests.view(FAY.reader, (await tx.digests.summaries(FAY.reader))[0].id)
        await tx.digests.reply(FAY.reader, digest.lines[0].id, "We heard the canary.", house.now)
    return house


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_no_words_can_be_found_in_the_bytes_of_the_database(
    store: SqlStore, prompts: Prompts, tmp_path: Path
) -> None:
    house = await canaries(store, prompts)
    assert "canary" in (await house.view(ADA)).words_for_me
    if store.database.sqlite:
        files = [path for path in files_in(tmp_path) if path.name.startswith("test-")]
        assert {path.suffix for path in files} >= {".db", ".db-wal"}
    else:
        with psycopg.connect(administrator(store.database), autocommit=True) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchall()[0]
            asked = "SELECT oid FROM pg_database WHERE datname = current_database()"
            (number,) = connection.execute(asked).fetchall()[0]
            connection.execute("CHECKPOINT")
        files = files_in(Path(folder, "base", str(number))) + files_in(Path(folder, "pg_wal"))
    assert len(files) >= 2
    read = 0
    for path in files:
        bytes_ = path.read_bytes()
        read += len(bytes_)
        for way in ("utf-8", "utf-16-le"):
            assert "canary".encode(way) not in bytes_.lower(), path.name
    # The control: what is not anybody's words can be found in the same bytes.
    assert any(b"Leading together" in path.read_bytes() for path in files)
    assert read > 50_000


async def test_no_words_reach_a_log_or_a_repr(
    store: SqlStore, prompts: Prompts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house = await canaries(store, prompts)
    logging.getLogger("bot").debug("this log is being read")
    assert "this log is being read" in caplog.text
    assert "canary" not in caplog.text.lower()
    view = await house.view(ADA)
    async with store.read() as tx:
        draft = await tx.answers.draft(ADA.reader, next(iter(view.rounds.values())).written[0].id)
        digest = await tx.digests.view(FAY.reader, (await tx.digests.summaries(FAY.reader))[0].id)
    said = Said("k", ADA.account, MONDAY, "s", "a canary")
    pressed = Pressed("k", ADA.account, MONDAY, Action.PROPOSE, "", {"challenge": "a canary"})
    for each in (view, draft, digest, said, pressed, *house.ledger.posted, *await house.page(ADA)):
        assert "canary" not in repr(each).lower(), type(each).__name__


async def test_a_database_error_names_no_words(store: SqlStore, prompts: Prompts) -> None:
    await begin(store, prompts)
    with pytest.raises(Exception, match=r".") as caught:
        async with store.write() as tx:
            await tx.session.connection.execute(
                text("INSERT INTO words (id, person_id) VALUES (:id, :word)"), {"id": "x", "word": "canary"}
            )
    assert "canary" not in f"{caught.value!r} {caught.value}"


# ---- instants, migrations


async def test_an_instant_without_its_zone_is_refused(store: SqlStore) -> None:
    await bring_in(store)
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(Exception, match="an instant needs its zone"):
        await enqueue(store, ADA, "1", naive)
    with pytest.raises(Exception, match="an instant needs its zone"):
        async with store.read() as tx:
            await tx.sessions.find("token", naive)


async def test_an_instant_comes_back_as_it_was_put_in(store: SqlStore) -> None:
    await bring_in(store)
    at = datetime.fromisoformat("2026-10-25T01:30:00.123456+01:00")
    async with store.write() as tx:
        await tx.sessions.add(ADA.reader, "token", at, at + timedelta(microseconds=1))
        assert await tx.sessions.find("token", at)
        assert await tx.sessions.find("token", at + timedelta(microseconds=1)) is None
    async with everything(store.database) as connection:
        row = (await connection.execute(select(t.sessions.c.created_at))).scalar_one()
    assert (row, row.utcoffset()) == (at, timedelta())


async def test_the_migrations_build_what_the_code_expects(store: SqlStore) -> None:
    assert await drift(store.database) == []
    await check(store.database)
    await upgrade(store.database)
    assert await drift(store.database) == []
    if store.database.sqlite:
        async with everything(store.database) as connection:
            assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar_one() == 1
            assert (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all() == []


async def test_drift_is_seen(store: SqlStore) -> None:
    async with everything(store.database) as connection:
        await connection.execute(text("ALTER TABLE people ADD COLUMN extra INTEGER"))
    assert await drift(store.database) != []


async def test_a_database_that_was_not_migrated_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(NotMigrated, match="alongside db upgrade"):
        await check(database)
    await database.close()


async def test_what_nobody_needs_any_more_is_swept_away_and_nothing_else(
    store: SqlStore, prompts: Prompts
) -> None:
    await canaries(store, prompts)
    old = MONDAY + timedelta(days=800)
    async with everything(store.database) as connection:
        before = {
            table.name: len((await connection.execute(table.select())).all())
            for table in t.metadata.sorted_tables
        }
    async with store.write() as tx:
        await tx.session.enter(ADA.reader.tenant)
        for at, name in ((MONDAY, "an old one"), (old - timedelta(hours=1), "a new one")):
            await tx.links.make(ADA.reader, name, at, at + timedelta(days=7), once=False)
            await tx.sessions.add(ADA.reader, name, at, at + timedelta(days=30))
            await tx.links.tried(name, at)
            id = derive(ADA.id, name)
            await tx.outbox.enqueue([ToSend(ADA.reader, id, CardKind.HELP, name, False, at)])
    async with store.write() as tx:
        gone = await tx.purge.purge(old)
    assert {name: count for name, count in gone.items() if name in ("links", "sessions", "attempts")} == {
        "links": 1,
        "sessions": 1,
        "attempts": 1,
    }
    async with everything(store.database) as connection:
        after = {
            table.name: len((await connection.execute(table.select())).all())
            for table in t.metadata.sorted_tables
        }
        waiting = (await connection.execute(t.outbox.select().where(t.outbox.c.state == "queued"))).all()
    assert after["claims"] == 0 < before["claims"]
    assert (after["links"], after["sessions"], after["attempts"]) == (1, 1, 1)
    assert len(waiting) == 2, "what waits to be sent is never swept away, however old it is"
    swept = {"claims", "links", "sessions", "attempts", "outbox"}
    assert {name: n for name, n in after.items() if name not in swept} == {
        name: n for name, n in before.items() if name not in swept
    }
