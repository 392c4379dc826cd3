"""The real application over a story that has been told, for tests that ask it as different people."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import DummyCookieJar, FormData, web
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from yarl import URL

import adapters.house
import adapters.web.app
import adapters.web.asking
import adapters.web.where
from adapters import wiring
from adapters.house import House as RunningHouse
from adapters.mail.server import MailServer
from adapters.settings import Settings
from adapters.slack.server import SlackApp
from adapters.web.cookies import COOKIE, DOOR
from adapters.web.guard import hashed
from bot.apply import addressed
from bot.ids import derive
from bot.messages import Action, CardKind
from bot.rows import Prompts
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.cast import (
    ADA,
    BEN,
    CLEO,
    DAN,
    EVE,
    FAY,
    FIN,
    GUS,
    HAL,
    IVY,
    JO,
    NAMES,
    XAN,
    YAN,
    ZOE,
    Character,
    bring_in,
)
from tests.conftest import KEYS
from tests.databases import everything
from tests.house import House
from tests.server import Server

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)
FRIDAY_16 = datetime(2026, 11, 20, 16, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
"""Five minutes after the second round was asked."""

PAGE, DIGEST = "/me/", "/me/digests/{digest}"
LINK, SEEN_BEFORE = "a-link-of-ada", "a-browser"
"""The token of a link, which is as good as being her; and what every browser here holds of the door."""
OWNERS = (ADA, BEN, FAY)
OUTSIDERS: Mapping[str, Character | None] = {
    "a member of another pair": CLEO,
    "somebody outside both organisations": JO,
    "a member of another programme": GUS,
    "a member of another tenant": ZOE,
    "a facilitator of another programme": IVY,
    "a facilitator of another tenant": XAN,
    "nobody": None,
}

# ---- planted words, and who may find them


@dataclass(frozen=True)
class Canary:
    word: str
    readers: tuple[Character, ...]


CANARIES = (
    FOR_ME := Canary("canaryforme", (ADA,)),
    CHALLENGE := Canary("canarychallenge", (ADA, BEN)),
    PROPOSAL := Canary("canaryproposal", (ADA, BEN)),
    ANSWER := Canary("canaryanswer", (ADA, BEN, FAY)),
    ADDED := Canary("canaryadded", (ADA, FAY)),
    OTHER := Canary("canaryother", (ADA, BEN, FAY)),
    TURN := Canary("canaryturn", (ADA, BEN)),
    TURN_ANSWER := Canary("canaryreturn", (ADA, BEN)),
    REPLY := Canary("canaryreply", (BEN, FAY)),
    ONLY_ME := Canary("canaryonlyme", (ADA,)),
    DRAFT := Canary("canarydraft", (BEN,)),
    HOW := Canary("canaryhow", (ADA, FAY)),
)


async def tell(store: SqlStore, prompts: Prompts) -> None:
    """Two weeks: a round that opened, with all that can be said after it, a digest, and a round just asked."""
    await bring_in(store)
    house = House(store, prompts)
    await house.join(ADA, BEN, CLEO, DAN, EVE, FIN, GUS, HAL, ZOE, YAN)
    await house.press(ADA, Action.CHOOSE_WORDS, fields={"words": FOR_ME.word})
    await house.press(ADA, Action.PROPOSE, fields={"challenge": f"That the {CHALLENGE.word} is heard."})
    await house.press(BEN, Action.CONFIRM, "1")
    for one, two in ((CLEO, DAN), (GUS, HAL), (ZOE, YAN)):
        await house.press(one, Action.PROPOSE, fields={"challenge": "Letters that people can read."})
        await house.press(two, Action.CONFIRM, "1")
    await house.wait_until(TUESDAY_10)
    await house.say(ADA, f"I went quiet when the {ANSWER.word} came up.")
    await house.press(ADA, Action.DONE)
    await house.say(ADA, f"I was afraid of the {ADDED.word} as well.")
    await house.press(ADA, Action.DONE)
    first, second = (await house.view(ADA)).rounds[await _round(house, ADA)].written
    await house.press(
        ADA,
        Action.CHOOSE,
        "",
        {
            f"partner:{first.id}": "yes",
            f"facilitators:{first.id}": "named",
            f"partner:{second.id}": "no",
            f"facilitators:{second.id}": "unnamed",
        },
    )
    await house.answer(BEN, f"I saw no {OTHER.word} at all.", partner=True, facilitators="named")
    for who in (CLEO, DAN, EVE, FIN, GUS, HAL, ZOE, YAN):
        shared = "unnamed" if who in (CLEO, DAN, EVE, FIN) else "named"
        await house.answer(who, "It went the way it often goes.", partner=True, facilitators=shared)
    await house.wait_until(THURSDAY_17)
    opened = await _round(house, ADA)
    await house.press(ADA, Action.SAY_BACK, opened, {"text": f"Where did the {TURN.word} come from?"})
    await house.wait(hours=16)
    await house.press(BEN, Action.READ, opened)
    await house.press(BEN, Action.ANSWER_BACK, opened, {"text": f"From the {TURN_ANSWER.word}."})
    await house.wait_until(FRIDAY_16)
    async with store.write() as tx:
        digest = await tx.digests.view(FAY.reader, (await tx.digests.summaries(FAY.reader))[0].id)
        line = next(line.id for line in digest.lines if OTHER.word in line.text)
        await tx.digests.reply(FAY.reader, line, f"We heard the {REPLY.word}.", house.now)
        await tx.outbox.enqueue(
            [await addressed(tx, BEN.reader, CardKind.FATE, line, line, house.now, proactive=True)]
        )
    await house.wait_until(NOW)
    await house.press(ADA, Action.PROPOSE, fields={"challenge": f"That the {PROPOSAL.word} is heard."})
    await house.say(ADA, f"Nobody is to read this {ONLY_ME.word}.")
    await house.press(ADA, Action.ASK_CALL, fields={"to": FAY.id, "how": f"On {HOW.word}, in the evening."})
    box = derive(await _round(house, BEN), BEN.id, "0")
    async with store.write() as tx:
        await tx.setup.change_person(await tx.people.get(ADA.reader), "ada@northbank.example")
        await tx.people.keep_draft(BEN.reader, box, f"Half a {DRAFT.word}", NOW)
    async with store.write() as tx:
        await tx.sessions.add(ADA.reader, hashed("another browser of Ada's"), NOW, NOW + timedelta(days=30))
        await tx.links.make(ADA.reader, hashed(LINK), NOW, NOW + timedelta(days=7), once=False)
    for asker in (*OWNERS, *OUTSIDERS.values()):
        if asker is not None:
            async with store.write() as tx:
                await tx.sessions.add(asker.reader, hashed(token(asker)), NOW, NOW + timedelta(days=30))


async def _round(house: House, who: Character) -> str:
    return (await house.view(who)).conversation.round or ""


def token(who: Character) -> str:
    return f"the browser of {NAMES[who.id]}"


# ---- the running service


@dataclass(frozen=True)
class Answer:
    """Everything that an asker receives, but for the second in which it was sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def text(self) -> str:
        return f"{self.headers}\n{self.body.decode('utf-8', 'replace')}"


@dataclass
class Service:
    """The real application on a real port, over one copy of the story."""

    client: "TestClient[web.Request, web.Application]"
    store: SqlStore
    house: RunningHouse

    @property
    def app(self) -> web.Application:
        return self.client.app

    async def ask(
        self,
        method: str,
        path: str,
        who: Character | None,
        form: Mapping[str, str] | FormData | None = None,
        **more: Any,
    ) -> Answer:
        # Everybody has seen the door before: what it shows then is the same each time.
        signed_in = f'{COOKIE}="{token(who)}"; ' if who is not None else ""
        headers = {"Cookie": f"{signed_in}{DOOR}={SEEN_BEFORE}"}
        headers |= more.pop("headers", {})
        data: FormData | bytes | None = form if isinstance(form, FormData) else None
        if isinstance(form, Mapping):
            data = urlencode(form).encode()
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.client.request(
            method, URL(path, encoded=True), headers=headers, data=data, allow_redirects=False, **more
        ) as answer:
            if answer.content_type == "text/event-stream":
                body = b""
            else:
                body = await answer.read()
            kept = tuple(sorted((k, v) for k, v in answer.headers.items() if k != "Date"))
            return Answer(answer.status, kept, body)

    async def snapshot(self) -> "Snapshot":
        return await rows_of(self.store.database)


Snapshot = dict[tuple[str, ...], dict[str, Any]]


async def rows_of(database: Database) -> Snapshot:
    """Every row of a database, by its table and its key."""
    rows: Snapshot = {}
    async with everything(database) as connection:
        for table in t.metadata.sorted_tables:
            found = (await connection.execute(select(table))).mappings().all()
            keys = [column.name for column in table.primary_key]
            rows |= {(table.name, *(str(row[key]) for key in keys)): dict(row) for row in found}
    return rows


def differing(before: Snapshot, after: Snapshot) -> set[str]:
    """The tables in which something is not as it was."""
    return {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


_load_prompts = cache(wiring.load_prompts)


ADDRESS = "http://127.0.0.1"
NO_MAIL_SERVER = MailServer("127.0.0.1", 1, tls=False, sender="Alongside <alongside@example.org>")
"""Nothing listens there: what would be sent waits."""


NO_SLACK = SlackApp("", "signed by nobody", "http://127.0.0.1:1/api/", "1.2", "nobody listens")
"""Somebody could be reached there, and nobody is."""


@asynccontextmanager
async def serving(
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    mail: MailServer = NO_MAIL_SERVER,
    address: str = ADDRESS,
) -> AsyncIterator[Service]:
    """`serve_app` as `alongside serve` runs it, on a clock that moves by a millisecond each time it is read."""
    ticks, codes = count(), count()
    monkeypatch.setattr(wiring, "real_now", lambda: NOW + timedelta(milliseconds=next(ticks)))
    monkeypatch.setattr(wiring, "load_prompts", _load_prompts)
    monkeypatch.setattr(adapters.house, "TICK", timedelta(hours=1))
    monkeypatch.setattr(adapters.house, "SWEEP", timedelta(hours=1))
    monkeypatch.setattr(adapters.web.app, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(adapters.web.asking, "EVEN", 0)
    # What is drawn by lot would differ by itself.
    monkeypatch.setattr(adapters.web.where, "new_code", lambda: f"CODE-{next(codes)}")
    built: list[wiring.Built] = []
    build = wiring.build

    def remember(*arguments: Any) -> wiring.Built:
        built.append(build(*arguments))
        return built[-1]

    monkeypatch.setattr(wiring, "build", remember)
    app = wiring.serve_app(Settings(url, KEYS, "127.0.0.1", 0, address, mail=mail, slack=NO_SLACK))
    client = TestClient(Server(app), cookie_jar=DummyCookieJar())
    async with client:
        yield Service(client, built[0].store, built[0].house)
    monkeypatch.setattr(wiring, "build", build)


def routes(app: web.Application) -> dict[str, set[str]]:
    """Every path of the application, and the methods that it declares for it."""
    found: dict[str, set[str]] = {}
    for route in app.router.routes():
        assert route.resource is not None
        found.setdefault(route.resource.canonical, set()).add(route.method)
    return found


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
_PARAMETER = re.compile(r"{[^}]*}")


only_sqlite = pytest.mark.parametrize("told", ["sqlite"], indirect=True)
"""For what the database has no part in."""


def filled(path: str, ids: Sequence[str]) -> list[str]:
    """A path with each id in the place of its parameters."""
    return [_PARAMETER.sub(id, path) for id in ids] if _PARAMETER.search(path) else [path]


async def owned_ids(store: SqlStore) -> dict[str, str]:
    """Real ids of what belongs to Ada's pair and its facilitator: one or two of each table that has any."""
    found = {}
    members = (ADA.id, BEN.id)
    async with everything(store.database) as connection:
        for table in t.metadata.sorted_tables:
            if "id" not in table.c or "tenant_id" not in table.c:
                continue
            pair = select(t.pairs.c.id).where(t.pairs.c.one_id == ADA.id)
            rows = select(table.c.id)
            if "person_id" in table.c:
                rows = rows.where(table.c.person_id.in_(members))
            elif "pair_id" in table.c:
                rows = rows.where(table.c.pair_id.in_(pair))
                if table is t.rounds:
                    # The first is the one that opened: there is most that could be done to it.
                    rows = rows.order_by(table.c.opens_at)
            elif table is t.pairs:
                rows = rows.where(table.c.one_id == ADA.id)
            elif table is t.people:
                rows = rows.where(table.c.id == ADA.id)
            elif table is t.digests:
                rows = rows.where(table.c.programme_id == derive("northbank", "Leading together"))
            elif table is t.lines:
                parts = select(t.parts.c.id).where(t.parts.c.person_id.in_(members))
                rows = rows.where(table.c.part_id.in_(parts))
            else:
                rows = rows.where(table.c.tenant_id == ADA.tenant)
            for number, id in enumerate((await connection.execute(rows.limit(2))).scalars()):
                found[f"{table.name} {number}"] = str(id)
    return found
