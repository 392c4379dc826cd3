"""Whose turn it is to be sent to: one lane for each workspace, one for the page, one for mail.

Lanes are served side by side, each in order and by one hand. What one of them waits for, no other does: a lane that is
asked to wait, or that nobody answers in, gives back what it holds and leases nothing until then.

Who waits is known to this process alone. Another one, or this one after a restart, asks once too early and is told
again.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from time import monotonic

from bot.deliver import LONGEST, deliver_one
from bot.errors import Conflict, PostFailed, Unavailable
from bot.ids import derive
from bot.model import Platform, Reader
from bot.ports import LEASE, MAIL, PAGE, Posters, Store
from bot.reached import lose
from bot.rows import Prompts, Queued

log = logging.getLogger(__name__)

BATCH = 5
"""How many rows a lane leases at once: a whole batch of the slowest ends within its lease."""

RETRY = (timedelta(seconds=2), timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=15))
"""How long a row waits after each failed attempt, unless the platform says."""

AWAY = RETRY[:3]
"""How long a lane waits in which nobody answers, the first time, the second, and every further time."""

HOUR = timedelta(hours=1)
"""No longer than this is anybody waited for at once, whatever they ask."""


class Lanes:
    """What is known of each lane: whether it waits, how often it was tried in vain, and who serves it."""

    def __init__(self) -> None:
        self.closed = False
        self._until: dict[str, datetime] = {}
        self._in_vain: Counter[str] = Counter()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def close(self) -> None:
        """Nothing more is begun in any lane."""
        self.closed = True

    def turn(self, lane: str) -> asyncio.Lock:
        """Held by whoever serves the lane."""
        return self._turns[lane]

    def goes(self, lane: str, now: datetime) -> bool:
        """Whether something may be begun there."""
        return not self.closed and not self._waits(lane, now)

    def wait(self, lane: str, until: datetime) -> None:
        """Somebody there asked to be left alone until then."""
        self._until[lane] = max(until, self._until.get(lane, until))

    def went(self, lane: str) -> None:
        """Something was taken there."""
        self._in_vain.pop(lane, None)

    def in_vain(self, lane: str, now: datetime) -> bool:
        """Nobody answered there, so the lane waits; whether something had been taken since the last time."""
        if self._waits(lane, now):
            # It was under way when another one found that out.
            return False
        self._in_vain[lane] += 1
        times = self._in_vain[lane]
        self.wait(lane, now + AWAY[min(times, len(AWAY)) - 1])
        return times == 1

    def again(self, lane: str, now: datetime) -> datetime:
        """When something is begun there again, as far as is known."""
        return max(now, self._until.get(lane, now))

    def _waits(self, lane: str, now: datetime) -> bool:
        return lane in self._until and self._until[lane] > now


async def settle_all(
    store: Store,
    posters: Posters,
    prompts: Prompts,
    clock: Callable[[], datetime],
    *,
    lanes: Lanes | None = None,
    room: Reader | None = None,
) -> None:
    """Deliver until nothing that is due is left, but for what waits: for everybody, or for one room."""
    lanes = Lanes() if lanes is None else lanes
    some = True
    while some:
        due = await due_lanes(store, posters, clock(), lanes, room)
        # One that fails leaves the others to come to their end.
        served = await asyncio.gather(
            *(serve(store, posters, prompts, clock, lanes, lane, room) for lane in due),
            return_exceptions=True,
        )
        for each in served:
            if isinstance(each, BaseException):
                raise each
        some = any(served)


async def due_lanes(
    store: Store, posters: Posters, now: datetime, lanes: Lanes, room: Reader | None = None
) -> list[str]:
    """The lanes in which something can be sent now."""
    async with store.read() as tx:
        due = await tx.outbox.lanes(now, room)
    return [lane for lane in due if lanes.goes(lane, now) and (lane != MAIL or Platform.MAIL in posters)]


async def serve(
    store: Store,
    posters: Posters,
    prompts: Prompts,
    clock: Callable[[], datetime],
    lanes: Lanes,
    lane: str,
    room: Reader | None = None,
) -> int:
    """Deliver what is due in one lane until nothing is left or it waits; how many rows that were.

    A batch is delivered in the lane's turn: what a crash leaves in doubt is one message of each lane. Somebody's own
    page alone is not kept waiting for that.
    """
    count = 0
    while lanes.goes(lane, clock()):
        async with nullcontext() if room is not None and lane == PAGE else lanes.turn(lane):
            found = await deliver(store, posters, prompts, clock, lanes, lane, room)
        if not found:
            break
        count += found
    return count


async def deliver(
    store: Store,
    posters: Posters,
    prompts: Prompts,
    clock: Callable[[], datetime],
    lanes: Lanes,
    lane: str,
    room: Reader | None = None,
) -> int:
    """Deliver one batch of what is due in a lane; how many rows were begun."""
    held_until, now = monotonic() + (LEASE - LONGEST).total_seconds(), clock()
    async with store.write() as tx:
        rows = await tx.outbox.lease(now, BATCH, lane, room)
    # A row that takes its worker down takes nobody with it: the others go before it, and lots settle a tie.
    left = sorted(rows, key=lambda row: (row.attempt, derive(row.id, str(row.attempt))))
    try:
        while left and lanes.goes(lane, clock()):
            await _deliver_one(store, posters, prompts, left.pop(0), clock, lanes, held_until)
    finally:
        if left:
            async with store.write() as tx:
                await tx.outbox.wait(left, lanes.again(lane, clock()))
    return len(rows) - len(left)


async def _deliver_one(
    store: Store,
    posters: Posters,
    prompts: Prompts,
    row: Queued,
    clock: Callable[[], datetime],
    lanes: Lanes,
    held_until: float,
) -> None:
    try:
        if await deliver_one(store, posters, prompts, row, clock(), held_until):
            lanes.went(row.lane)
    except PostFailed as failure:
        await _failed(store, row, failure, clock(), lanes)
    except (Unavailable, Conflict):
        raise
    except Exception as error:  # noqa: BLE001 - one card that cannot be made must not hold up the others
        # The kind of error only: its text could hold somebody's words, and a card's kind can say something of them.
        log.error("row %s could not be delivered: %s", row.id, type(error).__name__)
        await _failed(store, row, PostFailed(type(error).__name__, permanent=False), clock(), lanes)


async def _failed(store: Store, row: Queued, failure: PostFailed, now: datetime, lanes: Lanes) -> None:
    mine = True
    if failure.retry_after is not None:
        lanes.wait(row.lane, now + min(failure.retry_after, HOUR))
        mine = False
    elif failure.away:
        # Where nothing goes, it is no row's fault. The first to be tried may be at fault, and is held to it.
        mine = lanes.in_vain(row.lane, now)
    async with store.write() as tx:
        if failure.lost is not None:
            # The same row, again at once: it finds its reader where they are reached now.
            await tx.outbox.later(row, now)
            await lose(tx, failure.lost, now)
        elif mine:
            wait = RETRY[min(row.attempt, len(RETRY)) - 1]
            await tx.outbox.failed(row, failure.reason, None if failure.permanent else now + wait)
        else:
            await tx.outbox.wait([row], lanes.again(row.lane, now))
