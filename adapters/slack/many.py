"""Many workspaces: each has let the app in by itself, and its token stands, sealed, in the database.

A token is read anew each time: what another process renewed or lost counts at once. One that runs out is renewed well
ahead. What a new one is asked for with works once, so one process asks at a time, and what came of it is kept whatever
else ends meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from adapters.slack.refusals import EVERYBODY_LOST, PERMANENT, failure, reason_of, workspace
from adapters.slack.workspaces import MENDED_WITHIN, NOT_INSTALLED, Line, Voice
from bot.errors import Conflict, PostFailed, Unavailable
from bot.model import Lost
from bot.ports import Store
from bot.rows import Installed

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=2)
"""How long before its end a token is renewed. Until then the old one goes on to work."""

RUN_OUT = "token_expired"
NEVER_AGAIN = EVERYBODY_LOST | {"invalid_refresh_token"}
"""Slack's words for a token that it will not renew: only the workspace itself can let the app in again."""

SAVING, MOMENT = 10, timedelta(seconds=1)
"""How often, and how long each time, the database is waited for with what Slack gives once."""


class Many:
    """`now` is the house's clock."""

    def __init__(self, line: Line, store: Store, now: Callable[[], datetime]) -> None:
        self._line = line
        self._store = store
        self._now = now
        self._renewing: set[asyncio.Task[Installed]] = set()

    async def has(self, team: str) -> bool:
        async with self._store.read() as tx:
            return await tx.installations.has(team)

    async def voice(self, team: str) -> Voice:
        installed = await self._installed(team)
        if _is_over(installed, self._now() + AHEAD):
            installed = await self._renewed(installed)
        return Voice(team, self._line.client(installed.token), installed.version)

    async def failed(self, voice: Voice, error: SlackApiError, user: str) -> PostFailed:
        reason = reason_of(error)
        if reason not in EVERYBODY_LOST and reason != RUN_OUT:
            return failure(error, voice.team, user)
        installed = await self._installed(voice.team)
        if installed.version != voice.version:
            return PostFailed("there is a newer token", permanent=False)
        if reason == RUN_OUT and installed.refresh:
            # Sooner than we thought.
            await self._renewed(replace(installed, expires_at=self._now()))
            return PostFailed(PERMANENT[RUN_OUT], permanent=False)
        return _shut(installed, reason)

    async def renew_due(self, lose: Callable[[Lost], Awaitable[None]]) -> None:
        """Renew each token that runs out before long, also where nothing is being said."""
        async with self._store.read() as tx:
            due = [
                each.team for each in await tx.installations.every() if _is_over(each, self._now() + AHEAD)
            ]
        for team in due:
            try:
                await self.voice(team)
            except PostFailed as failed:
                if failed.lost is not None:
                    await lose(failed.lost)

    async def end(self) -> None:
        """Let what is being renewed come to its end."""
        await asyncio.gather(*self._renewing, return_exceptions=True)

    async def _installed(self, team: str) -> Installed:
        async with self._store.read() as tx:
            found = await tx.installations.get(team)
        if found is None:
            # Somebody there may let it in yet: nobody's account goes.
            raise PostFailed(NOT_INSTALLED, permanent=False, retry_after=MENDED_WITHIN)
        return found

    async def _renewed(self, installed: Installed) -> Installed:
        """What stands there once it has been renewed, by us or by somebody else. Raises PostFailed."""
        async with self._store.write() as tx:
            mine = await tx.installations.claim(installed)
        if not mine:
            return await self._as_it_stands(installed, "its token is being renewed")
        # Whoever asked may have no patience left when Slack has answered: that is kept all the same.
        task = asyncio.create_task(self._renew(installed))
        self._renewing.add(task)
        task.add_done_callback(self._renewing.discard)
        task.add_done_callback(_heard)
        return await asyncio.shield(task)

    async def _renew(self, installed: Installed) -> Installed:
        slack = self._line.slack
        rotator = AsyncTokenRotator(
            client_id=slack.client_id, client_secret=slack.client_secret, client=self._line.client()
        )
        try:
            bot = await rotator.perform_bot_token_rotation(bot=_due(installed))
        except SlackTokenRotationError as error:
            return await self._as_it_stands(installed, reason_of(error.api_error) or "no answer", asked=True)
        except (TimeoutError, aiohttp.ClientError, OSError):
            return await self._as_it_stands(installed, "Slack could not be reached", asked=True)
        if bot is None or bot.bot_token_expires_at is None:
            return await self._as_it_stands(installed, "what it answered is no bot's token", asked=True)
        new = replace(
            installed,
            token=bot.bot_token,
            refresh=bot.bot_refresh_token or "",
            expires_at=datetime.fromtimestamp(bot.bot_token_expires_at, UTC),
            version=installed.version + 1,
        )
        return new if await self._kept(installed, new) else await self._installed(installed.team)

    async def _kept(self, installed: Installed, new: Installed) -> bool:
        for _ in range(SAVING):
            try:
                async with self._store.write() as tx:
                    return await tx.installations.renew(installed, new)
            except (Unavailable, Conflict):
                await asyncio.sleep(MOMENT.total_seconds())
        log.error(
            "workspace %s: its new token could not be kept; it has to let the app in again", installed.team
        )
        raise PostFailed("its new token could not be kept", permanent=False)

    async def _as_it_stands(self, installed: Installed, why: str, *, asked: bool = False) -> Installed:
        """What stands there though we did not renew it, as long as it works; `asked` says that Slack would not."""
        current = await self._installed(installed.team)
        if current.version != installed.version:
            return current
        if asked:
            log.error("workspace %s: its token could not be renewed: %s", installed.team, why)
        if not _is_over(installed, self._now()):
            return current
        if why in NEVER_AGAIN:
            raise _shut(installed, why)
        # Nothing goes there just now, whatever it is.
        raise PostFailed(why, permanent=False, away=True)


def _is_over(installed: Installed, at: datetime) -> bool:
    return installed.expires_at is not None and installed.expires_at <= at


def _due(installed: Installed) -> Bot:
    """As Slack's library takes it: over, whatever its own clock says."""
    return Bot(
        team_id=installed.team,
        bot_token=installed.token,
        bot_id="",
        bot_user_id=installed.bot,
        bot_refresh_token=installed.refresh,
        bot_token_expires_at=0,
        installed_at=installed.installed_at,
    )


def _shut(installed: Installed, reason: str) -> PostFailed:
    lost = workspace(installed.team, installed.installed_at)
    return PostFailed(f"{reason}: the workspace does not let the app in any more", permanent=True, lost=lost)


def _heard(task: asyncio.Task[Installed]) -> None:
    """Nobody may be waiting for what it ended with any more."""
    if not task.cancelled():
        task.exception()
