"""A workspace in trouble holds up nobody but itself, loses nothing, and gets everything in order when it is over."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

import adapters.house
from adapters.house import House
from adapters.slack.poster import SlackPoster
from adapters.slack.server import SlackApp
from adapters.slack.workspaces import Line, One
from bot import deliver as delivering
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Account, Platform
from bot.ports import Poster
from bot.rows import Prompts, ToSend
from storage import tables as t
from storage.outbox import MAX_ATTEMPTS
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, DAN, EVE, FIN, GUS, HAL, MONDAY, YAN, ZOE, Character, bring_in
from tests.databases import everything
from tests.house import Ledger
from tests.slack.stub import SECRET, TOKEN, Failure, WebApi

pytestmark = pytest.mark.slow

STORMY = {ADA: "U1ADA", CLEO: "U1CLEO", EVE: "U1EVE", GUS: "U1GUS"}
CALM = {BEN: "U2BEN", DAN: "U2DAN", FIN: "U2FIN", HAL: "U2HAL"}
EACH = 50
ALL = EACH * len(STORMY)

_SUBJECT = re.compile(r"/digests/(\w+)")


@dataclass
class Two:
    """A house with two workspaces, one of which is in trouble, and two people on their pages."""

    house: House
    api: WebApi
    store: SqlStore
    page: Ledger
    clock: list[datetime]
    sent: dict[str, list[str]] = field(default_factory=dict)

    async def enqueue(self) -> None:
        """The stormy workspace's are the oldest, all of them."""
        for people in (STORMY, CALM, (ZOE, YAN)):
            rows = []
            for number, who in product(range(EACH), people):
                id = derive(who.id, str(number))
                rows.append(ToSend(who.reader, id, CardKind.DIGEST, id, False, self.clock[0]))
                self.sent.setdefault(channel_of(who), []).append(id)
            async with self.store.write() as tx:
                await tx.people.get(rows[0].to)
                await tx.outbox.enqueue(rows)

    async def sweep_until(self, done: Callable[[], bool]) -> None:
        """Sweep as the schedule does, and wait for nobody."""
        async with asyncio.timeout(120):
            while not done():
                await self.house.sweep()
                await asyncio.sleep(0.05)

    async def at_rest(self) -> None:
        """Let what was begun be noted."""
        while self.house._beside:
            await asyncio.wait(tuple(self.house._beside))

    async def goes_on(self, times: int) -> None:
        """The trouble lasts; each time that somebody could be there again, one call finds out that nobody is."""
        await self.house.settle()
        for time in range(times):
            self.clock[0] += timedelta(minutes=2)
            await self.house.settle()
            assert self.calls("U1") == 2 + time

    def got(self) -> dict[str, list[str]]:
        """What stands in each conversation, in order."""
        found: dict[str, list[str]] = {}
        for message in self.api.standing():
            subjects = _SUBJECT.findall(json.dumps(message.blocks))
            found.setdefault(message.channel, []).append(subjects[0])
        for outgoing in self.page.posted:
            found.setdefault(outgoing.account.external, []).append(outgoing.id)
        return found

    def count(self, people: dict[Character, str]) -> int:
        got = self.got()
        return sum(len(got.get(channel_of(who), ())) for who in people)

    def calls(self, start: str) -> int:
        return sum(str(given.get("channel")).startswith(start) for _, given in self.api.calls)

    async def rows(self) -> Counter[tuple[str, int]]:
        """How many rows there are in each state, after how many attempts."""
        async with everything(self.store.database) as connection:
            found = await connection.execute(select(t.outbox.c.state, t.outbox.c.attempts))
            return Counter((row.state, row.attempts) for row in found)


def channel_of(who: Character) -> str:
    user = {**STORMY, **CALM}.get(who)
    return who.id if user is None else f"D{user[1:]}"


@pytest.fixture
async def two(
    store: SqlStore, api: WebApi, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Two]:
    for name in ("TICK", "SWEEP"):
        # The test sweeps by itself.
        monkeypatch.setattr(adapters.house, name, timedelta(hours=1))
    await bring_in(store)
    for workspace, people in (("T1", STORMY), ("T2", CALM)):
        for who, user in people.items():
            async with store.write() as tx:
                await tx.people.get(who.reader)
                await tx.setup.reach(who.reader, Account(Platform.SLACK, f"{workspace}:{user}"))
    assert api.server is not None
    line = Line(SlackApp(TOKEN, SECRET, str(api.server.make_url("/api/"))))
    page, clock = Ledger(), [MONDAY]
    posters: dict[Platform, Poster] = {
        Platform.SLACK: SlackPoster(One(line), "http://127.0.0.1"),
        Platform.WEB: page,
    }
    async with line.open():
        found = Two(House(store, prompts, posters, lambda: clock[0]), api, store, page, clock)
        await found.enqueue()
        found.house.start()
        yield found
        api.calm.set()
        await found.house.stop()


@pytest.mark.parametrize(
    "failure",
    [Failure("ratelimited", 429, retry_after=30), Failure("internal_error", 500), Failure(silent=True)],
    ids=["asks us to wait", "answers 500", "hangs"],
)
async def test_a_workspace_in_trouble_holds_up_nobody_but_itself(
    two: Two, failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.api.storm = lambda channel: failure if channel.startswith("U1") else None
    await two.sweep_until(lambda: two.count(CALM) == ALL and len(two.page.posted) == 2 * EACH)
    assert two.calls("U1") == 1, "one call found out, and no other was made"
    assert two.count(STORMY) == 0

    # It goes on, for longer than any row has attempts.
    with monkeypatch.context() as patch:
        patch.setattr(delivering, "LONGEST", timedelta(seconds=0.3))
        await two.goes_on(MAX_ATTEMPTS + 2)
    await two.at_rest()
    rows = await two.rows()
    assert rows["sent", 1] == ALL + 2 * EACH
    # Who asks us to wait costs no attempt; of what gets no answer, the one that found out is charged with one.
    charged = 0 if failure.retry_after else 1
    assert rows["queued", 0] == ALL - charged
    assert rows["queued", 1] == charged

    two.api.storm = lambda _: None
    two.api.calm.set()
    two.clock[0] += timedelta(minutes=2)
    await two.sweep_until(lambda: two.count(STORMY) == ALL)
    await two.at_rest()
    assert two.got() == two.sent, "everything once, in the order of each room"
    assert {state for state, _ in await two.rows()} == {"sent"}
