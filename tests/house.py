"""A running house for tests: the store, the words, a clock that is moved by hand, and people who act.

Everything goes through the doors that the product uses: `receive`, `tick` and `deliver`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bot.cards.make import make
from bot.cards.sharing import CHATS, NO, YES
from bot.due import tick
from bot.errors import PostFailed
from bot.lanes import settle_all
from bot.messages import Action, Card, CardKind, Edited, Joined, Outgoing, Pressed, Said
from bot.model import Platform
from bot.ports import Poster
from bot.receive import Received, receive
from bot.rows import Prompts
from bot.view import MemberView
from storage.store import SqlStore
from tests.cast import MONDAY, Character


@dataclass
class Ledger:
    """The far side of a platform: keeps what was posted, and can be told to fail."""

    posted: list[Outgoing] = field(default_factory=list)
    failures: list[PostFailed] = field(default_factory=list)

    async def post(self, outgoing: Outgoing) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.posted.append(outgoing)
        return f"receipt-{len(self.posted)}"

    def to(self, who: Character) -> list[Card]:
        return [each.card for each in self.posted if each.account.external == who.id]

    def kinds(self, who: Character) -> list[CardKind]:
        return [card.kind for card in self.to(who)]


@dataclass
class House:
    store: SqlStore
    prompts: Prompts
    now: datetime = MONDAY
    ledger: Ledger = field(default_factory=Ledger)
    others: dict[Platform, Poster] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def settle(self) -> None:
        posters = {Platform.WEB: self.ledger, **self.others}
        await settle_all(self.store, posters, self.prompts, lambda: self.now)

    async def wait_until(self, at: datetime) -> None:
        """Let time pass, from due moment to due moment, as it would."""
        while True:
            async with self.store.read() as tx:
                moments = [each for each in (await tx.clock.next_at(), await tx.outbox.next_at()) if each]
            due = [each for each in moments if each <= at]
            self.now = max(self.now, min(due)) if due else at
            await tick(self.store, self.prompts, self.now)
            await self.settle()
            if not due:
                return

    async def wait(self, **delta: float) -> None:
        await self.wait_until(self.now + timedelta(**delta))

    async def take_in(self, incoming: Said | Edited | Pressed | Joined) -> Received:
        received = await receive(incoming, store=self.store, prompts=self.prompts, now=self.now)
        await self.settle()
        return received

    async def say(self, who: Character, text: str, part: str = "") -> None:
        key = f"say-{next(self._numbers)}"
        await self.take_in(Said(key, who.account, self.now, key, text, part))

    async def press(
        self, who: Character, action: Action, subject: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        key = f"press-{next(self._numbers)}"
        await self.take_in(Pressed(key, who.account, self.now, action, subject, fields or {}))

    async def join(self, *people: Character) -> None:
        for who in people:
            await self.take_in(Joined(f"join-{next(self._numbers)}", who.account, self.now))
            await self.press(who, Action.READ_ON)
            await self.press(who, Action.AGREE)
            await self.press(who, Action.CHOOSE_WORDS, fields={"words": ""})

    async def view(self, who: Character) -> MemberView:
        async with self.store.read() as tx:
            return await tx.views.member(who.reader)

    async def page(self, who: Character) -> list[Card]:
        """What this person's page holds now: every post, made anew."""
        async with self.store.read() as tx:
            view = await tx.views.member(who.reader)
            posts = await tx.views.posts(who.reader, 50)
        cards = [make(post, view, self.prompts) for post in posts]
        return [card for card in cards if card is not None]

    async def share(
        self, who: Character, *, partner: bool = False, chats: bool = False, facilitators: str = "no"
    ) -> None:
        """Choose who may see every part that this person has written in their present round."""
        view = await self.view(who)
        c = view.conversation
        fields = {}
        for part in view.rounds[c.round or ""].written:
            fields[f"partner:{part.id}"] = CHATS if chats else YES if partner else NO
            fields[f"facilitators:{part.id}"] = facilitators
        await self.press(who, Action.CHOOSE, c.round or "", fields)

    async def answer(
        self,
        who: Character,
        text: str,
        *,
        partner: bool = False,
        chats: bool = False,
        facilitators: str = "no",
    ) -> None:
        """Answer the question, decline the follow-up, and choose who sees it."""
        await self.say(who, text)
        await self.press(who, Action.DONE)
        await self.press(who, Action.DECLINE)
        await self.share(who, partner=partner, chats=chats, facilitators=facilitators)
