"""The stage: the real pages of a pair and their facilitator side by side, and a bar that moves the clock.

Only for 127.0.0.1: it signs its three people in by itself.
"""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from adapters.demo.clock import DemoClock, coming, step_until
from adapters.demo.mailbox import Mailbox
from adapters.demo.people import FACILITATOR, RUTH, TOM, ZONE, DemoPerson
from adapters.demo.seed import act_for_samples, live_a_week, set_up
from adapters.house import House
from adapters.web import render
from adapters.web.app import STATIC, Pages
from adapters.web.asking import Asking
from adapters.web.changes import Changes
from adapters.web.door import SignIn
from adapters.web.edge import Edge, Handler, form_fields, html
from adapters.web.guard import encoded, guard, hashed
from bot.cards.dates import date
from bot.conversation.state import RoundState, Standing
from bot.errors import NotAllowed
from bot.model import Conversation
from bot.rows import Due, DueKind

MOUNTS: tuple[tuple[str, str, DemoPerson], ...] = (
    ("/one", "Pair member 1", RUTH),
    ("/two", "Pair member 2", TOM),
    ("/facilitator", "Facilitator", FACILITATOR),
)
LOOPBACK = frozenset({"127.0.0.1", "::1"})
NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
FOREVER = timedelta(days=3650)
DAYS_BY_NAME = timedelta(days=7)

NOTICES = {
    "nobody": "Neither of the pair has joined yet, so nothing is asked of them. Let one of them read on and agree.",
    "stopped": "Both of the pair have stopped, so nothing is asked of them. “Start again” on either page goes on.",
    "nothing": "Nothing of that kind is coming any more. Start over to see it again.",
}
"""What the bar says where a button had nothing to do, by the name that its address carries."""


class Shelf(Protocol):
    """All that is stored, to be kept as it is and put back."""

    async def all_rows(self) -> Any: ...

    async def put_back(self, rows: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Beginning:
    """How everything stood when the past had just been lived: the same each time, and lived only once."""

    at: datetime
    rows: Any = field(repr=False)
    mails: Mapping[str, tuple[render.Mail, ...]] = field(repr=False)


class Stage:
    """The demo as one web application over one house."""

    def __init__(
        self,
        house: House,
        clock: DemoClock,
        changes: Changes,
        secret: str,
        shelf: Shelf,
        mailbox: Mailbox,
    ) -> None:
        self._house = house
        self._clock = clock
        self._changes = changes
        self._secret = secret
        self._shelf = shelf
        self._mailbox = mailbox
        self._beginnings: dict[tuple[datetime, bool], Beginning] = {}
        self._turn = asyncio.Lock()
        self._moved = 0

    def mount(self, app: web.Application) -> None:
        Edge(self._house.prompts.signposts).install(app)
        app.middlewares.append(_only_here)
        app.middlewares.append(self._in_turn)
        app.router.add_get("/", self.show)
        app.router.add_post("/stage", self.move)
        app.router.add_static("/static", STATIC)
        app.add_routes(Asking(self._house, base="", secure=False).routes())
        for base, _, person in MOUNTS:
            pages = Pages(self._house, self._changes, base=base, framed=True, sign_in=self._signs_in(person))
            app.add_subapp(base, pages.app())

    async def sign_in_all(self) -> None:
        async with self._house.store.write() as tx:
            for _, _, person in MOUNTS:
                now = self._clock.now()
                await tx.sessions.add(person.reader, hashed(self._token(person)), now, now + FOREVER)

    def _token(self, person: DemoPerson) -> str:
        return hmac.new(self._secret.encode(), person.name.encode(), "sha256").hexdigest()

    def _signs_in(self, person: DemoPerson) -> SignIn:
        async def token(request: web.Request) -> str:
            if _is_open_long(request):
                async with self._turn:
                    pass
            return self._token(person)

        return token

    @web.middleware
    async def _in_turn(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """While the clock moves or everything begins again, pages wait: half a story is nobody's page."""
        if _is_open_long(request) or not request.path.startswith(tuple(f"{base}/" for base, _, _ in MOUNTS)):
            return await handler(request)
        async with self._turn:
            return await handler(request)

    # ---- the bar

    async def show(self, request: web.Request) -> web.Response:
        now = self._clock.now()
        view = render.StageView(
            now=now,
            zone=ZONE,
            coming=_sentence(await coming(self._house), now),
            panes=[
                render.Pane(title, f"{base}/", person.email, self._mailbox.of(person.id))
                for base, title, person in MOUNTS
            ],
            form=render.FormKeys("/stage", self._secret[:32], str(self._moved)),
            notice=NOTICES.get(request.query.get("said", ""), ""),
        )
        response = html(render.stage_page(view))
        guard(response, framed=False, frames=True)
        return response

    async def move(self, request: web.Request) -> web.StreamResponse:
        fields = await form_fields(request)
        if not hmac.compare_digest(encoded(fields.get("csrf", "")), self._secret[:32].encode()):
            raise NotAllowed("That button belongs to an earlier look at the stage.")
        said = ""
        async with self._turn:
            # Two clicks at once, or a page from before the last move: the clock moves once for each look at it.
            if fields.get("nonce") == str(self._moved):
                self._moved += 1
                said = await self._press(fields.get("action", ""))
        for _, _, person in MOUNTS:
            self._changes.changed(person.id)
        raise web.HTTPSeeOther(f"/?said={said}" if said else "/")

    async def _press(self, button: str) -> str:
        """Do what a button of the bar says; the name of a notice where there was nothing to do."""
        match button:
            case "question" | "opening" if not await self._somebody_joined():
                return "nobody"
            case "question" if await self._both_stopped():
                return "stopped"
            case "opening" if await self._both_stopped() and not await self._waiting_rounds():
                return "stopped"
            case "question":
                done = await self._until(DueKind.ASK)
            case "opening":
                done = await self._until(DueKind.OPEN)
            case "digest":
                done = await self._until(DueKind.DIGEST)
            case "start-over" | "invitation":
                await self.start_over(invited=button == "invitation")
                done = True
            case _:
                done = True
        return "" if done else "nothing"

    async def _until(self, kind: DueKind) -> bool:
        if kind is DueKind.OPEN and not await self._waiting_rounds() and not await self._until(DueKind.ASK):
            return False
        people = frozenset((RUTH.id, TOM.id)) if kind is DueKind.ASK else frozenset[str]()
        rows = await self._waiting_rounds() if kind is DueKind.OPEN else frozenset[str]()
        week = 1 + self._clock.now().isocalendar().week % 2

        async def samples() -> None:
            await act_for_samples(self._house, week)

        return await step_until(self._house, self._clock, kind, people=people, rows=rows, after_each=samples)

    async def _somebody_joined(self) -> bool:
        return any(each.agreed_at is not None for each in await self._both())

    async def _both_stopped(self) -> bool:
        return all(each.standing is Standing.STOPPED for each in await self._both())

    async def _both(self) -> list[Conversation]:
        async with self._house.store.read() as tx:
            return [await tx.conversations.of(person.reader) for person in (RUTH, TOM)]

    async def _waiting_rounds(self) -> frozenset[str]:
        """The shown pair's rounds that are still to open."""
        async with self._house.store.read() as tx:
            views = [await tx.views.member(person.reader) for person in (RUTH, TOM)]
        rounds = [each for view in views for each in view.rounds.values()]
        return frozenset(each.id for each in rounds if each.state in (RoundState.PLANNED, RoundState.ASKED))

    async def begin(self, *, invited: bool = False) -> None:
        """Set up and live the past week, ending on a Tuesday at ten with a question just asked."""
        monday = _last_monday()
        self._clock.move_to(monday)
        async with self._house.store.write() as tx:
            await set_up(tx.setup, self._clock.now())
        await live_a_week(self._house, self._clock, invited=invited)
        at, rows = self._clock.now(), await self._shelf.all_rows()
        self._beginnings[monday, invited] = Beginning(at, rows, self._mailbox.all())

    async def begin_once(self) -> None:
        """Begin, unless this demo has begun before: a restart goes on where it stopped."""
        async with self._house.store.read() as tx:
            begun = await tx.clock.next_at() is not None
        if not begun:
            await self.begin()
        await self.sign_in_all()

    async def start_over(self, *, invited: bool = False) -> None:
        """Forget everything that happened in the demo and begin again."""
        begun = self._beginnings.get((_last_monday(), invited))
        if begun is None:
            await self._shelf.put_back({})
            self._mailbox.put_back({})
            await self.begin(invited=invited)
        else:
            # The clock first: by a later one the rows that are put back would be long due.
            self._clock.move_to(begun.at)
            await self._shelf.put_back(begun.rows)
            self._mailbox.put_back(begun.mails)
        await self.sign_in_all()


def _last_monday() -> datetime:
    """The morning on which the week before this one began."""
    real = datetime.now(ZoneInfo(ZONE))
    monday = real - timedelta(days=real.weekday() + 7)
    return monday.replace(hour=9, minute=0, second=0, microsecond=0)


def _sentence(due: list[Due], now: datetime) -> str:
    names = {DueKind.ASK: "next question", DueKind.OPEN: "opening", DueKind.DIGEST: "weekly digest"}
    row = next((row for row in due if row.kind in names), None)
    if row is None:
        return "Nothing more is planned."
    local = row.at.astimezone(ZoneInfo(ZONE))
    day = (
        f"{local:%A}"
        if local.date() - now.astimezone(local.tzinfo).date() < DAYS_BY_NAME
        else date(row.at, ZONE)
    )
    return f"Next: {names[row.kind]}, {day} at {local:%H:%M}"


def _is_open_long(request: web.Request) -> bool:
    """Whether this is an open stream, which would keep everybody else waiting."""
    return request.path.endswith("/events")


@web.middleware
async def _only_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The demo signs people in by itself, so it answers this machine alone, by its own name."""
    if request.remote not in LOOPBACK or (request.url.host or "") not in NAMES:
        raise NotAllowed("The demo answers only this computer, by its own name.")
    return await handler(request)
