"""Asking Slack what a channel is at this moment, and who reads it. Nothing that is written there is ever read."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.parse import account_of
from bot.rows import Channel, Unfit

SCOPE = "groups:read"
SHARED = ("is_shared", "is_ext_shared", "is_org_shared", "is_pending_ext_shared")
PAGE = 200
"""As many members as Slack recommends to ask for at once."""


async def look(client: AsyncWebClient, team: str, channel: str) -> Channel:
    """A channel as it is now. Raises SlackApiError for what says nothing of the channel."""
    try:
        found = (await client.conversations_info(channel=channel))["channel"]
        unfit = _unfit(found)
        if unfit is not None:
            return Channel(unfit)
        answer = (await client.conversations_members(channel=channel, limit=PAGE)).data
    except SlackApiError as error:
        refused = _refused(error.response.data)
        if refused is None:
            raise
        return Channel(refused)
    assert isinstance(answer, dict)
    ourselves = (await client.auth_test())["user_id"]
    readers = {account_of(team, each) for each in answer["members"] if each != ourselves}
    if answer.get("response_metadata", {}).get("next_cursor"):
        # There are more, and no programme has so many facilitators: one of them is nobody whom we know.
        readers.add(account_of(team, ""))
    return Channel(None, frozenset(readers))


def _unfit(found: Mapping[str, Any]) -> Unfit | None:
    if found.get("is_archived"):
        return Unfit.ARCHIVED
    if any(found.get(each) for each in SHARED):
        return Unfit.SHARED
    if found.get("is_im") or found.get("is_mpim") or not found.get("is_private"):
        return Unfit.NOT_PRIVATE
    return None if found.get("is_member") else Unfit.NOT_THERE


def _refused(answer: Any) -> Unfit | None:
    """What Slack's word for a refusal says of the channel, if anything."""
    match answer.get("error") if isinstance(answer, Mapping) else "":
        case "channel_not_found" | "not_in_channel":
            return Unfit.NOT_THERE
        case "method_not_supported_for_channel_type":
            return Unfit.NOT_PRIVATE
        case "missing_scope":
            # We may look at private channels and at nothing else: whatever needs more is none.
            may = str(answer.get("provided", "")).replace(" ", "").split(",")
            return Unfit.NOT_PRIVATE if SCOPE in may else Unfit.NOT_ALLOWED
        case _:
            return None
