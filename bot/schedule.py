"""The only scheduler in the house: it wakes `tick` and the sender, and decides nothing.

What is due stands in the database, so a job that is missed, late or doubled changes nothing.
"""

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

    def every(self, interval: timedelta, job: Callable[[], Awaitable[object]], name: str) -> None:
        """Run `job` at every interval, never twice at once; a pile of missed runs counts as one."""

        async def run() -> None:
            try:
                await job()
            except Unavailable:
                log.warning("%s: the database is away; trying again", name)

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

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
