"""The demo's clock: the real one plus an offset that is remembered, moved from due moment to due moment."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.house import House
from bot.rows import Due, DueKind

AHEAD = timedelta(days=120)
STEPS = 400
FAR = timedelta(days=22)
"""A question comes at least every other week; what has not come by then is not coming."""


class DemoClock:
    """Tells the demo's time; the offset survives a restart in a small file beside the database."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = timedelta()
        if file.exists():
            self._offset = timedelta(seconds=json.loads(file.read_text())["offset_seconds"])

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move_to(self, at: datetime) -> None:
        """Move the clock, also back: only setting up does that."""
        self._offset = at - datetime.now(UTC)
        self._file.write_text(json.dumps({"offset_seconds": self._offset.total_seconds()}))


async def coming(house: House) -> list[Due]:
    """What the clock will owe, soonest first."""
    async with house.store.read() as tx:
        return list(await tx.clock.due(house.now() + AHEAD, STEPS))


async def step_until(
    house: House,
    clock: DemoClock,
    kind: DueKind,
    *,
    people: frozenset[str] = frozenset(),
    rows: frozenset[str] = frozenset(),
    after_each: Callable[[], Awaitable[None]] | None = None,
) -> bool:
    """Let time pass until the next thing of `kind` has happened; False if none came.

    `people` and `rows` say whose. Every due moment on the way is lived through, outbox included.
    """
    latest = house.now() + FAR
    await house.settle()
    for _ in range(STEPS):
        due = await coming(house)
        async with house.store.read() as tx:
            waiting = await tx.outbox.next_at()
        # What is left over from before now is on its way by somebody else's hands: time does not wait for it.
        waits = [waiting] if waiting is not None and waiting > house.now() else []
        at = min([row.at for row in due[:1]] + waits, default=None)
        if at is None or at > latest:
            return False
        reached = [row for row in due if row.at <= max(at, house.now()) and _is(row, kind, people, rows)]
        if at > house.now():
            clock.move_to(at)
        await house.tick()
        await house.settle()
        if after_each is not None:
            await after_each()
        if reached:
            return True
    return False


def _is(row: Due, kind: DueKind, people: frozenset[str], rows: frozenset[str]) -> bool:
    return row.kind is kind and (not people or row.person in people) and (not rows or row.id in rows)
