"""How fast Slack is written to: slower than it allows, so that it need not ask us to wait.

Whatever would be too fast waits a moment where it stands; if that is not enough, it is answered as Slack would answer
it, before Slack has to. The pace is this process's own, and forgotten with it: what Slack then finds too fast, it says.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from adapters.slack.parse import team_and_user
from bot.errors import PostFailed
from bot.messages import Card, Outgoing
from bot.model import Account
from bot.ports import Channels, Chat
from bot.rows import Channel


@dataclass(frozen=True, slots=True)
class Rate:
    """One every so many seconds in the long run, and so many at once."""

    every: float
    burst: int


# https://docs.slack.dev/apis/web-api/rate-limits: “chat.postMessage generally allows posting one message per second per
# channel, while also maintaining a workspace-wide limit”, with short bursts. It does not say which; 300 to 525 a minute
# have been seen. Changing and deleting (chat.update, chat.delete) are of tier 3, each 50 and more a minute.
CHANNEL = Rate(1.0, 3)
WORKSPACE = Rate(0.25, 10)
"""At most 250 in any minute."""
CHANGES = Rate(1.5, 10)
"""At most 50 in any minute."""

PATIENCE = 1.0
"""How many seconds a message waits where it stands: what is being posted has a lease, and its time is running."""

MANY = 1_000
"""From how many names on those are forgotten that may go as fast as any."""


class Bucket:
    """Who may go, by name. A name holds nothing but the instant at which its burst would be whole again."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._whole: dict[str, float] = {}

    def wait(self, name: str, now: float) -> float:
        """How many seconds it is until `name` may go."""
        ahead = self._whole.get(name, now) - now - self._rate.every * (self._rate.burst - 1)
        return max(0.0, ahead)

    def take(self, name: str, now: float) -> None:
        """`name` goes, as soon as it may."""
        if len(self._whole) >= MANY:
            self._whole = {each: at for each, at in self._whole.items() if at > now}
        self._whole[name] = max(self._whole.get(name, now), now) + self._rate.every


class _Buckets:
    def __init__(self) -> None:
        self.channel, self.workspace, self.changes = Bucket(CHANNEL), Bucket(WORKSPACE), Bucket(CHANGES)


@dataclass(frozen=True, slots=True)
class Paced:
    """A chat that is written to no faster than Slack allows."""

    chat: Chat
    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _buckets: _Buckets = field(default_factory=_Buckets, repr=False)

    async def post(self, outgoing: Outgoing) -> str:
        team, _ = team_and_user(outgoing.account)
        each = (self._buckets.channel, outgoing.account.external), (self._buckets.workspace, team)
        await self._turn(*each, patience=PATIENCE)
        return await self.chat.post(outgoing)

    async def channel(self, place: Account) -> Channel:
        # Asked for once a week, and Slack counts it apart from what is posted.
        assert isinstance(self.chat, Channels)
        return await self.chat.channel(place)

    def look(self, card: Card) -> str:
        return self.chat.look(card)

    async def change(self, receipt: str, card: Card) -> None:
        await self._turn_to_change(receipt, "update")
        await self.chat.change(receipt, card)

    async def remove(self, receipt: str) -> None:
        await self._turn_to_change(receipt, "delete")
        await self.chat.remove(receipt)

    async def _turn_to_change(self, receipt: str, method: str) -> None:
        # Many may follow in one delivery, which has to end in its time: the rest of them comes with the next one.
        team = receipt.partition(":")[0]
        await self._turn((self._buckets.changes, f"{method} {team}"), patience=0)

    async def _turn(self, *each: tuple[Bucket, str], patience: float) -> None:
        now = self.clock()
        wait = max(bucket.wait(name, now) for bucket, name in each)
        if wait > patience:
            raise PostFailed(
                "Slack would ask us to wait", permanent=False, retry_after=timedelta(seconds=wait)
            )
        for bucket, name in each:
            bucket.take(name, now)
        if wait:
            await self.sleep(wait)
