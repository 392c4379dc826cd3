"""Who is looking, and whose page has changed: what live updates are made of. Names of people only, no words."""

import asyncio
from collections import defaultdict

from bot.messages import Outgoing


class Changes:
    """Wakes every open page of one person."""

    def __init__(self) -> None:
        self._looking: dict[str, set[asyncio.Event]] = defaultdict(set)

    def changed(self, person: str) -> None:
        for event in self._looking.get(person, ()):
            event.set()

    async def wait(self, person: str, seconds: float) -> bool:
        """Whether something changed for `person` within `seconds`."""
        event = asyncio.Event()
        self._looking[person].add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._looking[person].discard(event)
            if not self._looking[person]:
                del self._looking[person]


class WebPoster:
    """On the web a card is posted by its receipt; the page makes it anew each time it is read."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def post(self, outgoing: Outgoing) -> str:
        self._changes.changed(outgoing.account.external)
        return ""
