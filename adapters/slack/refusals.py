"""Slack's own words for what went wrong, told apart: what trying again cannot help, who is lost, how long to wait."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from slack_sdk.errors import SlackApiError

from bot.errors import PostFailed
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


def reason_of(error: SlackApiError) -> str:
    """Slack's word for it. What stands between us and Slack answers in its own words, which are none of Slack's."""
    said = getattr(error.response, "data", error.response)
    return str(said.get("error", "")) if isinstance(said, Mapping) else ""


def failure(error: SlackApiError, team: str = "", user: str = "") -> PostFailed:
    """A refusal as the outbox understands it; `user` is whom a message was for, where it began a conversation."""
    answer, reason = error.response, reason_of(error)
    status, headers = getattr(answer, "status_code", 0), getattr(answer, "headers", {})
    if status == 429 or reason in ("ratelimited", "rate_limited"):
        after = headers.get("Retry-After") or headers.get("retry-after") or "1"
        seconds = int(after) if str(after).isdecimal() else 1
        return PostFailed("Slack asked us to wait", permanent=False, retry_after=timedelta(seconds=seconds))
    if reason in PERMANENT:
        lost = lost_by(reason, team, user)
        return PostFailed(f"{reason}: {PERMANENT[reason]}", permanent=True, lost=lost)
    away = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return PostFailed(reason or f"Slack answered {status}", permanent=reason in GONE, away=away)


def workspace(team: str, at: datetime | None = None) -> Lost:
    """Everybody of one workspace, unless it has let the app in again after `at`."""
    return Lost(Platform.SLACK, f"{team}:", everybody=True, at=at)


def lost_by(reason: str, team: str, user: str) -> Lost | None:
    """Who is reached in Slack no more, by its word for what went wrong."""
    if team and reason in EVERYBODY_LOST:
        return workspace(team)
    if user and reason in ONE_LOST:
        return Lost(Platform.SLACK, f"{team}:{user}")
    return None
