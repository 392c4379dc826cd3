"""Slack's far side: a Web API over real HTTP that checks what it is given, and a person who uses the app.

Whatever is sent to the service is signed by Slack's own library. What stands in conversations is kept as Slack would
keep it, so that a test can read it, press what can be pressed, and be refused what Slack refuses.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import WSMsgType, encode_basic_auth, web
from aiohttp.test_utils import TestClient
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier

from adapters.slack import limits
from adapters.slack.manifest import SCOPES
from tests.server import Server

TOKEN, SECRET, TEAM = "xoxb-of-the-tests", "signed in the tests", "T1"
OTHER, OTHER_TOKEN = "T2", "xoxb-of-another-workspace"
CLIENT_ID, CLIENT_SECRET = "123.456", "the client's own secret"
APP_TOKEN = "xapp-of-the-tests"
NAMES = {TEAM: "Northbank", OTHER: "Southbank <b>& Sons</b>"}
LASTS = 12 * 60 * 60
"""Seconds that a token which runs out is good for."""
Blocks = list[dict[str, Any]]

NEEDS: Mapping[str, str] = {
    "apps.connections.open": "",
    "auth.test": "",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "oauth.v2.access": "",
    "conversations.info": "groups:read",
    "conversations.members": "groups:read",
    "views.open": "",
    "views.publish": "",
}
"""What an app has to be allowed for each method, from Slack's reference of its methods."""


@dataclass
class Standing:
    """One message of the app as it stands."""

    channel: str
    ts: str
    text: str
    blocks: Blocks
    team: str = TEAM


@dataclass
class Failure:
    """How the next call of a method goes wrong: a status, Slack's word for it, or no answer at all.

    `page` is what something between us and Slack answers in its place.
    """

    error: str = ""
    status: int = 200
    retry_after: int = 0
    silent: bool = False
    page: str = ""


@dataclass
class WebApi:
    """`messages` by channel and time, `homes` by person, `calls` with their arguments, in order."""

    messages: dict[tuple[str, str], Standing] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    modals: list[dict[str, Any]] = field(default_factory=list)
    whispers: list[str] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    said: dict[str, Blocks] = field(default_factory=dict)
    """What stands for one person alone, by the address at which it is replaced."""
    storm: Callable[[str], Failure | None] = lambda _: None
    """How every call about a channel goes wrong, if it does."""
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    """Lets those go that got no answer."""
    slow: dict[str, float] = field(default_factory=dict)
    """How many seconds Slack takes over a method."""
    closed_to_us: set[str] = field(default_factory=set)
    """Channels that the app is not in."""
    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: TEAM})
    """Which workspace each token is of."""
    refusals: dict[str, str] = field(default_factory=dict)
    """What Slack says to a token that is good no more."""
    members: dict[str, str] = field(default_factory=dict)
    """Which workspace somebody is in, where that matters."""
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What an app is given for a code that it comes back with, once."""
    refreshes: dict[str, str] = field(default_factory=dict)
    """Which workspace may be asked a new token for with what, once."""
    redirect: str = "http://127.0.0.1/slack/oauth_redirect"
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    """Connections that the app has opened to us, the newest last."""
    acknowledged: dict[str, Any] = field(default_factory=dict)
    """What each envelope was answered with."""
    tickets: set[str] = field(default_factory=set)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What channels there are: their properties, and who is in them."""
    expired: set[str] = field(default_factory=set)
    """Whose addresses for answers have run out."""
    _times: "count[int]" = field(default_factory=lambda: count(1))
    server: Server | None = None

    async def start(self) -> str:
        """Begin to answer; where."""
        app = web.Application()
        app.router.add_post("/api/{method}", self._handle)
        app.router.add_get("/api/{method}", self._handle)
        app.router.add_post("/replace/{name}", self._replace)
        app.router.add_get("/socket/{ticket}", self._connected)
        self.server = Server(app)
        await self.server.start_server()
        return str(self.server.make_url("/api/"))

    async def stop(self) -> None:
        assert self.server is not None
        await self.server.close()

    async def _replace(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        if request.match_info["name"] in self.expired:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        assert given.get("replace_original") is True or given["response_type"] == "ephemeral"
        assert not _fault(given)
        self.said[request.match_info["name"]] = given["blocks"]
        return web.Response(text="ok")

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = await _given(request)
        given = {name: _parsed(value) for name, value in {**request.query, **given}.items()}
        self.calls.append((method, given))
        await asyncio.sleep(self.slow.get(method, 0))
        failing = self.failures.get(method)
        failure = failing.pop(0) if failing else self.storm(str(given.get("channel")))
        if failure is not None:
            if failure.silent:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.calm.wait(), 30)
            if failure.page:
                return web.Response(text=failure.page, status=failure.status, content_type="text/html")
            headers = {"Retry-After": str(failure.retry_after)} if failure.retry_after else {}
            return web.json_response(
                {"ok": False, "error": failure.error}, status=failure.status, headers=headers
            )
        if method in ("oauth.v2.access", "apps.connections.open"):
            answer = self._as_app(method, given, request.headers.get("Authorization", ""))
            return web.json_response({"ok": "error" not in answer, **answer})
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return web.json_response({"ok": False, "error": self.refusals.get(token, "invalid_auth")})
        needed = NEEDS.get(method, "")
        answer = (
            self._not_allowed(needed)
            if needed not in ("", *self.scopes)
            else self._answer(method, given, self.tokens[token])
        )
        headers = {"x-oauth-scopes": ",".join(self.scopes)}
        return web.json_response({"ok": "error" not in answer, **answer}, headers=headers)

    def _as_app(self, method: str, given: Mapping[str, Any], shown: str) -> dict[str, Any]:
        """What is asked for by the app as such, and not by what it has in a workspace."""
        if method == "apps.connections.open":
            if shown != f"Bearer {APP_TOKEN}":
                return {"error": "invalid_auth"}
            ticket = f"ticket-{next(self._times)}"
            self.tickets.add(ticket)
            assert self.server is not None
            return {"url": str(self.server.make_url(f"/socket/{ticket}")).replace("http:", "ws:")}
        if shown != encode_basic_auth(CLIENT_ID, CLIENT_SECRET):
            return {"error": "bad_client_secret"}
        if given.get("grant_type") == "refresh_token":
            team = self.refreshes.pop(given["refresh_token"], None)
            return {"error": "invalid_refresh_token"} if team is None else self.granted(team, lasts=LASTS)
        if given.get("redirect_uri") != self.redirect:
            return {"error": "bad_redirect_uri"}
        return self.codes.pop(given["code"], {"error": "invalid_code"})

    async def _connected(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self.tickets:
            return web.Response(status=404)
        self.tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                answer = json.loads(message.data)
                self.acknowledged[answer["envelope_id"]] = answer.get("payload")
        return socket

    async def hands_over(self, kind: str, payload: Mapping[str, Any], within: float = 3) -> tuple[bool, Any]:
        """Send an envelope down the newest connection; whether it was acknowledged, and with what."""
        envelope = f"envelope-{next(self._times)}"
        body = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self.sockets[-1].send_json(body)
        for _ in range(int(within / 0.02)):
            if envelope in self.acknowledged:
                return True, self.acknowledged[envelope]
            await asyncio.sleep(0.02)
        return False, None

    def granted(self, team: str, /, *, lasts: int = 0, **more: Any) -> dict[str, Any]:
        """What a workspace gives the app: a new token, and what the next is asked for with if it runs out."""
        number = next(self._times)
        token = f"xoxe.xoxb-{team}-{number}" if lasts else f"xoxb-{team}-{number}"
        self.tokens[token] = team
        given = {
            "token_type": "bot",
            "access_token": token,
            "scope": ",".join(self.scopes),
            "bot_user_id": f"UBOT{team}",
            "app_id": "A1",
            "team": {"id": team, "name": NAMES.get(team, team)},
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }
        if lasts:
            refresh = f"xoxe-{team}-{number}"
            self.refreshes[refresh] = team
            given |= {"refresh_token": refresh, "expires_in": lasts}
        return given

    def _answer(self, method: str, given: dict[str, Any], team: str) -> dict[str, Any]:
        fault = _fault(given)
        if fault:
            return {"error": fault}
        match method:
            case "conversations.info" | "conversations.members":
                return self._channel(method, given)
            case "auth.test":
                return {
                    "team": NAMES.get(team, team),
                    "team_id": team,
                    "user": "alongside",
                    "user_id": "UBOT",
                }
            case "views.publish":
                self.homes[given["user_id"]] = given["view"]
                return {}
            case "chat.postMessage":
                if given["channel"] in self.closed_to_us:
                    return {"error": "not_in_channel"}
                if self.members.get(given["channel"], team) != team:
                    return {"error": "channel_not_found"}
                channel = f"D{given['channel'][1:]}" if given["channel"].startswith("U") else given["channel"]
                ts = f"1764000000.{next(self._times):06}"
                blocks = given.get("blocks") or []
                self.messages[channel, ts] = Standing(channel, ts, given["text"], blocks, team)
                return {"channel": channel, "ts": ts}
            case "chat.update":
                found = self.messages.get((given["channel"], given["ts"]))
                if found is None:
                    return {"error": "message_not_found"}
                found.text, found.blocks = given["text"], given.get("blocks") or []
                return {"channel": found.channel, "ts": found.ts}
            case "chat.delete":
                if self.messages.pop((given["channel"], given["ts"]), None) is None:
                    return {"error": "message_not_found"}
                return {}
            case "chat.postEphemeral":
                self.whispers.append(given["text"])
                return {}
            case "views.open":
                if not given["trigger_id"].startswith("trigger"):
                    return {"error": "invalid_trigger_id"}
                self.modals.append(given["view"])
                return {}
            case "views.update":
                self.modals.append(given["view"])
                return {}
            case _:
                return {"error": "unknown_method"}

    def _channel(self, method: str, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self.channels.get(given["channel"])
        if given["channel"].startswith("D"):
            return self._not_allowed("im:read")
        if found is None or (found["is_private"] and "UBOT" not in found["members"]):
            # A private channel that one is not in does not exist.
            return {"error": "channel_not_found"}
        if found.get("is_mpim") or not found["is_private"]:
            return self._not_allowed("mpim:read" if found.get("is_mpim") else "channels:read")
        if method == "conversations.info":
            shown = {name: value for name, value in found.items() if name != "members"}
            return {"channel": {"id": given["channel"], "is_member": True, **shown}}
        assert 1 <= int(given["limit"]) <= 1_000
        members, most = found["members"], int(given["limit"])
        more = "next" if len(members) > most else ""
        return {"members": members[:most], "response_metadata": {"next_cursor": more}}

    def _not_allowed(self, needed: str) -> dict[str, Any]:
        return {"error": "missing_scope", "needed": needed, "provided": ",".join(self.scopes)}

    def standing(self) -> list[Standing]:
        return [self.messages[place] for place in sorted(self.messages, key=lambda place: place[1])]

    def shown(self) -> str:
        """Everything that stands there, as text."""
        return "\n".join(
            f"{each.text}\n{json.dumps(each.blocks, ensure_ascii=False)}" for each in self.standing()
        )


async def _given(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        # What is only asked for stands in the address.
        return {}
    return dict(await request.post()) if "form" in request.content_type else await request.json()


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    return value


def _fault(given: Mapping[str, Any]) -> str:
    """Slack's word for what it would not take, or nothing."""
    blocks = given.get("blocks") or (given.get("view") or {}).get("blocks") or []
    if "blocks" in given and not given.get("text"):
        return "no_text"
    view = given.get("view") or {}
    if view.get("type") == "modal" and len(view["title"]["text"]) > limits.MODAL_TITLE:
        return "invalid_arguments"
    return valid(blocks, limits.HOME_BLOCKS if view.get("type") == "home" else limits.BLOCKS)


def valid(blocks: Blocks, most: int = limits.BLOCKS) -> str:
    """Checked by Slack's own library, and by the limits that it does not know."""
    if len(blocks) > most:
        return "invalid_blocks"
    for block in blocks:
        parsed = Block.parse(block)
        if parsed is None:
            return "invalid_blocks"
        parsed.validate_json()
        if block["type"] == "actions":
            ids = [each["action_id"] for each in block["elements"]]
            if len(ids) != len(set(ids)):
                return "invalid_blocks"
    names = [block["block_id"] for block in blocks if "block_id" in block]
    return "" if len(names) == len(set(names)) else "invalid_blocks"


def _found(blocks: Blocks, label: str) -> dict[str, Any] | None:
    for block in blocks:
        for each in block.get("elements", ()):
            if each.get("type") == "button" and each["text"]["text"] == label:
                return dict(each)
    return None


def _button(blocks: Blocks, label: str) -> dict[str, Any]:
    found = _found(blocks, label)
    assert found is not None, f"no button “{label}” stands there: {blocks}"
    return found


def filled(blocks: Blocks, values: Mapping[str, str]) -> dict[str, Any]:
    """What stands in a modal's boxes when it is sent, as it was or as `values` says; a choice by what it reads."""
    state: dict[str, Any] = {}
    for block in (each for each in blocks if each["type"] == "input"):
        given, element = values.get(block["block_id"].partition(":")[0]), block["element"]
        if element["type"] == "radio_buttons":
            option = next(each for each in element["options"] if each["text"]["text"] == given)
            state[block["block_id"]] = {"choice": {"selected_option": option}}
        else:
            text = element.get("initial_value") if given is None else given
            state[block["block_id"]] = {"text": {"type": "plain_text_input", "value": text}}
    return state


# ---- a person


@dataclass
class Person:
    """Somebody in the workspace, and what Slack sends when they do something."""

    user: str
    api: WebApi
    client: "TestClient[web.Request, web.Application]"
    path: str = "/slack/events"
    clock: float = 1763373600.0
    team: str = TEAM
    by_socket: bool = False
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def channel(self) -> str:
        return f"D{self.user[1:]}"

    def ts(self) -> str:
        return f"{self.clock:.0f}.{next(self._numbers):06}"

    async def event(self, event: Mapping[str, Any], event_id: str = "") -> int:
        body = {
            "type": "event_callback",
            "team_id": self.team,
            "event_id": event_id or f"Ev{self.user}{next(self._numbers)}",
            "event": dict(event),
        }
        status, _ = await self.send(json.dumps(body), "application/json")
        return status

    async def opens_the_app(self, tab: str = "messages") -> None:
        assert await self.event({"type": "app_home_opened", "user": self.user, "tab": tab}) == 200

    async def presses_at_home(self, label: str) -> None:
        """Press a button of the app's home."""
        blocks = self.api.homes[self.user]["blocks"]
        buttons = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
        button = next(each for each in buttons if each["text"]["text"] == label)
        now = self.ts()
        body = {
            "type": "block_actions",
            "team": {"id": self.team},
            "user": {"id": self.user},
            "trigger_id": f"trigger{now}",
            "container": {"type": "view", "view_id": f"V{self.user}"},
            "view": {"id": f"V{self.user}", "type": "home", "state": {"values": {}}},
            "actions": [{**button, "block_id": "b", "action_ts": now}],
        }
        status, _ = await self.interacts(body)
        assert status == 200

    async def says(self, text: str, **more: Any) -> str:
        ts = self.ts()
        assert await self.event(self.message(text, ts) | more) == 200
        return ts

    def message(self, text: str, ts: str) -> dict[str, Any]:
        where = {"channel": self.channel, "channel_type": "im"}
        return {"type": "message", "user": self.user, "text": text, "ts": ts, **where}

    async def edits(self, ts: str, text: str) -> None:
        now = self.ts()
        changed = {
            "type": "message",
            "subtype": "message_changed",
            "channel": self.channel,
            "channel_type": "im",
            "ts": now,
            "event_ts": now,
            "message": {"user": self.user, "text": text, "ts": ts, "edited": {"user": self.user, "ts": now}},
            "previous_message": {"user": self.user, "text": "before", "ts": ts},
        }
        assert await self.event(changed) == 200

    async def deletes(self, ts: str) -> None:
        now = self.ts()
        deleted = {
            "type": "message",
            "subtype": "message_deleted",
            "channel": self.channel,
            "channel_type": "im",
            "event_ts": now,
            "deleted_ts": ts,
            "previous_message": {"user": self.user, "text": "before", "ts": ts},
        }
        assert await self.event(deleted) == 200

    def button(self, label: str) -> tuple[Standing, dict[str, Any]]:
        """The newest button with this label that stands in their conversation."""
        for message in reversed(self.api.standing()):
            if message.channel != self.channel:
                continue
            for block in message.blocks:
                for each in block.get("elements", ()):
                    if each.get("type") == "button" and each["text"]["text"] == label:
                        return message, each
        raise AssertionError(f"no button “{label}” stands there:\n{self.api.shown()}")

    async def presses(self, label: str, chosen: Mapping[str, str] | None = None) -> None:
        """Press a button of a message, with what is chosen above it: by the start of a block's name."""
        message, button = self.button(label)
        await self.acts(message, button, chosen or {})

    async def acts(self, message: Standing, button: Mapping[str, Any], chosen: Mapping[str, str]) -> None:
        values = {}
        for block in message.blocks:
            if block["type"] == "input":
                value = next((v for name, v in chosen.items() if block["block_id"].startswith(name)), None)
                first = block["element"].get("initial_option", {}).get("value")
                values[block["block_id"]] = {
                    "choice": {"type": "radio_buttons", "selected_option": {"value": value or first}}
                }
        now = self.ts()
        body = {
            "type": "block_actions",
            "team": {"id": self.team},
            "user": {"id": self.user},
            "trigger_id": f"trigger{now}",
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
            "channel": {"id": message.channel},
            "state": {"values": values},
            "actions": [{**button, "block_id": "b", "action_ts": now}],
        }
        status, _ = await self.interacts(body)
        assert status == 200

    async def submits(self, values: Mapping[str, str], view_id: str = "") -> dict[str, Any]:
        """Send the modal that was opened last; what Slack is answered."""
        view = self.api.modals[-1]
        state = filled(view["blocks"], values)
        body = {
            "type": "view_submission",
            "team": {"id": self.team},
            "user": {"id": self.user},
            "view": {**view, "id": view_id or f"V{len(self.api.modals)}", "state": {"values": state}},
        }
        status, answer = await self.interacts(body)
        assert status == 200
        found: dict[str, Any] = json.loads(answer) if answer else {}
        return found

    # ---- in a channel

    async def reflects(self, text: str = "", channel: str = "C1") -> Blocks:
        """What they alone are shown after `/reflect`."""
        answer = json.loads(await self.commands(text, "/reflect", channel))
        assert answer["response_type"] == "ephemeral"
        assert not _fault(answer)
        self.api.said[self.user] = answer["blocks"]
        return self.api.said[self.user]

    async def chooses(self, label: str, channel: str = "C1") -> None:
        """Press a button of what they alone are shown."""
        pressed = _button(self.api.said[self.user], label)
        assert self.api.server is not None
        await self._act(
            pressed,
            channel=channel,
            container={"type": "message", "message_ts": "1.1", "channel_id": channel, "is_ephemeral": True},
            response_url=str(self.api.server.make_url(f"/replace/{self.user}")),
        )

    async def presses_in(self, channel: str, label: str) -> None:
        """Press a button of the newest message of a channel that has it."""
        for message in reversed(self.api.standing()):
            pressed = _found(message.blocks, label)
            if message.channel == channel and pressed is not None:
                container = {"type": "message", "message_ts": message.ts, "channel_id": channel}
                return await self._act(pressed, channel=channel, container=container)
        raise AssertionError(f"no button “{label}” stands there:\n{self.api.shown()}")

    async def presses_in_modal(self, label: str) -> None:
        view = {**self.api.modals[-1], "id": f"V{len(self.api.modals)}"}
        pressed = _button(view["blocks"], label)
        await self._act(pressed, container={"type": "view", "view_id": view["id"]}, view=view)

    async def _act(self, pressed: Mapping[str, Any], channel: str = "", **more: Any) -> None:
        now = self.ts()
        body = {
            "type": "block_actions",
            "team": {"id": self.team},
            "user": {"id": self.user, "team_id": self.team},
            "trigger_id": f"trigger{now}",
            "actions": [{**pressed, "block_id": "b", "action_ts": now}],
            **({"channel": {"id": channel}} if channel else {}),
            **more,
        }
        status, _ = await self.interacts(body)
        assert status == 200

    async def interacts(self, body: Mapping[str, Any]) -> tuple[int, str]:
        return await self.send(urlencode({"payload": json.dumps(body)}), "application/x-www-form-urlencoded")

    async def commands(self, text: str, command: str = "/alongside", channel: str = "") -> str:
        assert self.api.server is not None
        form = {
            "command": command,
            "text": text,
            "team_id": self.team,
            "user_id": self.user,
            "channel_id": channel or self.channel,
            "trigger_id": f"trigger{self.ts()}",
            "response_url": str(self.api.server.make_url(f"/replace/{self.user}")),
        }
        status, answer = await self.send(urlencode(form), "application/x-www-form-urlencoded")
        assert status == 200
        return answer

    async def send(
        self, body: str, content_type: str, *, secret: str = SECRET, age: float = 0
    ) -> tuple[int, str]:
        if self.by_socket:
            return await self._hand_over(body, content_type)
        stamp = str(int(time.time() - age))
        signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or "",
        }
        async with self.client.post(self.path, data=body.encode(), headers=headers) as answer:
            return answer.status, await answer.text()

    async def _hand_over(self, body: str, content_type: str) -> tuple[int, str]:
        """The same by the connection that the app has opened, answered as a request would be."""
        if content_type == "application/json":
            kind, payload = "events_api", json.loads(body)
        else:
            form = dict(parse_qsl(body, keep_blank_values=True))
            kind = "interactive" if "payload" in form else "slash_commands"
            payload = json.loads(form["payload"]) if "payload" in form else form
        taken, answer = await self.api.hands_over(kind, payload)
        if not taken:
            return 503, ""
        said = (
            answer["text"] if answer and answer.keys() == {"text"} else json.dumps(answer) if answer else ""
        )
        return 200, said
