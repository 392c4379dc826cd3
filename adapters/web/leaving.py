"""Leaving: a copy of everything, each consent, leaving the programme, and having everything removed; each by itself."""

from dataclasses import dataclass

from aiohttp import web

from adapters.web import render
from adapters.web.cookies import COOKIE, forget
from adapters.web.copy import copy_of
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from bot.audit import Did, Of, by
from bot.errors import Unknown
from bot.model import Platform, Reader, Role
from bot.ports import Tx

_MAIL = {"mail-off": False, "mail-on": True}


@dataclass(frozen=True, slots=True)
class Leaving:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/leaving", self.show),
            web.post("/leaving", self.act),
            # A copy that is only asked about is none.
            web.get("/copy", self.copy, allow_head=False),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return await self._page(await self._member(request), done=request.query.get("said", ""))

    async def act(self, request: web.Request) -> web.Response:
        who = await self._member(request)
        fields = await self.place.form(request, who)
        if (action := fields.get("action", "")) in _MAIL:
            async with self.place.house.store.write() as tx:
                await tx.people.take_notices(who.reader, on=_MAIL[action])
            raise web.HTTPSeeOther(f"{self.place.base}/leaving?said={action}#now")
        if action != "erase":
            raise Unknown("There is nothing here.")
        if fields.get("sure") != "yes":
            notice = "Nothing has been removed. Tick the box first, so that no slip of a finger can do it."
            return await self._page(who, notice, status=422)
        await self.place.house.erase(who.reader)
        page = render.erased_page(self.place.base, self.place.house.prompts.signposts)
        response = html(page)
        forget(response, COOKIE, secure=self.place.secure)
        return response

    async def copy(self, request: web.Request) -> web.Response:
        who = await self._member(request)
        now, me = self.place.house.now(), who.reader
        async with self.place.house.store.write() as tx:
            view = await tx.views.member(me, everything=True)
            tx.audit.note(by(me, Did.COPIED, Of.PERSON, me.person, now))
            address = await tx.people.address(who.reader, notices=False)
            consents = await tx.people.consents(who.reader)
            in_channels = await tx.teams.written(me)
        mail, prompts = address.external if address else "", self.place.house.prompts
        body = copy_of(view, consents, mail, prompts, now, in_channels)
        name = f"alongside-{now:%Y-%m-%d}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=body, content_type="application/zip", headers=headers)

    async def _member(self, request: web.Request) -> Visitor:
        return await self.place.visitor(request, Role.MEMBER)

    async def _page(
        self, who: Visitor, notice: str = "", status: int = 200, *, done: str = ""
    ) -> web.Response:
        async with self.place.house.store.read() as tx:
            view = await tx.views.member(who.reader)
            mail = await self._mail(tx, who.reader)
        keys = render.FormKeys(f"{self.place.base}/", who.csrf, str(view.conversation.version))
        signposts = self.place.house.prompts.signposts
        page = render.leaving_page(view, keys, notice, self.place.base, signposts, mail=mail, done=done)
        return html(page, status)

    async def _mail(self, tx: Tx, reader: Reader) -> bool | None:
        """Whether they are told by mail; None where that cannot be."""
        if Platform.MAIL not in self.place.house.posters:
            return None
        if await tx.people.address(reader, notices=False) is None:
            return None
        return await tx.people.address(reader, notices=True) is not None
