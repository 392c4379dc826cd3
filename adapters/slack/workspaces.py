"""How the app speaks in each workspace: with the one token that it was given, or with what each of many gave it.

All of them share one pool of connections. Slack's library tries nothing again by itself, and what it would write down
at its lowest level is never written: it holds tokens.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.refusals import ONE_LOST, failure, reason_of
from adapters.slack.server import SlackApp
from bot.errors import PostFailed

log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.calls")
_quiet.setLevel(logging.INFO)

ANSWERS_WITHIN = 8
"""Seconds: shorter than what the outbox gives a post."""

MENDED_WITHIN = timedelta(minutes=15)
"""What somebody has to put right is tried again after this, and takes nobody's account meanwhile."""


@dataclass(slots=True)
class Line:
    """The way to Slack: one pool of connections for all that is asked there, while the service runs."""

    slack: SlackApp
    session: aiohttp.ClientSession | None = field(default=None, repr=False)

    def client(self, token: str = "") -> AsyncWebClient:
        """A client that leaves waiting and trying again to the outbox."""
        return AsyncWebClient(
            token=token or None,
            base_url=self.slack.api,
            timeout=ANSWERS_WITHIN,
            session=self.session,
            logger=_quiet,
            retry_handlers=[],
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=ANSWERS_WITHIN)
        async with aiohttp.ClientSession(timeout=timeout) as self.session:
            yield
        self.session = None


@dataclass(frozen=True, slots=True)
class Voice:
    """How the app speaks in one workspace; `version` tells a token from those before and after it."""

    team: str
    client: AsyncWebClient = field(repr=False)
    version: int = 0


class Workspaces(Protocol):
    """The workspaces that the app is in."""

    async def has(self, team: str) -> bool:
        """Whether what comes from there is for us."""

    async def voice(self, team: str) -> Voice:
        """How the app speaks there. Raises PostFailed."""

    async def failed(self, voice: Voice, error: SlackApiError, user: str) -> PostFailed:
        """A refusal as the outbox understands it; `user` is whom a message was for, where it began a conversation."""


@asynccontextmanager
async def speaking(workspaces: Workspaces, team: str, user: str = "") -> AsyncIterator[AsyncWebClient]:
    """A client for what is said in one workspace.

    Raises:
        PostFailed: the app is not let in there, Slack did not do it, or it could not be reached.
    """
    try:
        voice = await workspaces.voice(team)
        try:
            yield voice.client
        except SlackApiError as error:
            raise await workspaces.failed(voice, error, user) from None
    except (TimeoutError, aiohttp.ClientError, OSError):
        raise PostFailed("Slack could not be reached", permanent=False, away=True) from None


class One:
    """One workspace, with the token from the settings. Which one it is of, Slack is asked once it matters."""

    def __init__(self, line: Line) -> None:
        self._client = line.client
        self._token = line.slack.token
        self._own = ""
        self._asking = asyncio.Lock()

    async def has(self, team: str) -> bool:
        # People of a connected workspace take part in our channels, and come by its name.
        return True

    async def voice(self, team: str) -> Voice:
        return Voice(team, self._client(self._token))

    async def failed(self, voice: Voice, error: SlackApiError, user: str) -> PostFailed:
        # A token of another workspace finds nobody. That takes nobody's account away: it is the operator's to mend.
        if user and reason_of(error) in ONE_LOST and await self._is_elsewhere(voice):
            return PostFailed(WRONG_TOKEN, permanent=False, retry_after=MENDED_WITHIN)
        return failure(error, voice.team, user)

    async def _is_elsewhere(self, voice: Voice) -> bool:
        async with self._asking:
            if not self._own:
                try:
                    self._own = (await voice.client.auth_test())["team_id"]
                except SlackApiError as error:
                    raise failure(error) from None
        if self._own == voice.team:
            return False
        log.error(
            "ALONGSIDE_SLACK_TOKEN is of the workspace %s, and somebody is to be reached in %s: see `alongside check`",
            self._own,
            voice.team,
        )
        return True


NOT_INSTALLED = "the app is not in this workspace"
WRONG_TOKEN = "the token is another workspace's"  # noqa: S105 - says so, and is none
