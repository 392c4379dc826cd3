"""The pages of one person: a few routes over the house, each for whoever is signed in.

Whoever is not signed in, and whatever is not theirs, gets the same two answers: sign in, or there is nothing
here. A post is stored before it is answered; what cannot be taken is shown again with the words still there.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from types import MappingProxyType
from typing import Protocol

from aiohttp import web
from aiohttp_sse import sse_response

from adapters.house import House
from adapters.web import parse, render
from adapters.web.calls import Calls
from adapters.web.changes import Changes, set_within
from adapters.web.door import Place, SignIn, SignIns, nobody
from adapters.web.edge import Edge, form_fields, html
from adapters.web.files import Files
from adapters.web.guard import Visitor
from adapters.web.keepsake import Keepsake
from adapters.web.leaving import Leaving
from adapters.web.programme import ProgrammePage
from adapters.web.rhythm import Rhythm
from adapters.web.unsent import Box, boxes, typed
from adapters.web.weekly import Weekly
from adapters.web.where import Where
from bot.cards.live import listens
from bot.errors import Refused, Unknown
from bot.messages import Action, Incoming, Joined, Pressed, Said
from bot.model import Account, Platform, Reader, Role
from bot.view import MemberView, Post

STATIC = str(files("adapters.web") / "static")
POSTS = 120
POLL_SECONDS = 5.0
SOON_SECONDS, AGAIN = 0.2, 5
"""A page is woken when something is posted, a moment before it is stored as sent: so it looks again, soon."""


_DONE: Mapping[Action, str] = {
    Action.REMOVE: "removed",
    Action.UNSAY: "taken-back",
    Action.UNSAY_ANSWER: "taken-back",
}
"""What leaves nothing behind that could say that it was done: the next page says it."""


class Page(Protocol):
    """Makes one of a person's pages, with a notice, what was typed, and what could not be kept."""

    async def __call__(
        self,
        visitor: Visitor,
        notice: str | None = None,
        kept: Mapping[str, str] = MappingProxyType({}),
        unsent: Sequence[Box] = (),
    ) -> str: ...


class Pages:
    """The pages of one mount: `base` is its path, `framed` whether our own stage may show it, `secure` that it is
    reached by https.
    """

    def __init__(
        self,
        house: House,
        changes: Changes,
        *,
        base: str = "",
        framed: bool = False,
        sign_in: SignIn = nobody,
        secure: bool = False,
    ) -> None:
        self._house = house
        self._changes = changes
        self._base = base
        self._edge = Edge(house.prompts.signposts, base=base, framed=framed)
        self._place = Place(house, base, sign_in, secure)
        self._weekly = Weekly(self._place)
        self._calls = Calls(self._place)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.show),
            web.post("/", self.act),
            web.get("/reflections", self.show_reflections),
            web.post("/reflections", self.act_on_reflections),
            web.post("/draft", self.draft),
            web.get("/events", self.events),
            *self._weekly.routes(),
            *self._calls.routes(),
            *ProgrammePage(self._place).routes(),
            *Files(self._place).routes(),
            *Leaving(self._place).routes(),
            *Rhythm(self._place).routes(),
            *Where(self._place).routes(),
            *Keepsake(self._place).routes(),
            *SignIns(self._place).routes(),
        ]

    def app(self) -> web.Application:
        app = web.Application()
        self._edge.install(app)
        app.add_routes(self.routes())
        app.on_shutdown.append(self._let_go)
        app.router.add_static("/static", STATIC)
        return app

    async def _let_go(self, _app: web.Application) -> None:
        self._changes.end()

    # ---- what a person sees

    async def show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitor(request)
        if visitor.role is Role.FACILITATOR:
            return await self._weekly.latest(visitor)
        if visitor.role is Role.OUTSIDE:
            return await self._calls.show(visitor)
        return html(await self._page(visitor, done=request.query.get("said", "")))

    async def _page(
        self,
        visitor: Visitor,
        notice: str | None = None,
        kept: Mapping[str, str] = MappingProxyType({}),
        unsent: Sequence[Box] = (),
        *,
        done: str = "",
    ) -> str:
        account = Account(Platform.WEB, visitor.reader.person)
        view, posts = await self._read(visitor.reader)
        if not posts:
            # The first visit is the joining: it says hello.
            await self._house.take_in(Joined("first visit", account, self._house.now()))
            view, posts = await self._read(visitor.reader)
        if kept:
            view = _with_drafts(view, kept)
        keys = self._keys(visitor, view)
        prompts = self._house.prompts
        return render.member_page(view, posts, prompts, keys, notice, self._base, unsent, done=done)

    async def _read(self, reader: Reader) -> tuple[MemberView, list[Post]]:
        async with self._house.store.read() as tx:
            return await tx.views.member(reader), list(await tx.views.posts(reader, POSTS))

    def _keys(self, visitor: Visitor, view: MemberView | None) -> render.FormKeys:
        nonce = "" if view is None else str(view.conversation.version)
        return render.FormKeys(f"{self._base}/", visitor.csrf, nonce)

    async def show_reflections(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitor(request)
        if visitor.role is not Role.MEMBER:
            raise Unknown("There is nothing here.")
        return html(await self._reflections(visitor, done=request.query.get("said", "")))

    async def _reflections(
        self,
        visitor: Visitor,
        notice: str | None = None,
        kept: Mapping[str, str] = MappingProxyType({}),
        unsent: Sequence[Box] = (),
        *,
        done: str = "",
    ) -> str:
        async with self._house.store.read() as tx:
            view = await tx.views.member(visitor.reader, everything=True)
        if kept:
            view = _with_drafts(view, kept)
        keys = render.FormKeys(f"{self._base}/reflections", visitor.csrf, str(view.conversation.version))
        prompts = self._house.prompts
        return render.reflections_page(view, prompts, keys, notice, self._base, unsent, done=done)

    # ---- what a person does

    async def act(self, request: web.Request) -> web.StreamResponse:
        return await self._take_in(request, self._page, "/")

    async def act_on_reflections(self, request: web.Request) -> web.StreamResponse:
        return await self._take_in(request, self._reflections, "/reflections")

    async def _take_in(self, request: web.Request, page: Page, back: str) -> web.StreamResponse:
        """Take in a form of a page; what cannot be taken stands on the same page again."""
        visitor = await self._visitor(request)
        fields = await form_fields(request)
        visitor.check(request, fields)
        if visitor.role is not Role.MEMBER:
            raise Unknown("There is nothing here.")
        account = Account(Platform.WEB, visitor.reader.person)
        now = self._house.now()
        try:
            incoming = parse.to_incoming(fields, account, visitor.key(fields), now)
            draft = parse.draft_after(fields)
        except Refused as refusal:
            kept = typed(fields)
            return html(await page(visitor, str(refusal), kept), status=422)
        for each in incoming:
            received = await self._house.take_in(each)
            if not received.kept and (sent := boxes(fields)):
                return html(await self._not_kept(visitor, page, each, sent), status=409)
        if draft is not None:
            await self._keep_draft(visitor, *draft)
        self._changes.changed(visitor.reader.person)
        said = next(
            (_DONE[each.action] for each in incoming if isinstance(each, Pressed) if each.action in _DONE), ""
        )
        raise web.HTTPSeeOther(f"{self._base}{back}{f'?said={said}' if said else ''}#now")

    async def draft(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitor(request)
        fields = await form_fields(request)
        visitor.check(request, fields)
        await self._keep_draft(visitor, *parse.to_draft(fields))
        return web.Response(status=204)

    async def _keep_draft(self, visitor: Visitor, box: str, text: str) -> None:
        async with self._house.store.write() as tx:
            # Nothing is kept before somebody has agreed: what they type stays in their own box.
            if (await tx.conversations.of(visitor.reader)).agreed_at is not None:
                await tx.people.keep_draft(visitor.reader, box, text, self._house.now())

    async def _not_kept(self, visitor: Visitor, page: Page, incoming: Incoming, sent: Sequence[Box]) -> str:
        """The page again for words that have no place: in the box where they can be saved still, or to copy."""
        if isinstance(incoming, Said):
            view, _ = await self._read(visitor.reader)
            written = [part for each in view.rounds.values() for part in each.written]
            part = next((part for part in written if part.id == incoming.part), None)
            if part is not None and listens(view):
                notice = (
                    "Your answer was complete already, so this was not added to it. It stands in the box where "
                    "you can change your answer: save it there if you want it kept."
                )
                kept = {f"text:{part.id}": f"{part.text}\n\n{incoming.text}"}
                return await self._page(visitor, notice, kept)
        return await page(visitor, "What you wrote was not kept. Here it is, to copy.", {}, sent)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Says when this person's own page has changed, and nothing else."""
        visitor = await self._visitor(request)
        async with sse_response(request) as stream:
            # A page that is closed shows when it is next written to; somebody who is no longer known has no
            # page. That is all there is to it: half an answer is out, so there is no other to give.
            with (
                suppress(ConnectionResetError, Unknown, web.HTTPUnauthorized),
                self._changes.looking(visitor.reader.person) as woken,
            ):
                seen, again = await self._mark(visitor), 0
                while stream.is_connected() and not self._changes.over:
                    if await set_within(woken, SOON_SECONDS if again else POLL_SECONDS):
                        woken.clear()
                        again = AGAIN
                    else:
                        again = max(0, again - 1)
                    visitor = await self._visitor(request)
                    mark = await self._mark(visitor)
                    if mark != seen:
                        seen = mark
                        await stream.send(mark, event="changed")
        return stream

    async def _mark(self, visitor: Visitor) -> str:
        """Changes with this person's own conversation and posts; no transaction is open while waiting."""
        async with self._house.store.read() as tx:
            posts = await tx.views.posts(visitor.reader, 1)
            latest = posts[-1].id if posts else ""
            if visitor.role is not Role.MEMBER:
                return latest
            return f"{(await tx.conversations.of(visitor.reader)).version}-{latest}"

    async def _visitor(self, request: web.Request) -> Visitor:
        return await self._place.visitor(request)


def _with_drafts(view: MemberView, kept: Mapping[str, str]) -> MemberView:
    return replace(view, drafts={**view.drafts, **kept})
