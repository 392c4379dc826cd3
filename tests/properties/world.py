"""A world that a property plays in: one database of its own, the doors of the product, and a clock by hand.

Everything here is synchronous to its caller; one event loop serves one world. `Grounds` are databases in which
the cast already stands where a story begins, so that each example starts at once.
"""

import asyncio
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Coroutine, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from bot.cards.make import make
from bot.digest.model import DigestView
from bot.due import tick
from bot.messages import Action, Edited, Joined, Outgoing, Pressed, Said
from bot.receive import Received, receive
from bot.rows import DigestSummary, Prompts
from bot.view import MemberView, Post
from storage import tables as t
from storage.crypto import Sealed
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
    MONDAY,
    XAN,
    YAN,
    ZOE,
    Character,
    bring_in,
)
from tests.conftest import KEYS, Template, with_database
from tests.databases import administrator, everything
from tests.house import House

T = TypeVar("T")

MEMBERS = (ADA, BEN, CLEO, DAN, EVE, FIN, ZOE, YAN)
FACILITATORS = (FAY, XAN)
PARTNER = {ADA: BEN, BEN: ADA, CLEO: DAN, DAN: CLEO, EVE: FIN, FIN: EVE, ZOE: YAN, YAN: ZOE}
TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)

DIGESTS = 2
"""How many digests back are read again each time; older ones were read while they were new."""

INVITED, ASKED, PAIR_ASKED = "invited", "asked", "pair_asked"


class Grounds:
    """Prepared databases of one kind: nobody has been told anything; or all have joined and are asked."""

    def __init__(self, template: Template, prompts: Prompts, folder: Path) -> None:
        self.backend = template.backend
        self.prompts = prompts
        self._template = template
        self._folder = folder
        self._urls: dict[str, str] = {}
        self._made = 0

    async def prepare(self) -> None:
        for name, who in ((INVITED, ()), (ASKED, MEMBERS), (PAIR_ASKED, (ADA, BEN))):
            url = self._template.fresh(self._folder)
            database = Database(url)
            store = SqlStore(database, KEYS)
            await store.check_keys(MONDAY)
            await bring_in(store)
            house = House(store, self.prompts)
            await house.join(*who)
            if who:
                await house.wait_until(TUESDAY_10)
            await database.close()
            self._urls[name] = url

    def fresh(self, ground: str) -> str:
        """The URL of a copy of a prepared database that nobody else uses."""
        self._made += 1
        url = self._urls[ground]
        if self.backend == "sqlite":
            copy = self._folder / f"world-{self._made}.db"
            shutil.copy(str(make_url(url).database), copy)
            return f"sqlite:///{copy}"
        name = f"world_{self._made}"
        with psycopg.connect(self._template.place, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}")
        return with_database(url, name)

    def drop(self, url: str) -> None:
        if self.backend == "sqlite":
            Path(str(make_url(url).database)).unlink()
            return
        with psycopg.connect(self._template.place, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


@dataclass(frozen=True)
class Page:
    """All that one person's page is made of: the view behind it, and every card on it."""

    view: MemberView
    posts: tuple[Post, ...]
    texts: tuple[str, ...]
    tokens: frozenset[str]


@dataclass
class World:
    grounds: Grounds
    ground: str
    numbers: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _pages: dict[Character, Page] = field(default_factory=dict)
    _fingerprint: str = ""

    def __post_init__(self) -> None:
        self.url = self.grounds.fresh(self.ground)
        self.database = Database(self.url)
        self.store = SqlStore(self.database, KEYS)
        start = MONDAY if self.ground == INVITED else TUESDAY_10
        self.house = House(self.store, self.grounds.prompts, start)

    def close(self) -> None:
        self.do(self.database.close())
        self.runner.close()
        self.grounds.drop(self.url)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that may change what is stored."""
        self._pages.clear()
        self._fingerprint = ""
        return self.runner.run(work)

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that only reads."""
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        return self.house.now

    # ---- what people do: each is one delivery, with a key that no other has

    def key(self, who: Character) -> str:
        """Counted for each person apart: nobody's deliveries show in the names of another's."""
        self.numbers[who.id] += 1
        return f"{who.id}-{self.numbers[who.id]}"

    def said(self, who: Character, text: str, part: str = "", at: datetime | None = None) -> Said:
        key = self.key(who)
        return Said(key, who.account, at or self.now, f"m-{key}", text, part)

    def edited(self, who: Character, source: str, text: str | None, at: datetime | None = None) -> Edited:
        return Edited(self.key(who), who.account, at or self.now, source, text)

    def pressed(
        self, who: Character, action: Action, subject: str = "", fields: Mapping[str, str] | None = None
    ) -> Pressed:
        return Pressed(self.key(who), who.account, self.now, action, subject, fields or {})

    def joined(self, who: Character) -> Joined:
        return Joined(self.key(who), who.account, self.now)

    def take_in(self, incoming: Said | Edited | Pressed | Joined) -> Received:
        return self.do(self.house.take_in(incoming))

    def at_once(self, *work: Awaitable[object]) -> None:
        """Several things at the same moment, each on a connection of its own; then what they cause goes out."""

        async def together() -> None:
            await asyncio.gather(*work)
            await self.house.settle()

        self.do(together())

    def receiving(self, incoming: Said | Edited | Pressed | Joined) -> Awaitable[object]:
        return receive(incoming, store=self.store, prompts=self.grounds.prompts, now=self.now)

    def ticking(self) -> Awaitable[object]:
        return tick(self.store, self.grounds.prompts, self.now)

    # ---- time

    def next_moment(self) -> datetime | None:
        """When something is due next."""

        async def find() -> datetime | None:
            async with self.store.read() as tx:
                moments = [each for each in (await tx.clock.next_at(), await tx.outbox.next_at()) if each]
            return min(moments, default=None)

        return self.ask(find())

    def wait_until(self, at: datetime) -> None:
        self.do(self.house.wait_until(at))

    def sleep_until(self, at: datetime) -> None:
        """Nothing runs until `at`: then everything that fell due meanwhile is found at once."""
        self.house.now = at
        self.wait_until(at)

    # ---- what people see

    def page(self, who: Character) -> Page:
        """Read anew after everything that was done: most looks at a page follow another one of the same."""
        if who not in self._pages:
            self._pages[who] = self.ask(self._read_page(who))
        return self._pages[who]

    async def _read_page(self, who: Character) -> Page:
        async with self.store.read() as tx:
            view = await tx.views.member(who.reader)
            posts = tuple(await tx.views.posts(who.reader, 50))
        cards = [make(post, view, self.grounds.prompts) for post in posts]
        texts = (*strings(view), *strings(cards))
        return Page(view, posts, texts, frozenset(tokens(texts)))

    def digests(self, who: Character) -> list[tuple[DigestSummary, DigestView]]:
        async def read() -> list[tuple[DigestSummary, DigestView]]:
            async with self.store.read() as tx:
                found = (await tx.digests.summaries(who.reader))[:DIGESTS]
                return [(each, await tx.digests.view(who.reader, each.id)) for each in found]

        return self.ask(read())

    def new_posts(self) -> list[Outgoing]:
        """What went out since this was last asked."""
        found = self.house.ledger.posted[self.seen :]
        self.seen = len(self.house.ledger.posted)
        return found

    # ---- what is stored

    def words(self) -> list[str]:
        """Every text in the words table, decrypted, whoever's it is: drafts and all."""

        async def read() -> list[str]:
            async with everything(self.database) as connection:
                rows = (await connection.execute(select(t.words))).all()
            return [
                KEYS.open(row.tenant_id, row.id, Sealed(row.key, row.nonce, row.body)).decode()
                for row in rows
            ]

        return self.ask(read())

    def fingerprint(self) -> str:
        """All rows of all tables, as they lie there; read anew after everything that was done."""
        if not self._fingerprint:
            self._fingerprint = repr([sorted(map(repr, rows)) for rows in self._all_rows()])
        return self._fingerprint

    def _all_rows(self) -> Iterator[list[tuple[Any, ...]]]:
        """By the driver alone: this is asked hundreds of times, of two dozen tables."""
        if self.database.sqlite:
            opened: Any = closing(sqlite3.connect(str(self.database.url.database)))
        else:
            opened = psycopg.connect(administrator(self.database))
        with opened as connection:
            for table in t.metadata.sorted_tables:
                yield connection.execute(f"SELECT * FROM {table.name}").fetchall()


# ---- tokens: a mark in every text that somebody writes, so that it can be found wherever it turns up

_TOKEN = re.compile(r"k\d{5}q")


def token(number: int) -> str:
    return f"k{number:05d}q"


def tokens(*texts: object) -> set[str]:
    """Every token in whatever holds texts."""
    return {found for text in strings(texts) for found in _TOKEN.findall(text)}


def strings(value: object) -> Iterator[str]:
    """Every text inside a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from strings(key)
            yield from strings(each)
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from strings(each)
    elif is_dataclass(value) and not isinstance(value, type) and not isinstance(value, Enum):
        for each in fields(value):
            yield from strings(getattr(value, each.name))


def who_is(external: str) -> Character:
    return next(each for each in (*MEMBERS, *FACILITATORS, GUS, HAL, IVY, JO) if each.id == external)
