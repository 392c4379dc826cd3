"""Real processes, killed: nothing that was acknowledged is lost, and at most one card is sent twice.

A sender posts numbered messages over HTTP and counts those that were answered with 200; what was not, it sends
again, as platforms do. Every second message holds words, every other one asks for help, which is one card.
"""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot.ids import derive
from bot.messages import CardKind
from bot.rows import Prompts, ToSend
from storage.database import Database
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, DAN, EVE, FIN, GUS, HAL, YAN, ZOE, bring_in
from tests.conftest import KEYS, Template
from tests.crash.child import Order, Point
from tests.databases import copy_of, everything
from tests.house import House

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
PEOPLE = (ADA, BEN, CLEO, DAN, EVE, FIN, GUS, HAL, ZOE, YAN)
ROOT = Path(__file__).parents[2]
SENT_TWICE = {Point.POSTED, Point.SETTLING}
"""Between these and the settling commit nobody can know whether the platform has the card."""

pytestmark = pytest.mark.slow


def run(module: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


class Nursery:
    """Starts workers and says how they ended."""

    def __init__(self) -> None:
        self._process = run("tests.crash.child")
        self._turn = threading.Lock()

    async def start(self, order: Order) -> "Worker":
        return Worker(**await asyncio.to_thread(self._ask, asdict(order)))

    async def ended(self, worker: "Worker") -> int:
        """Waits for the end of a worker; the signal that ended it."""
        signal_: int = (await asyncio.to_thread(self._ask, {"wait": worker.pid}))["signal"]
        return signal_

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class Worker:
    pid: int
    port: int


@dataclass
class Shop:
    """One database with its platform, and everything that was sent there."""

    backend: str
    url: str
    platform: str
    nursery: Nursery
    http: aiohttp.ClientSession
    ahead: float
    acknowledged: set[int] = field(default_factory=set)
    kills: int = 0

    async def start(self, sweep: float = 0.1, lease: float | None = 1.5) -> Worker:
        return await self.nursery.start(Order(self.url, self.platform, self.ahead, sweep, lease))

    async def kill(self, worker: Worker) -> None:
        os.kill(worker.pid, signal.SIGKILL)
        assert await self.nursery.ended(worker) == signal.SIGKILL

    async def arm(
        self, worker: Worker, point: Point, left: int, how: signal.Signals = signal.SIGKILL
    ) -> None:
        order = {"point": point, "left": left, "signal": how}
        async with self.http.post(f"http://127.0.0.1:{worker.port}/arm", json=order) as answer:
            assert answer.status == 200

    async def send(self, worker: Worker, number: int) -> bool:
        """Send one message; whether it was acknowledged."""
        who = PEOPLE[number // 2 % len(PEOPLE)]
        form = {"key": f"message-{number}", "from": who.id}
        form |= {"action": "help"} if number % 2 else {"text": f"This is message {number}, word for word."}
        try:
            async with self.http.post(f"http://127.0.0.1:{worker.port}/", json=form) as answer:
                if answer.status == 200:
                    self.acknowledged.add(number)
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    @asynccontextmanager
    async def store(self) -> AsyncIterator[SqlStore]:
        database = Database(self.url)
        yield SqlStore(database, KEYS)
        await database.close()

    async def ledger(self) -> list[dict[str, Any]]:
        async with self.http.get(self.platform) as answer:
            cards: list[dict[str, Any]] = await answer.json(content_type=None)
            return cards

    async def until_all_is_sent(self) -> None:
        queued = text("SELECT count(*) FROM outbox WHERE state = 'queued'")
        async with self.store() as store, asyncio.timeout(90):
            while True:
                async with everything(store.database) as connection:
                    if (await connection.execute(queued)).scalar_one() == 0:
                        return
                await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Books:
    """What the database and the ledger say in the end."""

    kept: Counter[int]
    helped: Counter[int]
    posted: Counter[str]
    receipts: dict[str, str]
    states: Counter[str]

    @property
    def duplicates(self) -> int:
        return sum(count - 1 for count in self.posted.values())


async def read_books(shop: Shop, numbers: Sequence[int]) -> Books:
    kept: Counter[int] = Counter()
    async with shop.store() as store:
        async with store.read() as tx:
            for who in PEOPLE:
                await tx.session.enter(who.tenant)
                view = await tx.views.member(who.reader)
                for part in view.rounds[view.conversation.round or ""].written:
                    kept.update(int(n) for n in re.findall(r"message (\d+), word for word", part.text))
        async with everything(store.database) as connection:
            rows = (await connection.execute(text("SELECT id, receipt FROM posts WHERE receipt <> ''"))).all()
            states = (await connection.execute(text("SELECT state FROM outbox"))).scalars().all()
    posted = Counter(str(card["id"]) for card in await shop.ledger())
    helped = Counter({n: posted[_help_card(n)] for n in numbers if n % 2})
    return Books(kept, helped, posted, {row.id: row.receipt for row in rows}, Counter(states))


def _help_card(number: int) -> str:
    who = PEOPLE[number // 2 % len(PEOPLE)]
    cause = derive(who.account.platform, who.account.external, f"message-{number}")
    return derive(who.id, cause, CardKind.HELP, "")


def check(shop: Shop, books: Books, numbers: Sequence[int]) -> None:
    """What holds whenever and however often processes die."""
    words = [number for number in numbers if number % 2 == 0]
    lost = [n for n in words if n in shop.acknowledged and not books.kept[n]]
    assert lost == [], "acknowledged and lost"
    assert {n: books.kept[n] for n in words} == dict.fromkeys(words, 1), "kept exactly once"
    assert set(books.states) == {"sent"}
    assert [n for n, count in books.helped.items() if count == 0] == [], "cards that never arrived"
    assert books.receipts.keys() == books.posted.keys(), "each card that was posted has its receipt"


# ---- what the tests stand on


async def prepare(url: str, prompts: Prompts) -> None:
    """Everybody has joined and has just been asked."""
    store = SqlStore(Database(url), KEYS)
    await store.check_keys(TUESDAY_10)
    await bring_in(store)
    house = House(store, prompts)
    await house.join(*PEOPLE)
    await house.wait_until(TUESDAY_10)
    async with everything(store.database) as connection:
        # What was sent while setting up is not what the ledger is asked about.
        await connection.execute(text("UPDATE posts SET receipt = ''"))
    await store.database.close()


@pytest.fixture(scope="module")
def asked(
    sqlite_template: Template,
    postgresql_template: Template,
    prompts: Prompts,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The URLs of two databases, one of each kind, that tests take copies of."""
    folder = tmp_path_factory.mktemp("asked")
    urls = {each.backend: each.fresh(folder) for each in (sqlite_template, postgresql_template)}

    async def both() -> None:
        await asyncio.gather(*(prepare(url, prompts) for url in urls.values()))

    asyncio.run(both())
    return urls


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    found = Nursery()
    yield found
    found.close()


@pytest.fixture(scope="module")
def platform() -> Iterator[str]:
    process = run("tests.crash.ledger")
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.kill()
    process.communicate()


@pytest.fixture
async def shops(
    asked: dict[str, str], nursery: Nursery, platform: str, tmp_path: Path
) -> AsyncIterator[dict[str, Shop]]:
    """One shop on each kind of database; both play at the same time."""
    ahead = (TUESDAY_10 + timedelta(minutes=1) - datetime.now(UTC)).total_seconds()
    async with aiohttp.ClientSession() as http:
        found = {}
        for backend, url in asked.items():
            copy = copy_of(url, tmp_path)
            found[backend] = Shop(
                backend, copy, f"{platform}/{tmp_path.name}-{backend}", nursery, http, ahead
            )
        yield found


# ---- the tests


async def crash_at(point: Point, shop: Shop) -> Books:
    """Send until the worker dies at `point`, start another, send again what was not acknowledged."""
    numbers = range(12)
    # Nothing else is on its way when this one dies: whatever is sent twice was at the point.
    worker = await shop.start(sweep=60)
    await shop.arm(worker, point, left=3)
    for number in numbers:
        if not await shop.send(worker, number):
            break
    assert await shop.nursery.ended(worker) == signal.SIGKILL
    worker = await shop.start()
    for number in numbers:
        if number not in shop.acknowledged:
            assert await shop.send(worker, number)
    await shop.until_all_is_sent()
    await shop.kill(worker)
    books = await read_books(shop, numbers)
    check(shop, books, numbers)
    return books


@pytest.mark.parametrize("point", Point)
async def test_a_process_killed_at_any_point_loses_nothing_and_sends_at_most_one_card_twice(
    point: Point, shops: dict[str, Shop]
) -> None:
    for books in await asyncio.gather(*(crash_at(point, shop) for shop in shops.values())):
        assert books.duplicates == (1 if point in SENT_TWICE else 0)


SENDERS, KILLS, MESSAGES = 4, 8, 60


async def under_fire(shop: Shop, workers: int, chance: random.Random) -> Books:
    """Four senders at once, while workers are killed at random moments and started again."""
    crew = [await shop.start() for _ in range(workers)]
    left = iter(range(100_000))
    sent: list[int] = []

    async def sender() -> None:
        while shop.kills < KILLS or len(shop.acknowledged) < MESSAGES:
            number = next(left)
            sent.append(number)
            for attempt in range(400):
                if await shop.send(crew[(number + attempt) % workers], number):
                    break
                await asyncio.sleep(0.05)

    async def killer() -> None:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.1, 1))
            which = chance.randrange(workers)
            await shop.kill(crew[which])
            crew[which] = await shop.start()
            shop.kills += 1

    await asyncio.gather(killer(), *(sender() for _ in range(SENDERS)))
    await shop.until_all_is_sent()
    for worker in crew:
        await shop.kill(worker)
    books = await read_books(shop, sent)
    check(shop, books, sent)
    return books


async def test_kills_at_random_moments_under_load_lose_nothing(shops: dict[str, Shop]) -> None:
    chance = random.Random(20261117)
    found = await asyncio.gather(
        under_fire(shops["sqlite"], 1, chance), under_fire(shops["postgresql"], 2, chance)
    )
    for shop, books in zip(shops.values(), found, strict=True):
        print(
            f"{shop.backend}: {shop.kills} kills, {len(shop.acknowledged)} acknowledged, 0 lost, "
            f"{books.duplicates} of {len(books.posted)} cards sent again"
        )
        assert len(shop.acknowledged) >= MESSAGES
        # Each sender's card can be between post and settle when a worker dies, and one of the sweep's.
        assert books.duplicates <= shop.kills * (SENDERS + 1)


async def test_two_workers_on_one_database_never_send_a_card_twice(shops: dict[str, Shop]) -> None:
    shop, cards = shops["postgresql"], 600
    async with shop.store() as store, store.write() as tx:
        for number in range(cards):
            reader = PEOPLE[number % len(PEOPLE)].reader
            id = derive(reader.person, str(number))
            await tx.session.enter(reader.tenant)
            await tx.outbox.enqueue([ToSend(reader, id, CardKind.DIGEST, id, False, TUESDAY_10)])
    crew = [await shop.start(lease=None) for _ in range(2)]
    await shop.until_all_is_sent()
    for worker in crew:
        await shop.kill(worker)
    ledger = await shop.ledger()
    assert Counter(Counter(card["id"] for card in ledger).values()) == {1: cards}
    assert len({card["by"] for card in ledger}) == 2, "both took part"
    for who in PEOPLE:
        order = [card["id"] for card in ledger if card["to"] == who.id]
        first = PEOPLE.index(who)
        assert order == [derive(who.id, str(number)) for number in range(first, cards, len(PEOPLE))]


@pytest.mark.parametrize("point", [Point.POSTED, Point.LEASED])
async def test_a_worker_that_slept_past_its_lease_settles_nothing(
    point: Point, shops: dict[str, Shop]
) -> None:
    shop = shops["postgresql"]
    slow = await shop.start(sweep=60)
    await shop.arm(slow, point, left=1, how=signal.SIGSTOP)
    asking = asyncio.create_task(shop.send(slow, 1))
    await asyncio.sleep(1.6)
    other = await shop.start()
    await shop.until_all_is_sent()
    before = await read_books(shop, [1])
    os.kill(slow.pid, signal.SIGCONT)
    assert await asking
    after = await read_books(shop, [1])
    assert after.receipts == before.receipts == {_help_card(1): str(after.posted[_help_card(1)])}
    # What had been posted was posted; what had only been leased is not posted by two.
    assert after.duplicates == (1 if point is Point.POSTED else 0)
    for worker in (slow, other):
        await shop.kill(worker)
