"""The real service, with its Slack at the emulator: Ben comes to it from his page, and Ada stays on the web.

One test at a time starts a process of Node; these run by `make test-clients` alone.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from adapters.slack.server import slack_from
from adapters.web.cookies import COOKIE
from adapters.web.guard import Visitor, hashed
from bot.messages import Action, Joined
from bot.model import Role
from bot.rows import Prompts
from tests.cast import BEN, MONDAY, Character, bring_in
from tests.clients.emulator import SECRET, TOKEN, Emulator, emulator
from tests.clients.install import find_node
from tests.clients.person import Person
from tests.conftest import Template
from tests.slack.conftest import Service, served


@dataclass
class Place(Service):
    """The service, the emulator, and Ben with a page and a browser."""

    slack: Emulator
    ben: Person
    client: "TestClient[web.Request, web.Application]"

    async def moved(self) -> None:
        await self.slack.set_clock(self.now)

    async def a_second(self) -> None:
        self.now += timedelta(seconds=1)
        await self.moved()

    async def somebody(self, name: str) -> Person:
        return await Person.in_(self.slack, name, self.a_second)

    async def does(self, deed: Any) -> Any:
        """Something that somebody does in Slack, with all that follows from it."""
        done = await deed
        await self.settle()
        return done

    async def page(self, who: Character, path: str, **form: str) -> str:
        """One of somebody's own pages, or what it answers to a form: as it reads, with what stands in its boxes."""
        token = f"a browser of {who.id}"
        async with self.built.store.write() as tx:
            if await tx.sessions.find(hashed(token), self.now) is None:
                await tx.sessions.add(who.reader, hashed(token), self.now, self.now + timedelta(days=30))
        given = {"csrf": Visitor(who.reader, Role.MEMBER, token).csrf, **form} if form else None
        headers = {"Cookie": f'{COOKIE}="{token}"'}
        async with self.client.request(
            "POST" if form else "GET", path, headers=headers, data=given
        ) as answer:
            assert answer.status == 200
            await self.settle()
            text = re.sub(r'<[^>]* value="([^"]*)"[^>]*>', r" \1 ", await answer.text())
            return unescape(" ".join(re.sub(r"<[^>]*>", " ", text).split()))

    async def ben_comes(self) -> None:
        """By a code that his own page shows him."""
        code = re.search(r"/alongside join (\S+)", await self.page(BEN, "/me/where", action="code"))
        assert code is not None
        said = await self.does(self.ben.commands("/alongside", f"join {code[1]}"))
        assert "I write to you in Slack from now on" in said

    async def both_join(self) -> None:
        await self.built.house.take_in(Joined(self.key(), BEN.account, self.now))
        await self.ada_joins()
        await self.ben_comes()
        for label in ("Read on", "I agree", "Leave it empty"):
            await self.does(self.ben.presses(label))

    async def ada_shares_an_answer(self, text: str) -> None:
        await self.ada_says(text)
        await self.ada(Action.DONE)
        await self.ada(Action.DECLINE)
        await self.ada_shares("chats")


@pytest.fixture
async def place(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompts: Prompts
) -> AsyncIterator[Place]:
    node = find_node()
    assert node is not None, "the emulator is not installed: run `make test-clients`"
    places: list[Place] = []

    def now() -> datetime:
        return places[0].now if places else MONDAY

    async def a_second() -> None:
        await places[0].a_second()

    async with emulator(node, MONDAY) as found:
        faults: list[str] = []
        environment = {
            "ALONGSIDE_SLACK_TOKEN": TOKEN,
            "ALONGSIDE_SLACK_SIGNING_SECRET": SECRET,
            "ALONGSIDE_SLACK_API": found.api,
        }
        slack = slack_from(environment, faults)
        assert slack is not None
        assert faults == []
        async with served(template.fresh(tmp_path), slack, monkeypatch, prompts, now) as (built, client):
            found.relay.service = client
            await bring_in(built.store, everybody=False)
            places.append(Place(built, found, await Person.in_(found, "ben", a_second), client))
            yield places[0]
