"""Calls that somebody was asked for: who wants one, how to reach them, and saying that one will call."""

from dataclasses import dataclass

from aiohttp import web

from adapters.web import render
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from bot import call
from bot.errors import Unknown
from bot.ports import Tx


async def calls_of(tx: Tx, who: Visitor, base: str) -> render.CallsView:
    """The calls that a visitor was asked for, as a page shows them."""
    zone = (await tx.people.get(who.reader)).hours.zone
    wanted = await tx.calls.wanted(who.reader)
    return render.CallsView(wanted, zone, render.FormKeys(f"{base}/calls", who.csrf, ""))


@dataclass(frozen=True, slots=True)
class Calls:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/calls", self.act)]

    async def show(self, who: Visitor) -> web.Response:
        """The page of somebody who can be asked for a call, and reads nothing else."""
        async with self.place.house.store.read() as tx:
            calls = await calls_of(tx, who, self.place.base)
            person = await tx.people.get(who.reader)
            programme = await tx.people.programme(person.tenant, person.programme)
        page = render.calls_page(calls, programme.title, self.place.base)
        return html(page)

    async def act(self, request: web.Request) -> web.Response:
        who = await self.place.visitor(request)
        fields = await self.place.form(request, who)
        subject, now = fields.get("subject", ""), self.place.house.now()
        match fields.get("action"):
            case "will-call":
                await call.will_call(self.place.house.store, who.reader, subject, now)
            case "have-spoken":
                await call.have_spoken(self.place.house.store, who.reader, subject, now)
            case _:
                raise Unknown("There is nothing here.")
        await self.place.house.settle()
        # A call that is wanted no more is not on the page any more: that says it.
        raise web.HTTPSeeOther(f"{self.place.base}/#calls")
