"""The real service with Slack's far side beside it: Ben is in the workspace, and Ada is on the web."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient
from slack_sdk.oauth.token_rotation import async_rotator

import adapters.house
from adapters import wiring
from adapters.settings import Settings
from adapters.slack import pace, socket
from adapters.slack.manifest import SCOPES
from adapters.slack.pace import Rate
from adapters.slack.server import SlackApp
from bot.messages import Action, Joined, Pressed, Said
from bot.model import Account, Platform
from bot.rows import Installed, Prompts
from bot.view import MemberView
from storage.store import SqlStore
from tests.cast import ADA, BEN, MONDAY, Character, bring_in
from tests.conftest import KEYS, Template
from tests.server import Server
from tests.slack.stub import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, NAMES, SECRET, TEAM, TOKEN, Person, WebApi


@dataclass
class Service:
    """The real service, its clock, and Ada on the web."""

    built: wiring.Built
    now: datetime = field(default=MONDAY, kw_only=True)
    _numbers: list[int] = field(default_factory=lambda: [0], kw_only=True)

    async def moved(self) -> None:
        """The clock shows another time: whoever lives by it is told."""

    async def settle(self) -> None:
        """Let everything that was begun beside an answer come to its end."""
        while self.built.house._beside:
            # To await what has ended already lets nothing else happen, and the house forgets it in its own turn.
            await asyncio.gather(*self.built.house._beside)
        await self.built.house.settle()

    async def wait_until(self, at: datetime) -> None:
        """Let time pass, from one due moment to the next. What waits for something else is passed over."""
        while True:
            await self.built.house.tick()
            await self.settle()
            if self.now == at:
                return
            async with self.built.store.read() as tx:
                moments = [await tx.clock.next_at(), await tx.outbox.next_at()]
            self.now = min((each for each in moments if each and self.now < each < at), default=at)
            await self.moved()

    async def wait(self, **delta: float) -> None:
        await self.wait_until(self.now + timedelta(**delta))

    def key(self) -> str:
        self._numbers[0] += 1
        return f"web-{self._numbers[0]}"

    async def ada_says(self, text: str) -> None:
        key = self.key()
        await self.built.house.take_in(Said(key, ADA.account, self.now, key, text))

    async def ada(self, action: Action, subject: str = "", **fields: str) -> None:
        await self.built.house.take_in(Pressed(self.key(), ADA.account, self.now, action, subject, fields))

    async def ada_joins(self) -> None:
        await self.built.house.take_in(Joined(self.key(), ADA.account, self.now))
        for action in (Action.READ_ON, Action.AGREE, Action.CHOOSE_WORDS):
            await self.ada(action)

    async def ada_shares(self, value: str) -> None:
        view = await self.view(ADA)
        for part in view.rounds[view.conversation.round or ""].written:
            await self.ada(Action.CHOOSE, "", **{f"partner:{part.id}": value})

    async def view(self, who: Character) -> MemberView:
        async with self.built.store.read() as tx:
            return await tx.views.member(who.reader)


@dataclass
class Workspace(Service):
    """Everything at once: the service, the clock, Slack, and Ben in it."""

    api: WebApi
    ben: Person

    async def moved(self) -> None:
        self.ben.clock = self.now.timestamp()

    async def ben_joins(self) -> None:
        await self.ben.opens_the_app()
        await self.settle()
        for label in ("Read on", "I agree", "Leave it empty"):
            await self.ben.presses(label)
            await self.settle()


@pytest.fixture
async def api() -> AsyncIterator[WebApi]:
    found = WebApi()
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def workspace(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: WebApi, prompts: Prompts
) -> AsyncIterator[Workspace]:
    """One workspace, with the one token of the settings."""
    slack = SlackApp(TOKEN, SECRET, place_of(api))
    async with running(template.fresh(tmp_path), slack, monkeypatch, api, prompts) as place:
        yield place


@pytest.fixture
async def many(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: WebApi, prompts: Prompts
) -> AsyncIterator[Workspace]:
    """Any number of workspaces; that of Ben has let the app in."""
    slack = SlackApp("", SECRET, place_of(api), CLIENT_ID, CLIENT_SECRET)
    async with running(template.fresh(tmp_path), slack, monkeypatch, api, prompts) as place:
        async with place.built.store.write() as tx:
            await tx.installations.keep(installed())
        yield place


@pytest.fixture
async def socketed(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: WebApi, prompts: Prompts
) -> AsyncIterator[Workspace]:
    """One workspace that cannot reach the service, which opens a connection to Slack."""
    monkeypatch.setattr(socket, "PING", 0.1)
    slack = SlackApp(TOKEN, "", place_of(api), app_token=APP_TOKEN)
    async with running(template.fresh(tmp_path), slack, monkeypatch, api, prompts) as place:
        place.ben.by_socket = True
        await connected(api)
        yield place


async def connected(api: WebApi, number: int = 1) -> None:
    """Wait until the app has opened so many connections."""
    for _ in range(300):
        if len(api.sockets) >= number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"there are {len(api.sockets)} connections")


def place_of(api: WebApi) -> str:
    assert api.server is not None
    return str(api.server.make_url("/api/"))


def installed(team: str = TEAM, token: str = TOKEN, **more: Any) -> Installed:
    return Installed(team, NAMES[team], "UBOT", frozenset(SCOPES), MONDAY, token, **more)


@asynccontextmanager
async def running(
    url: str, slack: SlackApp, monkeypatch: pytest.MonkeyPatch, api: WebApi, prompts: Prompts, **more: Any
) -> AsyncIterator[Workspace]:
    """The service, known to Slack in this way, with Ben in the workspace."""
    places: list[Workspace] = []

    def now() -> datetime:
        return places[0].now if places else MONDAY

    async with served(url, slack, monkeypatch, prompts, now, **more) as (built, client):
        await set_up(built.store)
        place = Workspace(built, api, Person("UBEN", api, client))
        place.ben.clock = MONDAY.timestamp()
        places.append(place)
        yield place


@asynccontextmanager
async def served(
    url: str,
    slack: SlackApp,
    monkeypatch: pytest.MonkeyPatch,
    prompts: Prompts,
    now: Callable[[], datetime],
    **more: Any,
) -> AsyncIterator[tuple[wiring.Built, "TestClient[web.Request, web.Application]"]]:
    """The service, known to Slack in this way, by a clock of the test's."""
    built: list[wiring.Built] = []
    build = wiring.build
    monkeypatch.setattr(wiring, "real_now", now)
    monkeypatch.setattr(async_rotator, "time", lambda: now().timestamp())
    monkeypatch.setattr(wiring, "load_prompts", lambda _=None: prompts)

    def remember(*given: Any) -> wiring.Built:
        built.append(build(*given))
        return built[-1]

    monkeypatch.setattr(wiring, "build", remember)
    for name in ("CHANNEL", "WORKSPACE", "CHANGES"):
        # Weeks pass in seconds here.
        monkeypatch.setattr(pace, name, Rate(0.0, 1))
    monkeypatch.setattr(adapters.house, "TICK", timedelta(hours=1))
    monkeypatch.setattr(adapters.house, "SWEEP", timedelta(hours=1))
    app = wiring.serve_app(Settings(url, KEYS, "127.0.0.1", 0, "http://127.0.0.1", slack=slack, **more))
    client: TestClient[web.Request, web.Application] = TestClient(Server(app), cookie_jar=DummyCookieJar())
    async with client:
        yield built[0], client
    monkeypatch.setattr(wiring, "build", build)


async def set_up(store: SqlStore) -> None:
    await bring_in(store, everybody=False)
    async with store.write() as tx:
        await tx.people.get(BEN.reader)
        await tx.setup.reach(BEN.reader, Account(Platform.SLACK, f"{TEAM}:UBEN"))
