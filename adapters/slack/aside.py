"""What Slack is told besides what the outbox sends: only ever about what was just done, and it changes nothing."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.house import House
from adapters.slack import parse
from adapters.slack.home import home_of
from adapters.slack.render import to_home
from adapters.slack.workspaces import Workspaces, speaking
from bot.errors import PostFailed
from bot.model import Account

log = logging.getLogger(__name__)

Body = Mapping[str, Any]

NOTHING_OPENED = "That did not open, and nothing was changed. Press it once more."


@dataclass(frozen=True, slots=True)
class Aside:
    """Remarks, modals and homes, each in the workspace that something came from."""

    house: House
    workspaces: Workspaces = field(repr=False)
    address: str

    async def say(self, body: Body, channel: str, text: str) -> None:
        await self.tell(body, lambda client: client.chat_postMessage(channel=channel, text=text))

    async def answer(self, body: Body, respond: AsyncRespond, said: dict[str, Any]) -> None:
        """Answer a command afterwards, in our own conversation if the address for that has run out."""
        try:
            answered = await respond(response_type="ephemeral", **said)
            told = answered.status_code == HTTPStatus.OK
        except (aiohttp.ClientError, OSError):
            told = False
        if not told:
            await self.say(body, body["user_id"], said["text"])

    async def whisper(self, body: Body, text: str, **more: Any) -> None:
        channel, user = body["container"].get("channel_id"), body["user"]["id"]
        if channel is None:
            # A home has no place for a remark: it says afresh how things stand.
            await self.show_home(parse.who(body))
            return
        await self.tell(
            body, lambda client: client.chat_postEphemeral(channel=channel, user=user, text=text, **more)
        )

    async def show(self, body: Body, modal: dict[str, Any]) -> None:
        await self.tell(body, lambda client: client.views_update(view_id=body["view"]["id"], view=modal))

    async def open(self, body: Body, modal: dict[str, Any]) -> None:
        # Slack gives three seconds for it, and says nothing to whoever pressed when they are over.
        if not await self.tell(
            body, lambda client: client.views_open(trigger_id=body["trigger_id"], view=modal)
        ):
            await self.whisper(body, NOTHING_OPENED)

    async def show_home(self, account: Account) -> None:
        home = to_home(await home_of(self.house.store, account, self.house.now()), self.address)
        place, user = parse.team_and_user(account)
        await self.tell({"team_id": place}, lambda client: client.views_publish(user_id=user, view=home))

    async def tell(self, body: Body, ask: Callable[[AsyncWebClient], Awaitable[Any]]) -> bool:
        """Ask Slack for something in the workspace that something came from; whether it did it."""
        try:
            async with speaking(self.workspaces, parse.workspace_of(body)) as client:
                await ask(client)
        except PostFailed as failed:
            log.warning("Slack did not do it: %s", failed.reason)
            if failed.lost is not None:
                await self.house.lose(failed.lost)
            return False
        return True


async def quietly(call: Awaitable[Any]) -> None:
    try:
        await call
    except (SlackApiError, aiohttp.ClientError, OSError):
        log.warning("Slack could not be reached")
