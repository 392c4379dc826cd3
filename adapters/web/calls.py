"""Calls that somebody was asked for: who wants one, how to reach them, and saying that one will call."""

from aiohttp import web

from adapters.house import House
from adapters.web import render
from adapters.web.door import SignIn, nobody, visitor
from adapters.web.edge import form_fields
from adapters.web.guard import Visitor
from bot import call
from bot.errors import Unknown
from bot.ports import Tx


async def calls_of(tx: Tx, who: Visitor, base: str) -> render.CallsView:
    """The calls that a visitor was asked for, as a page shows them."""
    zone = (await tx.people.get(who.reader)).hours.zone
    wanted = await tx.calls.wanted(who.reader)
    return render.CallsView(wanted, zone, render.FormKeys(f"{base}/calls", who.csrf, ""))


class Calls:
    def __init__(self, house: House, *, base: str, sign_in: SignIn = nobody) -> None:
        self._house = house
        self._base = base
        self._sign_in = sign_in

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/calls", self.act)]

    async def show(self, who: Visitor) -> web.Response:
        """The page of somebody who can be asked for a call, and reads nothing else."""
        async with self._house.store.read() as tx:
            calls = await calls_of(tx, who, self._base)
            person = await tx.people.get(who.reader)
            programme = await tx.people.programme(person.tenant, person.programme)
        page = render.calls_page(calls, programme.title, self._base)
        return web.Response(text=page, content_type="text/html")

    async def act(self, request: web.Request) -> web.Response:
        who = await visitor(self._house, request, self._sign_in)
        fields = await form_fields(request)
        who.check(request, fields)
        subject, now = fields.get("subject", ""), self._house.now()
        match fields.get("action"):
            case "will-call":
                await call.will_call(self._house.store, who.reader, subject, now)
            case "have-spoken":
                await call.have_spoken(self._house.store, who.reader, subject, now)
            case _:
                raise Unknown("There is nothing here.")
        await self._house.settle()
        # A call that is wanted no more is not on the page any more: that says it.
        raise web.HTTPSeeOther(f"{self._base}/#calls")
