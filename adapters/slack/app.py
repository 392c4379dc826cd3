"""What comes from Slack: events, buttons, modals and commands, each signed, each stored before Slack hears so.

Bolt checks the signature and hands each thing to its listener, which takes it in with one short transaction. Only then
is it acknowledged; if that fails, Slack is told so and sends it again. Answers go out on their own.
"""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.codes import hashed
from adapters.house import House
from adapters.slack import commands, desk, parse, team
from adapters.slack.aside import Aside, quietly
from adapters.slack.manifest import PATH
from adapters.slack.refusals import workspace
from adapters.slack.render import escaped, to_modal
from adapters.slack.server import SlackApp
from adapters.slack.workspaces import Workspaces
from bot.errors import Conflict, Refused, Unavailable, Unknown
from bot.fields import checked
from bot.messages import Joined, Pressed, TeamAction
from bot.model import Account, Reader
from bot.receive import Received

log = logging.getLogger(__name__)

STRANGER = (
    "I do not know you here yet, so nothing was kept. If you belong to a programme, you have a page of your own: under "
    "“Where I write to you” it shows you a code that lets me write to you here. {address}/me/where"
)
GONE = "That is not there any more, so nothing was changed. The newest message says how things stand."
NOT_KEPT = "What you wrote has no place here any more, so it was not kept. Here it is, to copy:"

Body = Mapping[str, Any]


class SlackEdge:
    """What Slack hands over. Nothing here waits for Slack while a transaction is open."""

    def __init__(self, house: House, slack: SlackApp, workspaces: Workspaces, address: str) -> None:
        self._house = house
        self._slack = slack
        self._workspaces = workspaces
        self._address = address
        self._aside = Aside(house, workspaces, address)

        async def authorize(team_id: str | None) -> AuthorizeResult:
            # Nothing is said by Bolt: whoever is known in which workspace is asked of the accounts.
            return AuthorizeResult(enterprise_id=None, team_id=team_id)

        self._app = AsyncApp(
            # What comes by a connection of our own is not signed: then nothing that claims to be is believed.
            signing_secret=slack.signing_secret or secrets.token_hex(),
            authorize=authorize,
            before_authorize=self._is_for_us,
            process_before_response=True,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
        )
        self._app.error(_not_taken_in)
        self._app.event("message")(self._message)
        self._app.event("app_home_opened")(self._opened)
        self._app.event("app_uninstalled")(self._removed)
        self._app.event("tokens_revoked")(self._revoked)
        self._app.action(re.compile("^press "))(self._pressed)
        self._app.action(re.compile("^open "))(self._opens)
        self._app.action(re.compile("^team "))(self._acted)
        self._app.action(re.compile("."))(_nothing)
        self._app.view("form")(self._submitted)
        self._app.command("/alongside")(self._command)
        self._app.view(team.CALLBACK)(self._answered)
        self._app.command(team.COMMAND)(self._reflect)

    def routes(self) -> list[web.RouteDef]:
        return [] if self._slack.by_socket else [web.post(PATH, self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request of Slack's. What cannot be stored now is refused, and Slack sends it again."""
        return await to_aiohttp_response(await self.dispatch(await to_bolt_request(request)))

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Take in one thing, however it came; 503 where it could not be stored."""
        return await self._app.async_dispatch(request)

    async def _is_for_us(self, body: Body, next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        team = parse.workspace_of(body)
        if team and not await self._workspaces.has(team):
            # It is not in this workspace, or not any more: that is taken note of, and nothing follows.
            return BoltResponse(status=200, body="")
        await next()
        return None

    # ---- what people do

    async def _message(self, body: Body) -> None:
        incoming = parse.to_incoming(body)
        if incoming is None:
            return
        try:
            await self._house.hand_in(incoming)
        except Unknown:
            self._house.later(self._aside.say(body, body["event"]["channel"], self._answer(STRANGER)))

    async def _opened(self, body: Body) -> None:
        event = body["event"]
        account = parse.account_of(body["team_id"], event["user"])
        if event.get("tab") == "home":
            self._house.later(self._aside.show_home(account))
        try:
            await self._house.hand_in(Joined("opened", account, self._house.now()))
        except Unknown:
            # Whoever looks at an app has asked it nothing; and a facilitator has no conversation to begin.
            return

    async def _removed(self, body: Body) -> None:
        # It may come late, or again, after the workspace has let the app in anew.
        await self._house.lose(workspace(body["team_id"], parse.sent_at(body)))

    async def _revoked(self, body: Body) -> None:
        # The app speaks with the token of its bot alone.
        if not body["event"].get("tokens", {}).get("bot"):
            return
        if self._slack.many:
            # It may be one that was renewed meanwhile: Slack is asked of the one that we have.
            self._house.later(self._aside.tell(body, lambda client: client.auth_test()))
        else:
            await self._removed(body)

    async def _pressed(self, ack: AsyncAck, body: Body, action: Body) -> None:
        try:
            await self._take_in(parse.to_pressed(body, action))
            if "view" in body:
                self._house.later(self._aside.show_home(parse.who(body)))
        except Unknown:
            self._house.later(self._aside.whisper(body, self._answer(STRANGER)))
        except Refused as refusal:
            self._house.later(self._aside.whisper(body, str(refusal)))
        await ack()

    async def _opens(self, ack: AsyncAck, body: Body, action: Body) -> None:
        try:
            press = parse.to_press(action["value"])
            card = await self._house.card(parse.who(body), press.kind, press.about)
            modal = None if card is None else to_modal(card, action["value"])
        except (Unknown, Refused):
            modal = None
        if modal is None:
            self._house.later(self._aside.whisper(body, GONE))
        else:
            self._house.later(self._aside.open(body, modal))
        await ack()

    async def _submitted(self, ack: AsyncAck, body: Body) -> None:
        try:
            pressed = parse.to_submitted(body, self._house.now())
        except Refused as refusal:
            await ack(response_action="update", view=_said(str(refusal)))
            return
        try:
            received = await self._take_in(pressed)
        except Refused as refusal:
            # The modal stays open, with everything in it.
            box = next(reversed(body["view"]["state"]["values"]))
            await ack(response_action="errors", errors={box: str(refusal)})
        except Unknown:
            await ack(response_action="update", view=_said(self._answer(STRANGER)))
        else:
            lost = "" if received.kept else "\n\n".join(pressed.fields.values())
            if lost:
                await ack(response_action="update", view=_said(NOT_KEPT, lost))
            else:
                await ack()

    async def _command(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        account = parse.account_of(body["team_id"], body["user_id"])
        text = body.get("text", "")
        code = commands.code_in(text)
        if code is not None:
            await ack(self._answer(await self._join(body, account, code)))
            return
        if commands.is_parting(text):
            parted = await self._house.part(account)
            await ack(self._answer(commands.PARTED if parted else STRANGER))
            return
        facilitator = await desk.reader_of(self._house, account)
        if facilitator is not None and desk.is_here(text):
            # Slack is asked about the channel, for which it may need longer than it waits for an answer.
            self._house.later(self._announce_here(body, facilitator, respond))
            await ack()
            return
        if facilitator is not None:
            card = await desk.answer(self._house, facilitator, text)
            await ack(response_type="ephemeral", **team.said(card, self._address))
            return
        asked = commands.read(text)
        if asked.action is not None:
            key = body["trigger_id"]
            try:
                await self._take_in(Pressed(key, account, self._house.now(), asked.action))
            except Unknown:
                await ack(self._answer(STRANGER))
                return
        await ack(self._answer(asked.answer))

    async def _join(self, body: Body, account: Account, code: str) -> str:
        """Attach the account to whoever made the code; what is answered, which tells nobody why it did not work."""
        reader = await self._house.join(account, body["team_id"], hashed(code))
        if reader is None:
            return commands.NO_SUCH_CODE

        async def greet() -> None:
            await self._aside.say(body, body["user_id"], self._answer(commands.HELLO))
            await self._house.settle(reader)

        self._house.later(greet())
        return commands.JOINED

    async def _announce_here(self, body: Body, reader: Reader, respond: AsyncRespond) -> None:
        place = parse.account_of(body["team_id"], body["channel_id"])
        card = await desk.here(self._house, reader, place)
        await self._aside.answer(body, respond, team.said(card, self._address))

    def _answer(self, text: str) -> str:
        return escaped(text).replace("{address}", self._address)

    # ---- what people do about a team's round

    async def _reflect(self, ack: AsyncAck, body: Body) -> None:
        try:
            card = team.ALONE if team.is_alone(body) else await self._house.take_in_team(team.to_began(body))
        except (Unknown, Refused) as refusal:
            card = team.refused(refusal)
        await ack(response_type="ephemeral", **team.said(card, self._address))

    async def _acted(self, ack: AsyncAck, body: Body, action: Body, respond: AsyncRespond) -> None:
        try:
            act = team.to_acted(body, action["value"])
            if act.action is TeamAction.ANSWER:
                form = team.to_view(await self._house.team_form(act), self._address)
                self._house.later(self._aside.open(body, form))
                await ack()
                return
            card = await self._house.take_in_team(act)
        except (Unknown, Refused) as refusal:
            card = team.refused(refusal)
        said = team.said(card, self._address)
        if "view" in body:
            self._house.later(self._aside.show(body, team.to_view(card, self._address)))
        elif body["container"].get("is_ephemeral"):
            self._house.later(quietly(respond(replace_original=True, **said)))
        elif not body["container"]["channel_id"].startswith("D"):
            # In a conversation between two, the message itself says how things are.
            self._house.later(self._aside.whisper(body, **said))
        await ack()

    async def _answered(self, ack: AsyncAck, body: Body) -> None:
        act = team.to_sent(body)
        try:
            card = await self._house.take_in_team(act)
        except Refused as refusal:
            # The modal stays open, with everything in it.
            await ack(response_action="errors", errors={team.box_of(str(refusal)): str(refusal)})
        except Unknown as unknown:
            await ack(response_action="update", view=_said(str(unknown), act.fields.get("text", "")))
        else:
            await ack(response_action="update", view=team.to_view(card, self._address))

    async def _take_in(self, pressed: Pressed) -> Received:
        fields = checked(pressed.action, pressed.subject, pressed.fields)
        return await self._house.hand_in(replace(pressed, fields=fields))


async def _not_taken_in(error: Exception) -> BoltResponse:
    """Slack is told to send it again. The kind of error only: its text could hold somebody's words."""
    if isinstance(error, Unavailable | Conflict):
        log.warning("something from Slack could not be stored: it comes again")
        return BoltResponse(status=503)
    log.error("something from Slack could not be taken in: %s", type(error).__name__)
    return BoltResponse(status=500)


async def _nothing(ack: AsyncAck) -> None:
    """A choice that counts once the button below it is pressed, or a link."""
    await ack()


def _said(text: str, words: str = "") -> dict[str, Any]:
    """A modal that only says something, with what somebody wrote."""
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "plain_text", "text": text}}]
    if words:
        quoted = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]}
        blocks.append({"type": "rich_text", "elements": [quoted]})
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Alongside"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks,
    }
