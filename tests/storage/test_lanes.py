"""Lanes: whose turn it is, who waits for whom, and that waiting costs nothing."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

import adapters.house
from bot.afresh import TAKE_ALONG
from bot.announce import announcing
from bot.errors import PostFailed
from bot.ids import derive
from bot.lanes import AWAY, HOUR, Lanes, deliver, settle_all
from bot.messages import Card, CardKind, Joined, Outgoing
from bot.model import Account, Platform
from bot.ports import MAIL, PAGE, Poster, Posters
from bot.reached import part as go_back
from bot.rows import Prompts, ToSend
from storage import tables as t
from storage.outbox import MAX_ATTEMPTS
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, MONDAY, ONE, ZOE, Character, bring_in, programme
from tests.databases import everything
from tests.house import Ledger

SLACK = "slack:T1:"


class Chat(Ledger):
    """A workspace that can be told to fail, and not to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answers, self.asked = asyncio.Event(), asyncio.Event()
        self.answers.set()
        self.begun = 0

    async def post(self, outgoing: Outgoing) -> str:
        self.begun += 1
        self.asked.set()
        await self.answers.wait()
        return f"T1:D{len(self.posted)}:{await super().post(outgoing)}"

    def look(self, card: Card) -> str:
        return card.fallback()

    async def change(self, receipt: str, card: Card) -> None: ...

    async def remove(self, receipt: str) -> None: ...


async def in_slack(store: SqlStore, *people: Character) -> None:
    await bring_in(store)
    for who in people:
        async with store.write() as tx:
            await tx.people.get(who.reader)
            await tx.setup.reach(who.reader, Account(Platform.SLACK, f"T1:U{who.id[:6]}"))


async def enqueue(store: SqlStore, who: Character, *names: str, by_mail: bool = False) -> list[str]:
    ids = [derive(who.id, name) for name in names]
    async with store.write() as tx:
        await tx.people.get(who.reader)
        await tx.outbox.enqueue(
            [ToSend(who.reader, id, CardKind.DIGEST, id, False, MONDAY, by_mail) for id in ids]
        )
    return ids


async def attempts(store: SqlStore) -> dict[str, tuple[str, int]]:
    async with everything(store.database) as connection:
        rows = (await connection.execute(select(t.outbox))).all()
    return {row.id: (row.state, row.attempts) for row in rows}


def waits(seconds: float) -> PostFailed:
    return PostFailed("busy", permanent=False, retry_after=timedelta(seconds=seconds))


def away() -> PostFailed:
    return PostFailed("nobody there", permanent=False, away=True)


async def lanes_of(store: SqlStore) -> list[str]:
    async with store.read() as tx:
        return list(await tx.outbox.lanes(MONDAY))


# ---- which lane


async def test_a_row_stands_in_the_lane_where_its_reader_is_reached(store: SqlStore) -> None:
    await in_slack(store, BEN)
    (mine,) = await enqueue(store, ADA, "1")
    (his,) = await enqueue(store, BEN, "1")
    (mail,) = await enqueue(store, BEN, "by mail", by_mail=True)
    assert await lanes_of(store) == [MAIL, SLACK, PAGE]
    for lane, id in ((MAIL, mail), (SLACK, his), (PAGE, mine)):
        async with store.write() as tx:
            (row,) = await tx.outbox.lease(MONDAY, 5, lane)
        assert (row.id, row.lane) == (id, lane)
    assert await lanes_of(store) == [], "all of it is in somebody's hands"


async def test_a_page_is_announced_in_the_lane_of_its_channel(store: SqlStore) -> None:
    await bring_in(store)
    ours = programme(ONE, "Leading together")
    async with store.write() as tx:
        await tx.announcements.choose(ours.tenant, ours.id, Account(Platform.SLACK, "T1:C1"))
        await tx.outbox.enqueue([announcing(ours.tenant, ours.id, "any", MONDAY)])
    assert await lanes_of(store) == [SLACK]
    async with store.write() as tx:
        assert await tx.announcements.stop(ours.tenant, ours.id)
    assert await lanes_of(store) == [PAGE], "where it is let go"


async def test_what_goes_from_a_chat_that_somebody_left_is_in_the_lane_of_the_chat(
    store: SqlStore, prompts: Prompts
) -> None:
    await in_slack(store, BEN)
    await enqueue(store, BEN, "1")
    await settle_all(store, {Platform.SLACK: Chat()}, prompts, lambda: MONDAY)
    assert await go_back(store, BEN.reader, Platform.SLACK, MONDAY)
    assert await lanes_of(store) == [SLACK]
    await enqueue(store, BEN, "2")
    assert await lanes_of(store) == [SLACK, PAGE]
    async with store.write() as tx:
        (row,) = await tx.outbox.lease(MONDAY, 5, SLACK, BEN.reader)
        assert row.subject == TAKE_ALONG
        assert not await tx.outbox.lease(MONDAY, 5, PAGE, BEN.reader), "a room keeps its order across lanes"


# ---- who waits


async def settle(
    store: SqlStore, prompts: Prompts, posters: Posters, lanes: Lanes, now: datetime = MONDAY
) -> None:
    await settle_all(store, posters, prompts, lambda: now, lanes=lanes)


async def test_a_lane_that_is_asked_to_wait_waits_as_a_whole_and_no_row_pays_for_it(
    store: SqlStore, prompts: Prompts
) -> None:
    await in_slack(store, BEN, CLEO)
    mine = await enqueue(store, BEN, "1", "2") + await enqueue(store, CLEO, "1")
    other = await enqueue(store, ADA, "1")
    chat, page, lanes = Chat(), Ledger(), Lanes()
    posters: dict[Platform, Poster] = {Platform.SLACK: chat, Platform.WEB: page}
    for times in range(2 * MAX_ATTEMPTS):
        now = MONDAY + times * timedelta(seconds=30)
        chat.failures = [waits(30)]
        await settle(store, prompts, posters, lanes, now)
        await settle(store, prompts, posters, lanes, now + timedelta(seconds=29))
        assert chat.begun == times + 1
    assert [each.id for each in page.posted] == other
    assert await attempts(store) == {**dict.fromkeys(mine, ("queued", 0)), other[0]: ("sent", 1)}
    await settle(store, prompts, posters, lanes, now + timedelta(seconds=30))
    assert sorted(each.id for each in chat.posted) == sorted(mine)
    order = [each.id for each in chat.posted if each.to == BEN.reader]
    assert order == mine[:2]


async def test_what_somebody_did_waits_with_their_lane(store: SqlStore, prompts: Prompts) -> None:
    await in_slack(store, BEN, CLEO)
    chat, lanes = Chat(), Lanes()
    lanes.wait(SLACK, MONDAY + timedelta(seconds=30))
    await enqueue(store, BEN, "1")
    posters: dict[Platform, Poster] = {Platform.SLACK: chat}
    await settle_all(store, posters, prompts, lambda: MONDAY, lanes=lanes, room=BEN.reader)
    assert chat.begun == 0
    later = MONDAY + timedelta(seconds=30)
    await settle_all(store, posters, prompts, lambda: later, lanes=lanes, room=BEN.reader)
    assert chat.begun == 1


async def test_where_nobody_answers_one_row_pays_once_and_the_lane_waits_longer_each_time(
    store: SqlStore, prompts: Prompts
) -> None:
    await in_slack(store, BEN, CLEO)
    ids = await enqueue(store, BEN, "1") + await enqueue(store, CLEO, "1")
    chat, lanes, now = Chat(), Lanes(), MONDAY
    posters: dict[Platform, Poster] = {Platform.SLACK: chat}
    chat.failures = [away() for _ in range(9)]
    for times, wait in enumerate((*AWAY, *[AWAY[-1]] * 6), 1):
        await settle(store, prompts, posters, lanes, now)
        await settle(store, prompts, posters, lanes, now + wait - timedelta(seconds=1))
        assert chat.begun == times
        now += wait
    found = await attempts(store)
    assert sorted(found[id] for id in ids) == [("queued", 0), ("queued", 1)]
    await settle(store, prompts, posters, lanes, now)
    assert {each.id for each in chat.posted} == set(ids)


async def test_a_row_that_alone_gets_no_answer_is_parked_and_the_others_go(
    store: SqlStore, prompts: Prompts
) -> None:
    await in_slack(store, BEN, CLEO)
    (bad,) = await enqueue(store, BEN, "bad")
    lanes, now = Lanes(), MONDAY

    class Chokes(Chat):
        async def post(self, outgoing: Outgoing) -> str:
            if outgoing.id == bad:
                raise away()
            return await super().post(outgoing)

    chat = Chokes()
    for times in range(MAX_ATTEMPTS):
        await settle(store, prompts, {Platform.SLACK: chat}, lanes, now)
        now += timedelta(hours=1)
        (good,) = await enqueue(store, CLEO, f"good {times}")
        await settle(store, prompts, {Platform.SLACK: chat}, lanes, now - timedelta(minutes=30))
        assert chat.posted[-1].id == good
    assert (await attempts(store))[bad] == ("dead", MAX_ATTEMPTS)


async def test_nobody_is_waited_for_without_end(store: SqlStore, prompts: Prompts) -> None:
    await in_slack(store, BEN)
    await enqueue(store, BEN, "1")
    chat, lanes = Chat(), Lanes()
    chat.failures = [waits(10**9)]
    await settle(store, prompts, {Platform.SLACK: chat}, lanes)
    await settle(store, prompts, {Platform.SLACK: chat}, lanes, MONDAY + HOUR)
    assert len(chat.posted) == 1


# ---- side by side


def running(store: SqlStore, prompts: Prompts, posters: Posters) -> adapters.house.House:
    return adapters.house.House(store, prompts, posters, lambda: MONDAY)


async def sweep_until_sent(house: adapters.house.House, ledger: Ledger, count: int) -> None:
    async with asyncio.timeout(60):
        while len(ledger.posted) < count:
            await house.sweep()
            await asyncio.sleep(0.02)


async def test_while_one_lane_hangs_the_page_and_mail_go_on(store: SqlStore, prompts: Prompts) -> None:
    await in_slack(store, BEN)
    async with everything(store.database) as connection:
        await connection.execute(t.people.update().values(email=t.people.c.id + "@example.org"))
    await enqueue(store, BEN, "1")
    chat, page, mail = Chat(), Ledger(), Ledger()
    chat.answers.clear()
    house = running(store, prompts, {Platform.SLACK: chat, Platform.WEB: page, Platform.MAIL: mail})
    await house.sweep()
    await enqueue(store, ZOE, *map(str, range(20)))
    await enqueue(store, ADA, *map(str, range(20, 40)), by_mail=True)
    await sweep_until_sent(house, page, 20)
    await sweep_until_sent(house, mail, 20)
    assert (chat.begun, chat.posted) == (1, []), "it is still held, and by one alone"
    chat.answers.set()
    await sweep_until_sent(house, chat, 1)
    await asyncio.gather(*house._beside)


async def test_a_mail_server_that_hangs_holds_up_no_page(store: SqlStore, prompts: Prompts) -> None:
    await bring_in(store)
    async with everything(store.database) as connection:
        await connection.execute(t.people.update().values(email=t.people.c.id + "@example.org"))
    await enqueue(store, ADA, "by mail", by_mail=True)
    mail, page = Chat(), Ledger()
    mail.answers.clear()
    house = running(store, prompts, {Platform.WEB: page, Platform.MAIL: mail})
    await house.sweep()
    await enqueue(store, ADA, *map(str, range(10)))
    await sweep_until_sent(house, page, 10)
    assert mail.begun == 1
    mail.answers.set()
    await sweep_until_sent(house, mail, 1)
    await asyncio.gather(*house._beside)


async def test_who_writes_on_the_page_is_kept_waiting_neither_by_a_chat_nor_by_mail(
    store: SqlStore, prompts: Prompts
) -> None:
    await in_slack(store, BEN)
    async with everything(store.database) as connection:
        await connection.execute(t.people.update().values(email=t.people.c.id + "@example.org"))
    await enqueue(store, BEN, "by mail", by_mail=True)
    chat, mail = Chat(), Chat()
    for each in (chat, mail):
        each.answers.clear()
    house = running(store, prompts, {Platform.SLACK: chat, Platform.WEB: Ledger(), Platform.MAIL: mail})
    await asyncio.wait_for(house.take_in(Joined("join", BEN.account, MONDAY)), 8)
    assert (chat.begun, chat.posted, mail.begun) == (1, [], 0)
    chat.answers.set()
    await sweep_until_sent(house, chat, 1)
    mail.answers.set()
    await sweep_until_sent(house, mail, 1)
    await asyncio.gather(*house._beside)


# ---- stopping


async def test_stopping_lets_go_of_what_is_not_begun_and_ends_what_is(
    store: SqlStore, prompts: Prompts
) -> None:
    await in_slack(store, ADA, BEN, CLEO)
    ids = [id for who in (ADA, BEN, CLEO) for id in await enqueue(store, who, "1", "2")]
    chat = Chat()
    chat.answers.clear()
    house = running(store, prompts, {Platform.SLACK: chat})
    house.start()
    await house.sweep()
    await chat.asked.wait()
    stopping = asyncio.create_task(house.stop())
    await asyncio.sleep(0.05)
    chat.answers.set()
    await stopping
    assert len(chat.posted) == 1
    found = await attempts(store)
    assert found.pop(chat.posted[0].id) == ("sent", 1)
    assert found == dict.fromkeys(set(ids) - {chat.posted[0].id}, ("queued", 0))
    again = Chat()
    await settle_all(store, {Platform.SLACK: again}, prompts, lambda: MONDAY)
    assert len(again.posted) == len(ids) - 1, "nothing is lost, and nobody has to wait for a lease"


async def test_stopping_does_not_wait_for_a_platform_that_does_not_answer(
    store: SqlStore, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.house, "FINISH_SECONDS", 0.1)
    await in_slack(store, ADA, BEN)
    ids = {id for who in (ADA, BEN) for id in await enqueue(store, who, "1")}
    chat = Chat()
    chat.answers.clear()
    house = running(store, prompts, {Platform.SLACK: chat})
    house.start()
    await house.sweep()
    await chat.asked.wait()
    await house.stop()
    # Whether the one in hand arrived nobody knows: it is taken up when its lease is over. The other one is free.
    assert sorted((await attempts(store)).values()) == [("queued", 0), ("queued", 1)]
    async with store.write() as tx:
        (free,) = await tx.outbox.lease(MONDAY, 5, SLACK)
    assert free.id in ids


async def test_after_closing_nothing_is_begun(store: SqlStore, prompts: Prompts) -> None:
    await bring_in(store)
    await enqueue(store, ADA, "1")
    page, lanes = Ledger(), Lanes()
    lanes.close()
    await settle(store, prompts, {Platform.WEB: page}, lanes)
    assert await deliver(store, {Platform.WEB: page}, prompts, lambda: MONDAY, lanes, PAGE) == 0
    assert page.posted == []
    assert list((await attempts(store)).values()) == [("queued", 0)]
