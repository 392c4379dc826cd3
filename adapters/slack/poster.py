"""Sending to Slack, over one shared connection pool: a message is posted, changed where it stands, or removed.

Slack's own words for what went wrong are told apart: what trying again cannot help, and how long to wait.
"""

import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.parse import team_and_user
from adapters.slack.render import Message, to_message
from adapters.slack.server import SlackApp
from bot.errors import PostFailed
from bot.messages import Card, Outgoing
from bot.model import Lost, Platform

PERMANENT: Mapping[str, str] = {
    "account_inactive": "the app was removed from this workspace, or its token revoked",
    "cannot_dm_bot": "this is no person",
    "channel_not_found": "there is no such conversation any more",
    "invalid_auth": "Slack does not know the token",
    "is_archived": "the conversation was closed",
    "messages_tab_disabled": "the app takes no direct messages: switch on “Messages Tab” in its settings",
    "missing_scope": "the app may not do this: install it again with the permissions of its manifest",
    "not_authed": "Slack was given no token",
    "not_in_channel": "the app is not in that channel",
    "org_login_required": "the workspace is being moved",
    "restricted_action": "an administrator of the workspace does not allow it",
    "team_access_not_granted": "the app is not allowed in this workspace",
    "token_expired": "the token has run out",
    "token_revoked": "the token was revoked",
    "user_disabled": "this person is not in the workspace any more",
    "user_not_found": "there is nobody by that id in the workspace",
}
"""What trying again does not change, in words for whoever has to see to it."""

GONE = frozenset({"message_not_found", "cant_update_message", "cant_delete_message", "edit_window_closed"})
"""A post that stands there no more, or may not be changed any more, by a rule of the workspace."""


EVERYBODY_LOST = frozenset({"account_inactive", "token_revoked"})
"""The app is not in the workspace any more: nobody there is reached."""

ONE_LOST = frozenset({"cannot_dm_bot", "channel_not_found", "user_disabled", "user_not_found"})
"""There is nobody by that id to whom a message could go."""


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """Posts as the app does. `address` is where the web pages are, which messages point at."""

    client: AsyncWebClient = field(repr=False)
    address: str

    async def post(self, outgoing: Outgoing) -> str:
        team, user = team_and_user(outgoing.account)
        message = to_message(outgoing.card, self.address)
        sent = await _asked(self.client.chat_postMessage(channel=user, **_arguments(message)), team, user)
        return f"{team}:{sent['channel']}:{sent['ts']}"

    def look(self, card: Card) -> str:
        message = to_message(card, self.address)
        return json.dumps([message.text, message.blocks], sort_keys=True)

    async def change(self, receipt: str, card: Card) -> None:
        team, channel, ts = receipt.split(":")
        message = to_message(card, self.address)
        await _unless_gone(self.client.chat_update(channel=channel, ts=ts, **_arguments(message)), team)

    async def remove(self, receipt: str) -> None:
        team, channel, ts = receipt.split(":")
        await _unless_gone(self.client.chat_delete(channel=channel, ts=ts), team)


def client_of(slack: SlackApp) -> AsyncWebClient:
    """A client that leaves waiting and trying again to the outbox; it is given one session for all it does."""
    return AsyncWebClient(token=slack.token, base_url=slack.api, timeout=8, retry_handlers=[])


def _arguments(message: Message) -> dict[str, Any]:
    # Nothing unfolds, and no name becomes a mention: whatever stands there is what its author wrote.
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
    }


async def _asked(call: Awaitable[Any], team: str, user: str = "") -> Any:
    """What Slack answers; `user` is whom a message is for, where it begins a conversation.

    Raises:
        PostFailed: it did not do it, or could not be reached.
    """
    try:
        return await call
    except SlackApiError as error:
        raise failure(error, team, user) from None
    except (TimeoutError, aiohttp.ClientError, OSError):
        raise PostFailed("Slack could not be reached", permanent=False, away=True) from None


async def _unless_gone(call: Awaitable[Any], team: str) -> None:
    try:
        await _asked(call, team)
    except PostFailed as failed:
        if failed.reason not in GONE:
            raise


def failure(error: SlackApiError, team: str = "", user: str = "") -> PostFailed:
    """A refusal as the outbox understands it."""
    answer = error.response
    status, headers = getattr(answer, "status_code", 0), getattr(answer, "headers", {})
    # What stands between us and Slack answers in its own words, which are none of Slack's.
    said = getattr(answer, "data", answer)
    reason = said.get("error", "") if isinstance(said, Mapping) else ""
    if status == 429 or reason in ("ratelimited", "rate_limited"):
        after = headers.get("Retry-After") or headers.get("retry-after") or "1"
        seconds = int(after) if str(after).isdecimal() else 1
        return PostFailed("Slack asked us to wait", permanent=False, retry_after=timedelta(seconds=seconds))
    if reason in PERMANENT:
        lost = lost_by(reason, team, user)
        return PostFailed(f"{reason}: {PERMANENT[reason]}", permanent=True, lost=lost)
    away = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return PostFailed(reason or f"Slack answered {status}", permanent=reason in GONE, away=away)


def workspace(team: str) -> Lost:
    """Everybody of one workspace."""
    return Lost(Platform.SLACK, f"{team}:", everybody=True)


def lost_by(reason: str, team: str, user: str) -> Lost | None:
    """Who is reached in Slack no more, by its word for what went wrong."""
    if team and reason in EVERYBODY_LOST:
        return workspace(team)
    if user and reason in ONE_LOST:
        return Lost(Platform.SLACK, f"{team}:{user}")
    return None
