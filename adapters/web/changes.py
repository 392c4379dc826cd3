"""Who is looking, and whose page has changed: what live updates are made of. Names of people only, no words."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from bot.messages import Outgoing


class Changes:
    """Wakes every open page of one person."""

    def __init__(self) -> None:
        self._looking: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.over = False

    def changed(self, person: str) -> None:
        for event in self._looking.get(person, ()):
            event.set()

    def end(self) -> None:
        """Wake everybody for the last time: an open page would otherwise keep a server that stops waiting for it."""
        self.over = True
        for person in tuple(self._looking):
            self.changed(person)

    @contextmanager
    def looking(self, person: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something may have changed for `person`; whoever waits clears it."""
        event = asyncio.Event()
        self._looking[person].add(event)
        try:
            yield event
        finally:
            self._looking[person].discard(event)
            if not self._looking[person]:
                del self._looking[person]


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether `event` is set before so many seconds have passed."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


class WebPoster:
    """On the web a card is posted by its receipt; the page makes it anew each time it is read."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def post(self, outgoing: Outgoing) -> str:
        self._changes.changed(outgoing.account.external)
        return ""
