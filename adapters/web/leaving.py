"""Leaving: a copy of everything, leaving the programme, and having everything removed; each by itself."""

from aiohttp import web

from adapters.house import House
from adapters.web import render
from adapters.web.copy import copy_of
from adapters.web.door import SignIn, nobody, visitor
from adapters.web.edge import form_fields
from adapters.web.guard import COOKIE, Visitor
from bot.audit import Did, Of, by
from bot.errors import Unknown
from bot.leave import erase
from bot.model import Role


class Leaving:
    def __init__(self, house: House, *, base: str, sign_in: SignIn = nobody) -> None:
        self._house = house
        self._base = base
        self._sign_in = sign_in

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/leaving", self.show),
            web.post("/leaving", self.act),
            # A copy that is only asked about is none.
            web.get("/copy", self.copy, allow_head=False),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return await self._page(await self._member(request))

    async def act(self, request: web.Request) -> web.Response:
        who = await self._member(request)
        fields = await form_fields(request)
        who.check(request, fields)
        if fields.get("action") != "erase":
            raise Unknown("There is nothing here.")
        if fields.get("sure") != "yes":
            notice = "Nothing has been removed. Tick the box first, so that no slip of a finger can do it."
            return await self._page(who, notice, status=422)
        await erase(self._house.store, who.reader, self._house.now())
        page = render.erased_page(self._base, self._house.prompts.signposts)
        response = web.Response(text=page, content_type="text/html")
        response.del_cookie(COOKIE, path=self._base or "/")
        return response

    async def copy(self, request: web.Request) -> web.Response:
        who = await self._member(request)
        now, me = self._house.now(), who.reader
        async with self._house.store.write() as tx:
            view = await tx.views.member(me, everything=True)
            tx.audit.note(by(me, Did.COPIED, Of.PERSON, me.person, now))
            address = await tx.people.address(who.reader, notices=False)
            consents = await tx.people.consents(who.reader)
        body = copy_of(view, consents, address.external if address else "", self._house.prompts, now)
        name = f"alongside-{now:%Y-%m-%d}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=body, content_type="application/zip", headers=headers)

    async def _member(self, request: web.Request) -> Visitor:
        who = await visitor(self._house, request, self._sign_in)
        if who.role is not Role.MEMBER:
            raise Unknown("There is nothing here.")
        return who

    async def _page(self, who: Visitor, notice: str = "", status: int = 200) -> web.Response:
        async with self._house.store.read() as tx:
            view = await tx.views.member(who.reader)
        keys = render.FormKeys(f"{self._base}/", who.csrf, str(view.conversation.version))
        page = render.leaving_page(view, keys, notice, self._base, self._house.prompts.signposts)
        return web.Response(text=page, content_type="text/html", status=status)
