"""The service as a real process that can be told to kill itself at a named point.

`python -m tests.crash.child` gets everything ready once and then forks a worker for each order on its
standard input, so that a restart after a crash costs little. A worker is the product's own house over the
product's own store; only its ports are wrapped: at an armed point the process ends by SIGKILL, or stops.
Messages come in and cards go out over HTTP on 127.0.0.1.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import aiohttp
from aiohttp import web

import adapters.house
import bot.deliver
import bot.lanes
import storage.outbox
from adapters.house import House
from adapters.wiring import load_prompts
from bot.errors import PostFailed, Unavailable
from bot.messages import Action, Incoming, Outgoing, Pressed, Said
from bot.model import Account, Platform, Reader
from bot.rows import Prompts, Queued
from storage.conversations import SqlClaims
from storage.crypto import KeyRing
from storage.database import Database
from storage.outbox import SqlOutbox
from storage.session import Session
from storage.store import SqlStore, SqlTx

KEYS = KeyRing.of([bytes(range(32))])


class Point(StrEnum):
    """Every step of receiving and delivering at which a process can end."""

    CLAIMED = "received: claimed"
    KEPT = "received: before commit"
    COMMITTED = "received: committed"
    LEASED = "deliver: leased"
    READY = "deliver: before post"
    POSTED = "deliver: posted"
    SETTLING = "deliver: before settle"
    SETTLED = "deliver: settled"


@dataclass
class Fuse:
    """Goes off the `left`-th time that its point is reached."""

    point: Point | None = None
    left: int = 0
    how: signal.Signals = signal.SIGKILL

    def reach(self, point: Point) -> None:
        if point is self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), self.how)


class FusedClaims(SqlClaims):
    def __init__(self, session: Session, fuse: Fuse) -> None:
        super().__init__(session)
        self._fuse = fuse
        self.used = False

    async def claim(self, account: Account, key: str, now: datetime) -> bool:
        new = await super().claim(account, key, now)
        self.used = True
        self._fuse.reach(Point.CLAIMED)
        return new


class FusedOutbox(SqlOutbox):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.leased = False
        self.settled = False

    async def lease(self, now: datetime, limit: int, lane: str, room: Reader | None = None) -> list[Queued]:
        rows = list(await super().lease(now, limit, lane, room))
        self.leased = bool(rows)
        return rows

    async def sent(
        self, row: Queued, account: Account | None, receipt: str, now: datetime, look: str = ""
    ) -> bool:
        self.settled = True
        return await super().sent(row, account, receipt, now, look)


class FusedStore(SqlStore):
    """The product's store; reaching the ends of its transactions is what sets the fuse off."""

    def __init__(self, database: Database, keys: KeyRing, fuse: Fuse) -> None:
        super().__init__(database, keys)
        self._fuse = fuse

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTx]:
        async with super().write() as tx:
            claims, outbox = FusedClaims(tx.session, self._fuse), FusedOutbox(tx.session)
            tx.claims, tx.outbox = claims, outbox
            yield tx
            if claims.used:
                self._fuse.reach(Point.KEPT)
            if outbox.settled:
                self._fuse.reach(Point.SETTLING)
        if claims.used:
            self._fuse.reach(Point.COMMITTED)
        if outbox.leased:
            self._fuse.reach(Point.LEASED)
        if outbox.settled:
            self._fuse.reach(Point.SETTLED)


class HttpPoster:
    """Posts each card to the platform, with the fuse on either side of it."""

    def __init__(self, http: aiohttp.ClientSession, platform: str, fuse: Fuse) -> None:
        self._http = http
        self._platform = platform
        self._fuse = fuse

    async def post(self, outgoing: Outgoing) -> str:
        card = {"id": outgoing.id, "to": outgoing.account.external, "by": os.getpid()}
        self._fuse.reach(Point.READY)
        try:
            async with self._http.post(self._platform, json=card) as response:
                receipt: str = (await response.json(content_type=None))["receipt"]
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PostFailed(type(error).__name__, permanent=False) from error
        self._fuse.reach(Point.POSTED)
        return receipt


@dataclass(frozen=True)
class Order:
    """What a worker is started with.

    `ahead` moves its clock, `sweep` is how often it looks for what is due, and `lease` how long it holds that:
    short, so that a test need not wait a minute for what a dead worker held; None for as long as ever.
    """

    database: str
    platform: str
    ahead: float
    sweep: float
    lease: float | None

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


def to_incoming(form: dict[str, str], now: datetime) -> Incoming:
    account = Account(Platform.WEB, form["from"])
    if "text" in form:
        return Said(form["key"], account, now, form["key"], form["text"])
    return Pressed(form["key"], account, now, Action(form["action"]))


async def work(order: Order, prompts: Prompts) -> None:
    """One worker: answers 200 once a message is stored, 503 while it cannot be."""
    adapters.house.SWEEP = timedelta(seconds=order.sweep)
    if order.lease is not None:
        shorten(order.lease)
    fuse = Fuse()
    store = FusedStore(Database(order.database), KEYS, fuse)

    async def take(request: web.Request) -> web.Response:
        try:
            await house.take_in(to_incoming(await request.json(), order.now()))
        except Unavailable:
            return web.Response(status=503)
        return web.Response()

    async def arm(request: web.Request) -> web.Response:
        wanted = await request.json()
        fuse.point, fuse.left = Point(wanted["point"]), wanted["left"]
        fuse.how = signal.Signals(wanted["signal"])
        return web.Response()

    async with aiohttp.ClientSession() as http:
        house = House(store, prompts, {Platform.WEB: HttpPoster(http, order.platform, fuse)}, order.now)
        app = web.Application()
        app.add_routes([web.post("/", take), web.post("/arm", arm)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        house.start()
        print(json.dumps({"pid": os.getpid(), "port": runner.addresses[0][1]}), flush=True)
        await asyncio.Event().wait()


def shorten(lease: float) -> None:
    """Give this process leases of another length, with all that follows from it."""
    for module in (storage.outbox, bot.lanes):
        vars(module)["LEASE"] = timedelta(seconds=lease)
    for module in (bot.deliver, bot.lanes):
        vars(module)["LONGEST"] = timedelta(seconds=lease / 2)
    storage.outbox._LEASE, storage.outbox._LEASE_ROOM = storage.outbox._leases()


def main() -> None:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    prompts = load_prompts()
    children: set[int] = set()
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        if "wait" in order:
            pid, status = os.waitpid(order["wait"], 0)
            children.discard(pid)
            print(json.dumps({"pid": pid, "signal": os.WTERMSIG(status)}), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            asyncio.run(work(Order(**order), prompts))
            os._exit(0)
        children.add(pid)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
