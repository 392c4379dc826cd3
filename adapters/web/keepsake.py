"""The keepsake of a pair: what opened for the two and still stands, as a page and as a file to keep."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from adapters.web import render
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from bot.cards.keepsake import keepsake
from bot.model import Role
from bot.view import MemberView


@dataclass(frozen=True, slots=True)
class Keepsake:
    place: Place
    _press: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/keepsake", self.show), web.get("/keepsake.pdf", self.download)]

    async def show(self, request: web.Request) -> web.Response:
        who, view = await self._view(request)
        keys = render.FormKeys(f"{self.place.base}/", who.csrf, str(view.conversation.version))
        page = render.keepsake_page(view, keepsake(view, self.place.house.prompts), keys, self.place.base)
        return html(page)

    async def download(self, request: web.Request) -> web.Response:
        # Setting type is slow to load and to do: only when somebody wants it, and beside what serves everybody.
        from adapters.web.keepsake_pdf import typeset

        _, view = await self._view(request)
        cards = keepsake(view, self.place.house.prompts)
        # One at a time: whoever asks for many waits for their own, and nobody waits for a page because of it.
        async with self._press:
            body = await asyncio.to_thread(typeset, view, cards, self.place.house.now())
        headers = {"Content-Disposition": 'attachment; filename="alongside-keepsake.pdf"'}
        return web.Response(body=body, content_type="application/pdf", headers=headers)

    async def _view(self, request: web.Request) -> tuple[Visitor, MemberView]:
        who = await self.place.visitor(request, Role.MEMBER)
        async with self.place.house.store.read() as tx:
            return who, await tx.views.member(who.reader, everything=True)
