"""The only place where real things meet: words, database, clock, posters and pages."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from aiohttp import web

from adapters.calendars import closed
from adapters.house import House
from adapters.mail.post import MailPoster
from adapters.settings import Settings
from adapters.slack.server import SlackApp
from adapters.web.app import Pages
from adapters.web.asking import Asking, Ending
from adapters.web.changes import Changes, WebPoster
from adapters.web.door import Door
from adapters.web.edge import Edge
from bot.errors import Unavailable
from bot.model import Platform
from bot.ports import Poster
from bot.rows import Prompts
from prompts.bank import load as load_bank
from prompts.followups import load as load_followups
from prompts.signposts import load_floor, load_signposts
from storage.crypto import KeyRing, new_key
from storage.database import Database
from storage.migrate import check, upgrade
from storage.store import SqlStore


def load_prompts(signposts: Path | None = None) -> Prompts:
    """All the words that the product speaks with; a fault in any of them refuses to start."""
    frames, lexicon = load_followups()
    return Prompts(load_bank(), frames, lexicon, load_floor(), load_signposts(signposts))


def real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Built:
    """A house with its store and its live updates, not yet started."""

    house: House
    store: SqlStore
    changes: Changes
    posters: dict[Platform, Poster]


def build(
    database: str,
    keys: KeyRing,
    now: Callable[[], datetime],
    signposts: Path | None = None,
    mail: Callable[[SqlStore], Poster] | None = None,
) -> Built:
    """Put a house together; `mail` makes what sends mail, if anything does."""
    changes = Changes()
    store = SqlStore(Database(database), keys, closed)
    posters: dict[Platform, Poster] = {Platform.WEB: WebPoster(changes)}
    if mail is not None:
        posters[Platform.MAIL] = mail(store)
    return Built(House(store, load_prompts(signposts), posters, now), store, changes, posters)


def serve_app(settings: Settings) -> web.Application:
    """The real service: pages for whoever is signed in, and a health check."""
    server, address = settings.mail, settings.address
    mail = None if server is None else lambda store: MailPoster(server, store, real_now, address)
    built = build(settings.database, settings.keys, real_now, settings.signposts, mail)
    secure = settings.address.startswith("https:")
    app = web.Application()
    Edge(built.house.prompts.signposts, base="/me").install(app)
    _add_health(app, built)
    if settings.slack is not None:
        _add_slack(app, built, settings.slack, settings.address)
    app.cleanup_ctx.append(lambda _: _running(built, migrate=False))
    app.add_routes(Asking(built.house, base="/me", secure=secure).routes())
    app.add_routes(Door(built.house, base="/me", secure=secure).routes())
    app.add_routes(Ending(built.house, base="/me").routes())
    app.add_subapp("/me", Pages(built.house, built.changes, base="/me", secure=secure).app())
    return app


def demo_app(folder: Path) -> web.Application:
    """The demo on an embedded database in `folder`, made on first use with a key of its own."""
    # Imported here: the demo is no part of a real service.
    from adapters.demo.clock import DemoClock
    from adapters.demo.mailbox import Mailbox
    from adapters.demo.stage import MOUNTS, Stage

    folder.mkdir(parents=True, exist_ok=True)
    keys = KeyRing.parse(_remembered(folder / "key", new_key))
    clock = DemoClock(folder / "clock.json")
    mailbox = Mailbox(clock.now, {person.id: base for base, _, person in MOUNTS})
    database = f"sqlite:///{(folder / 'alongside.db').absolute()}"
    built = build(database, keys, clock.now, mail=lambda _: mailbox)
    secret = _remembered(folder / "secret", lambda: secrets.token_hex(32))
    stage = Stage(built.house, clock, built.changes, secret, built.store, mailbox)
    app = web.Application()
    _add_health(app, built)
    stage.mount(app)

    async def running(_app: web.Application) -> AsyncIterator[None]:
        async for _ in _running(built, migrate=True, before=stage.begin_once):
            yield

    app.cleanup_ctx.append(running)
    return app


def _add_slack(app: web.Application, built: Built, slack: SlackApp, address: str) -> None:
    """Reach people in Slack, and be reached there."""
    # Imported here: nobody who has no Slack pays for it.
    from adapters.slack.app import SlackEdge
    from adapters.slack.install import Installing
    from adapters.slack.many import Many
    from adapters.slack.pace import Paced
    from adapters.slack.poster import SlackPoster
    from adapters.slack.socket import Socket
    from adapters.slack.workspaces import Line, One, Workspaces

    line, house = Line(slack), built.house
    workspaces: Workspaces = One(line)
    if slack.many:
        workspaces = many = Many(line, built.store, house.now)
        house.schedule.every(RENEWAL, partial(many.renew_due, house.lose), "slack tokens")
        secure = address.startswith("https:")
        app.add_routes(Installing(house, line, address, base="/me", secure=secure).routes())

    async def connected(_app: web.Application) -> AsyncIterator[None]:
        async with line.open():
            yield
            if slack.many:
                await many.end()

    built.posters[Platform.SLACK] = Paced(SlackPoster(workspaces, address))
    edge = SlackEdge(house, slack, workspaces, address)
    app.add_routes(edge.routes())
    app.cleanup_ctx.append(connected)
    if slack.by_socket:
        socket = Socket(edge, line)
        # Once everything else has begun, and ended before anything else does.
        app.on_startup.append(socket.start)
        app.on_shutdown.append(socket.stop)


RENEWAL = timedelta(minutes=15)
"""How often it is looked whether a workspace's token runs out before long."""


async def _running(
    built: Built, *, migrate: bool, before: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[None]:
    """A house between start and stop. Replicas never migrate by themselves; the demo does."""
    database = built.store.database
    try:
        await (upgrade if migrate else check)(database)
        await built.store.check_keys(built.house.now())
        if before is not None:
            await before()
        built.house.start()
        yield
        await built.house.stop()
    finally:
        await database.close()


def _add_health(app: web.Application, built: Built) -> None:
    async def health(_request: web.Request) -> web.Response:
        try:
            async with built.store.read() as tx:
                await tx.clock.next_at()
        except Unavailable:
            return web.json_response({"status": "unavailable", "database": "unreachable"}, status=503)
        return web.json_response({"status": "ok", "database": "ok"})

    app.router.add_get("/healthz", health)


def _remembered(file: Path, make: Callable[[], str]) -> str:
    """A secret of this folder: made on first use, readable by its owner only."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make())
    return file.read_text().strip()
