"""The keepsake of a pair: what opened for the two and still stands, as a page and as a file to keep."""

import asyncio

from aiohttp import web

from adapters.house import House
from adapters.web import render
from adapters.web.door import SignIn, nobody, visitor
from adapters.web.guard import Visitor
from bot.cards.keepsake import keepsake
from bot.errors import Unknown
from bot.model import Role
from bot.view import MemberView


class Keepsake:
    def __init__(self, house: House, *, base: str, sign_in: SignIn = nobody) -> None:
        self._house = house
        self._base = base
        self._sign_in = sign_in
        self._press = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/keepsake", self.show), web.get("/keepsake.pdf", self.download)]

    async def show(self, request: web.Request) -> web.Response:
        who, view = await self._view(request)
        keys = render.FormKeys(f"{self._base}/", who.csrf, str(view.conversation.version))
        page = render.keepsake_page(view, keepsake(view, self._house.prompts), keys, self._base)
        return web.Response(text=page, content_type="text/html")

    async def download(self, request: web.Request) -> web.Response:
        # Setting type is slow to load and to do: only when somebody wants it, and beside what serves everybody.
        from adapters.web.keepsake_pdf import typeset

        _, view = await self._view(request)
        cards = keepsake(view, self._house.prompts)
        # One at a time: whoever asks for many waits for their own, and nobody waits for a page because of it.
        async with self._press:
            body = await asyncio.to_thread(typeset, view, cards, self._house.now())
        headers = {"Content-Disposition": 'attachment; filename="alongside-keepsake.pdf"'}
        return web.Response(body=body, content_type="application/pdf", headers=headers)

    async def _view(self, request: web.Request) -> tuple[Visitor, MemberView]:
        who = await visitor(self._house, request, self._sign_in)
        if who.role is not Role.MEMBER:
            raise Unknown("There is nothing here.")
        async with self._house.store.read() as tx:
            return who, await tx.views.member(who.reader, everything=True)
