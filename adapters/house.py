"""The running house: store, words, posters and clock together, and the three things that happen in it.

Something comes in, time passes, something goes out. Every edge (web, Slack, Teams, the demo) talks to this
and to nothing further in.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot import announce, due, leave, reached, receive, team
from bot.cards.make import make
from bot.deliver import LONGEST
from bot.errors import Conflict, Unavailable, Unknown
from bot.lanes import Lanes, due_lanes, serve, settle_all
from bot.messages import Card, CardKind, Incoming
from bot.model import CHATS, Account, Lost, Reader
from bot.ports import Posters, Store
from bot.receive import Received
from bot.rows import Prompts
from bot.schedule import Schedule
from bot.view import Post

log = logging.getLogger(__name__)

TICK = timedelta(seconds=5)
SWEEP = timedelta(seconds=1)
PURGE = timedelta(hours=6)

FINISH_SECONDS = 4
"""How long what has begun may take to end when we stop: a request, and then whatever is being sent."""

PATIENCE, MOMENT = 20, timedelta(milliseconds=50)
"""How often, and how long each time, whoever has sent something waits for an answer that is on its way."""


@dataclass(frozen=True, slots=True)
class House:
    """`now` is the clock: the real one, or the demo's."""

    store: Store
    prompts: Prompts
    posters: Posters
    now: Callable[[], datetime]
    schedule: Schedule = field(default_factory=Schedule)
    lanes: Lanes = field(default_factory=Lanes)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    async def take_in(self, incoming: Incoming) -> Received:
        """Take in one message, and answer whoever sent it as far as that can be done at once."""
        received = await receive.receive(incoming, store=self.store, prompts=self.prompts, now=self.now())
        # What came in is kept: that its answer has to wait, for the next sweep or for a platform that is slow, takes
        # nothing back of that.
        answering = self.later(self.settle(received.reader))
        await asyncio.wait({answering}, timeout=(PATIENCE * MOMENT).total_seconds())
        if answering.done():
            with suppress(Unavailable, Conflict):
                await self._until_sent(received.reader)
        return received

    async def hand_in(self, incoming: Incoming) -> Received:
        """Take in one message; its answer goes out on its own. For platforms that wait to hear that it is stored."""
        received = await receive.receive(incoming, store=self.store, prompts=self.prompts, now=self.now())
        if received.sends:
            self.later(self.settle(received.reader))
        return received

    async def join(self, account: Account, place: str, code: str) -> Reader | None:
        """Reach whoever made a code, by its hash, at this account from now on; None if that cannot be."""
        return await reached.join(self.store, account, place, code, self.now())

    async def part(self, account: Account) -> bool:
        """Reach whoever has this account on their page again; False if it is nobody's."""
        async with self.store.read() as tx:
            reader = await tx.people.at(account)
        if reader is None:
            return False
        found = await reached.part(self.store, reader, account.platform, self.now())
        self.later(self.settle(reader))
        return found

    async def lose(self, lost: Lost) -> None:
        """Reach whoever a chat does not let in any more where they are reached otherwise."""
        async with self.store.write() as tx:
            await reached.lose(tx, lost, self.now())

    async def erase(self, reader: Reader) -> None:
        """Erase somebody. What their partner said goes from their chats first, as far as those take it in time."""
        for platform in CHATS & self.posters.keys():
            if await reached.part(self.store, reader, platform, self.now()):
                await asyncio.wait({self.later(self.settle(reader))}, timeout=LONGEST.total_seconds())
        await leave.erase(self.store, reader, self.now())

    async def take_in_team(self, act: team.Act) -> Card:
        """Take in what somebody did about a team's round; what it shows goes out on its own. What they are told."""
        outcome = await team.take_in(act, store=self.store, prompts=self.prompts, now=self.now())
        if outcome.room is not None:
            self.later(self.settle(outcome.room))
        return outcome.card

    async def team_form(self, act: team.Acted) -> Card:
        """Where somebody writes their answer to a team's question."""
        return await team.form(self.store, self.prompts, act, self.now())

    async def announce_here(self, reader: Reader, place: Account) -> str:
        """Announce weekly pages in a channel from now on; what the facilitator who asked is told."""
        return await announce.here(self.store, self.posters, reader, place, self.now())

    async def announce_no_more(self, reader: Reader) -> bool:
        return await announce.stop(self.store, reader, self.now())

    def later(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        """Do something beside what is going on. What fails for now is found by the next sweep."""

        async def run() -> None:
            with suppress(Unavailable, Conflict):
                await work

        task = asyncio.create_task(run())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def card(self, account: Account, kind: CardKind, subject: str) -> Card | None:
        """A card that stands in somebody's chat, as it would be drawn now. Raises Unknown."""
        async with self.store.read() as tx:
            reader = await tx.people.at(account)
            if reader is None:
                raise Unknown("Nobody is known by this account.")
            view = await tx.views.member(reader, in_chat=True)
        return make(Post("", kind, subject, self.now()), view, self.prompts)

    async def _until_sent(self, room: Reader) -> None:
        """The sweep may have taken the answer up a moment before us: give it a moment to send it."""
        for _ in range(PATIENCE):
            async with self.store.read() as tx:
                if not await tx.outbox.in_flight(room):
                    return
            await asyncio.sleep(MOMENT.total_seconds())

    async def settle(self, room: Reader | None = None) -> None:
        """Deliver what is due, for one person or for everybody, but for what waits."""
        await settle_all(self.store, self.posters, self.prompts, self.now, lanes=self.lanes, room=room)

    async def sweep(self) -> None:
        """Begin to deliver in every lane where something is due; each goes on by itself, and no other waits for it."""
        for lane in await due_lanes(self.store, self.posters, self.now(), self.lanes):
            if not self.lanes.turn(lane).locked():
                self.later(serve(self.store, self.posters, self.prompts, self.now, self.lanes, lane))

    async def tick(self) -> None:
        """Do what the clock owes. One at a time: a second tick would only wait for the first one's rows."""
        async with self._turn:
            await due.tick(self.store, self.prompts, self.now())

    async def purge(self) -> None:
        """Delete what nobody needs any more, and note how much that was."""
        async with self.store.write() as tx:
            gone = await tx.purge.purge(self.now())
        log.info("purged: %s", ", ".join(f"{count} {name}" for name, count in gone.items()))

    def start(self) -> None:
        """Begin to tick and to deliver; needs a running event loop."""
        self.schedule.every(TICK, self.tick, "tick")
        self.schedule.every(SWEEP, self.sweep, "deliver")
        self.schedule.every(PURGE, self.purge, "purge")
        self.schedule.start()

    async def stop(self) -> None:
        """Begin nothing more. What a platform does not answer in time is left to whoever comes next."""
        self.lanes.close()
        await self.schedule.stop()
        if self._beside:
            _, unanswered = await asyncio.wait(self._beside, timeout=FINISH_SECONDS)
            for task in unanswered:
                task.cancel()
            await asyncio.gather(*unanswered, return_exceptions=True)
