"""The only scheduler in the house: it wakes `tick` and the sender, and decides nothing.

What is due stands in the database, so a job that is missed, late or doubled changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.errors import Unavailable

log = logging.getLogger(__name__)


class Schedule:
    """Runs a few jobs at their intervals in the running event loop."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[object]] = set()

    def every(self, interval: timedelta, job: Callable[[], Awaitable[object]], name: str) -> None:
        """Run `job` at every interval, never twice at once; a pile of missed runs counts as one."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                await job()
            except Unavailable:
                log.warning("%s: the database is away; trying again", name)
            finally:
                self._running.discard(task)

        self._scheduler.add_job(
            run,
            "interval",
            seconds=interval.total_seconds(),
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and let what has begun come to its end: a statement is not cut off."""
        self._scheduler.pause()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
