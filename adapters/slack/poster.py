"""Sending to Slack: a message is posted, changed where it stands, or removed, each in the workspace that it is for."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.channels import look
from adapters.slack.parse import team_and_user
from adapters.slack.refusals import GONE
from adapters.slack.render import Message, to_message
from adapters.slack.workspaces import NOT_INSTALLED, WRONG_TOKEN, Workspaces, speaking
from bot.errors import PostFailed
from bot.messages import Card, CardKind, Outgoing
from bot.model import Account
from bot.rows import Channel, Unfit


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """Posts as the app does in each workspace. `address` is where the web pages are, which messages point at."""

    workspaces: Workspaces = field(repr=False)
    address: str

    async def post(self, outgoing: Outgoing) -> str:
        team, user = team_and_user(outgoing.account)
        message = to_message(outgoing.card, self.address)
        try:
            async with speaking(self.workspaces, team, user) as client:
                sent = await client.chat_postMessage(channel=user, **_arguments(message))
        except PostFailed as failed:
            if outgoing.card.kind is CardKind.TEAM and failed.reason in (NOT_INSTALLED, WRONG_TOKEN):
                # Somebody of a connected workspace took part in the round: nobody else's messages wait for theirs.
                raise PostFailed(failed.reason, permanent=True) from None
            raise
        return f"{team}:{sent['channel']}:{sent['ts']}"

    def look(self, card: Card) -> str:
        message = to_message(card, self.address)
        return json.dumps([message.text, message.blocks], sort_keys=True)

    async def channel(self, place: Account) -> Channel:
        team, channel = team_and_user(place)
        try:
            async with speaking(self.workspaces, team) as client:
                return await look(client, team, channel)
        except PostFailed as failed:
            if failed.reason == NOT_INSTALLED:
                return Channel(Unfit.NOT_THERE)
            raise

    async def change(self, receipt: str, card: Card) -> None:
        team, channel, ts = receipt.split(":")
        message = to_message(card, self.address)
        async with _unless_gone(), speaking(self.workspaces, team) as client:
            await client.chat_update(channel=channel, ts=ts, **_arguments(message))

    async def remove(self, receipt: str) -> None:
        team, channel, ts = receipt.split(":")
        async with _unless_gone(), speaking(self.workspaces, team) as client:
            await client.chat_delete(channel=channel, ts=ts)


def _arguments(message: Message) -> dict[str, Any]:
    # Nothing unfolds, and no name becomes a mention: whatever stands there is what its author wrote.
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
    }


@asynccontextmanager
async def _unless_gone() -> AsyncIterator[None]:
    try:
        yield
    except PostFailed as failed:
        if failed.reason not in GONE:
            raise
