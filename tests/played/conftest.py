"""A programme that is played on a fast clock: the real service, a real mail server, and people who open their mail."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import CookieJar, DummyCookieJar, web
from aiohttp.test_utils import TestClient
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

import adapters.house
import adapters.web.app
import adapters.web.asking
from adapters import wiring
from adapters.mail.server import MailServer
from adapters.settings import Settings
from storage import tables as t
from storage.crypto import KeyRing
from tests.adapters.test_render import Element, parsed
from tests.databases import everything
from tests.server import Server

KEY = bytes(range(32))
WAY_IN = re.compile(r"http://127\.0\.0\.1:\d+(/in/[\w-]+)")


@dataclass(frozen=True)
class Posted:
    """One thing that went out: to whom, what it was about, when, and whether nobody had asked for it."""

    id: str
    person: str
    kind: str
    subject: str
    at: datetime
    proactive: bool


@dataclass
class Arrived:
    at: datetime
    mail: EmailMessage


@dataclass
class Postbox:
    """A mail server's memory: every mail with the moment at which it came."""

    clock: "Clock"
    mails: list[Arrived] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(Arrived(self.clock.now, mail))
        return "250 OK"

    def to(self, address: str) -> list[Arrived]:
        return [each for each in self.mails if each.mail["To"] == address]


@dataclass
class Clock:
    now: datetime


@dataclass
class Service:
    """The running service, and everything that it has posted so far."""

    client: "TestClient[web.Request, web.Application]"
    built: wiring.Built
    clock: Clock
    postbox: Postbox
    posted: dict[str, Posted] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return str(self.client.make_url("")).rstrip("/")

    async def wait_until(self, at: datetime) -> None:
        """Let time pass from one due moment to the next, sending what is due at each."""
        house = self.built.house
        while True:
            async with self.built.store.read() as tx:
                moments = [each for each in (await tx.clock.next_at(), await tx.outbox.next_at()) if each]
            due = [each for each in moments if each <= at]
            self.clock.now = max(self.clock.now, min(due)) if due else at
            await house.tick()
            await house.settle()
            await self._note()
            if not due:
                return

    async def wait(self, **delta: float) -> None:
        await self.wait_until(self.clock.now + timedelta(**delta))

    async def _note(self) -> None:
        """Posts are swept after a while, so each is noted when it has gone out."""
        async with everything(self.built.store.database) as connection:
            rows = await connection.execute(
                select(t.posts, t.outbox.c.proactive).join(t.outbox, t.outbox.c.id == t.posts.c.id)
            )
            for row in rows:
                self.posted.setdefault(
                    row.id,
                    Posted(row.id, row.person_id, row.kind, row.subject, row.posted_at, row.proactive),
                )


@dataclass
class Person:
    """Somebody with a browser of their own, who comes in by the links in their mail."""

    service: Service
    name: str
    email: str
    jar: CookieJar

    async def _send(self, method: str, path: str, body: dict[str, str] | None = None) -> str:
        url = self.service.client.make_url(path)
        headers = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in self.jar.filter_cookies(url).values())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with self.service.client.request(
            method,
            path,
            headers=headers,
            data=urlencode(body).encode() if body else None,
            allow_redirects=False,
        ) as answer:
            self.jar.update_cookies(answer.cookies, url)
            text = await answer.text()
            if answer.status == 401:
                # A month is over: they ask for a new way in, as anybody would.
                await self._ask_for_a_way_in()
                return await self._send(method, path, body)
            assert answer.status < 400, (
                f"{self.name}: {method} {path} was answered with {answer.status}: {text}"
            )
            if answer.status == 303:
                return await self._send("GET", answer.headers["Location"].partition("#")[0])
            return text

    async def come_in(self, path: str = "") -> None:
        """By the newest link in their mail, or by a path that they were given."""
        if not path:
            links = [WAY_IN.search(each.mail.get_body(("plain",)).get_content()) for each in self.mails]  # type: ignore[union-attr]
            path = next(link[1] for link in reversed(links) if link)
        (form,) = [each for each in parsed(await self._send("GET", path)).all("form")]
        await self._send("POST", path, _fields(form))

    async def _ask_for_a_way_in(self) -> None:
        (form,) = [each for each in parsed(await self._send("GET", "/in")).all("form")]
        await self._send("POST", "/in", {**_fields(form), "email": self.email})
        await self.service.built.house.settle()
        await self.come_in()

    @property
    def mails(self) -> list[Arrived]:
        return self.service.postbox.to(self.email)

    async def reads(self, path: str = "/me/") -> str:
        return await self._send("GET", path)

    async def press(self, action: str, path: str = "/me/", **fields: str) -> str:
        """Press the button of a page whose value is `action`, or begins with it and a colon."""
        root = parsed(await self.reads(path))
        for form in root.all("form"):
            for button in form.all("button"):
                value = button.attributes.get("value", "")
                if value == action or value.startswith(f"{action}:"):
                    body = {**_fields(form), **_chosen(form, fields), "action": value}
                    return await self._send(
                        "POST", (form.attributes.get("action") or path).partition("#")[0], body
                    )
        said = " ".join(root.words().split())
        raise AssertionError(f"{self.name} finds no button “{action}” on {path}, which says: {said}")


def _fields(form: Element) -> dict[str, str]:
    """What a browser would send of a form that nobody has touched."""
    found = {}
    for box in form.all("input"):
        kind = box.attributes.get("type", "text")
        if "name" in box.attributes and (kind not in ("radio", "checkbox") or "checked" in box.attributes):
            found[box.attributes["name"]] = box.attributes.get("value", "")
    found |= {box.attributes["name"]: box.words().removeprefix("\n") for box in form.all("textarea")}
    for box in form.all("select"):
        options = list(box.all("option"))
        chosen = next((each for each in options if "selected" in each.attributes), options[0])
        found[box.attributes["name"]] = chosen.attributes.get("value", "")
    return found


def _chosen(form: Element, fields: dict[str, str]) -> dict[str, str]:
    """What somebody fills in; a name that ends in “_” means each field that begins so."""
    boxes = [box for kind in ("input", "textarea", "select") for box in form.all(kind)]
    names = {box.attributes.get("name", "") for box in boxes}
    found: dict[str, str] = {}
    for name, value in fields.items():
        begins = f"{name[:-1]}:" if name.endswith("_") else None
        asked = [each for each in names if each == name or (begins and each.startswith(begins))]
        assert asked, f"there is no field “{name}” here, only {sorted(names)}"
        found |= dict.fromkeys(asked, value)
    return found


@asynccontextmanager
async def service_at(folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """`alongside serve` with a clock that is moved by hand, and a mail server of its own."""
    postbox = Postbox(clock)
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(postbox), "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    mail = MailServer(host, port, tls=False, sender="Alongside <alongside@example.org>")
    monkeypatch.setattr(wiring, "real_now", lambda: clock.now)
    for name in ("TICK", "SWEEP", "PURGE"):
        monkeypatch.setattr(adapters.house, name, timedelta(days=1))
    monkeypatch.setattr(adapters.web.app, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(adapters.web.asking, "EVEN", 0)
    built: list[wiring.Built] = []
    build = wiring.build

    def remember(*arguments: Any) -> wiring.Built:
        built.append(build(*arguments))
        return built[-1]

    monkeypatch.setattr(wiring, "build", remember)
    server = Server(web.Application())
    await server.start_server()
    free = server.port
    await server.close()
    database = f"sqlite:///{folder / 'alongside.db'}"
    address = f"http://127.0.0.1:{free}"
    app = wiring.serve_app(Settings(database, KeyRing.of([KEY]), "127.0.0.1", 0, address, mail=mail))
    # Everybody brings their own cookies.
    client = TestClient(Server(app, port=free), cookie_jar=DummyCookieJar())
    try:
        async with client:
            yield Service(client, built[0], clock, postbox)
    finally:
        listening.close()
        await listening.wait_closed()
