"""Slack that nobody here wrote, as a process of ours, and the relay that brings what it tells to the service.

What stands in it is asked of it by Slack's own methods. What it is known not to do is done by the relay, and named in
`Relay._mended` alone; every event is signed again there by Slack's own library, after its own signature was checked.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.manifest import EVENTS, PATH, SCOPES
from tests.server import Server

SCRIPT = Path(__file__).with_name("slack.mjs")
TOKEN, SECRET, APP = "xoxb-of-alongside", "signed by the emulator", "alongside"
PERSON = (
    "chat:write",
    "users:read",
    *(f"{kind}:{what}" for kind in ("im", "channels", "groups") for what in ("read", "write", "history")),
)
"""What somebody in a workspace may do, as far as these tests do it in their name."""

PEOPLE = ("ben", "kit", "lee", "max", "nia", "oli")
CHANNEL = "leading-together"


@dataclass
class Emulator:
    """A workspace with people, a channel and the app. `app` is the app's own view of it."""

    url: str
    session: ClientSession
    relay: "Relay"
    team: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    """People and channels, by name."""

    @property
    def api(self) -> str:
        return f"{self.url}/api/"

    @property
    def app(self) -> AsyncWebClient:
        return self.as_(TOKEN)

    def person(self, name: str) -> AsyncWebClient:
        """Slack as somebody in the workspace uses it."""
        return self.as_(f"xoxp-{name}")

    def as_(self, token: str) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=self.api, session=self.session, retry_handlers=[])

    async def set_clock(self, now: datetime) -> None:
        self.relay.clock.at = now.timestamp()
        async with self.session.post(
            f"{self.url}/clock", json={"now": round(now.timestamp() * 1000)}
        ) as set_:
            assert set_.status == 200

    async def window(self) -> dict[str, list[dict[str, Any]]]:
        """What is seen on a screen and told by no method: `views` and `whispers`, in the order in which they came."""
        async with self.session.get(f"{self.url}/window") as seen:
            found: dict[str, list[dict[str, Any]]] = await seen.json()
            return found

    async def trigger(self, user: str) -> str:
        """What a press of theirs brings with it, good for one modal."""
        found = await self.app.api_call("views.generateTriggerId", json={"user_id": user})
        return str(found["trigger_id"])


class StoryClock(Clock):
    """The emulator's own clock, by which it signs."""

    at: float = 0.0

    def now(self) -> float:
        return self.at


@dataclass
class Relay:
    """Where the emulator sends its events, and where an app answers what only one person sees.

    `given` is every event as the service got it, with the status that it answered.
    """

    service: "TestClient[web.Request, web.Application] | None" = None
    bot: str = ""
    given: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    replaced: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was said in place of what only one person saw, by the address that their press named."""
    clock: StoryClock = field(default_factory=StoryClock)
    server: Server | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/events", self._event)
        app.router.add_post("/replace/{name}", self._replace)
        self.server = Server(app)
        await self.server.start_server()

    def address(self, path: str) -> str:
        assert self.server is not None
        return str(self.server.make_url(path))

    async def send(self, body: str, content_type: str) -> tuple[int, str]:
        """Bring something to the service, signed as Slack signs it."""
        assert self.service is not None
        stamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body)
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or "",
        }
        async with self.service.post(PATH, data=body.encode(), headers=headers) as answer:
            return answer.status, await answer.text()

    async def _event(self, request: web.Request) -> web.StreamResponse:
        raw = await request.text()
        assert SignatureVerifier(SECRET, self.clock).is_valid_request(raw, dict(request.headers))
        body = self._mended(json.loads(raw))
        if body is None:
            return web.Response()
        status, _ = await self.send(json.dumps(body), "application/json")
        self.given.append((body, status))
        return web.Response(status=status)

    def _mended(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """An event as Slack would send it, or None where Slack would not send it to this app."""
        event = body["event"]
        # The emulator does not say in what kind of conversation something was said. Slack does, with each message.
        event["channel_type"] = "im" if event["channel"].startswith("D") else "channel"
        # The emulator sends what is said anywhere. Slack sends an app what its manifest asks for.
        if f"message.{event['channel_type']}" not in EVENTS:
            return None
        # The emulator does not say that an app wrote something. Slack names the app's bot in each of its messages.
        for message in (event, event.get("message", {}), event.get("previous_message", {})):
            if message.get("user") == self.bot:
                message["bot_id"] = "B000000001"
        return dict(body)

    async def _replace(self, request: web.Request) -> web.StreamResponse:
        # The emulator has no response_url. Slack gives one with each press of what only one person sees.
        self.replaced[request.match_info["name"]] = await request.json()
        return web.Response(text="ok")


@asynccontextmanager
async def emulator(node: Path, now: datetime) -> AsyncIterator[Emulator]:
    """The emulator with its relay, until the test is over."""
    relay = Relay()
    await relay.start()
    given = {
        "seed": {
            "team": {"name": "Northbank", "domain": "northbank"},
            "signing_secret": SECRET,
            "strict_scopes": True,
            "users": [{"name": name} for name in PEOPLE],
            "channels": [{"name": CHANNEL}],
            "oauth_apps": [
                {
                    "client_id": "1.2",
                    "client_secret": "unused",
                    "app_id": "A000000001",
                    "name": "Alongside",
                    "bot_name": APP,
                    "redirect_uris": [],
                    "scopes": list(SCOPES),
                }
            ],
            "tokens": [
                {"token": TOKEN, "user": APP, "scopes": list(SCOPES), "app_id": "A000000001"},
                *({"token": f"xoxp-{name}", "user": name, "scopes": PERSON} for name in PEOPLE),
            ],
        },
        "events": ["message"],
        "receiver": relay.address("/events"),
        "now": round(now.timestamp() * 1000),
    }
    relay.clock.at = now.timestamp()
    process = await asyncio.create_subprocess_exec(
        node, SCRIPT, json.dumps(given), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        assert url.startswith("http://127.0.0.1:"), "the emulator did not start"
        async with ClientSession() as session:
            found = Emulator(url, session, relay)
            await _look_around(found)
            yield found
    finally:
        process.kill()
        await process.wait()
        assert relay.server is not None
        await relay.server.close()


async def _look_around(emulator: Emulator) -> None:
    anybody = emulator.person(PEOPLE[0])
    # Slack takes every method by POST; the emulator takes these by it alone, where Slack's own library says GET.
    people = (await anybody.api_call("users.list", json={}))["members"]
    channels = (await anybody.api_call("conversations.list", json={}))["channels"]
    emulator.ids = {each["name"]: each["id"] for each in (*people, *channels)}
    emulator.team = str((await emulator.app.auth_test())["team_id"])
    emulator.relay.bot = emulator.ids[APP]
