"""Where somebody is written to: on their page, or in Slack by a code that they alone are shown; and back again."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from adapters.codes import LASTS, hashed, new_code
from adapters.web import render
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from bot.cards.dates import Calendar
from bot.errors import Refused, Unknown
from bot.ids import derive
from bot.model import Platform, Role
from bot.reached import part

EACH = 10
"""How many codes an hour somebody is shown."""


@dataclass(frozen=True, slots=True)
class Where:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/where", self.show), web.post("/where", self.act)]

    async def show(self, request: web.Request) -> web.Response:
        return await self._page(await self._visitor(request), done=request.query.get("said", ""))

    async def act(self, request: web.Request) -> web.Response:
        who = await self._visitor(request)
        fields = await self.place.form(request, who)
        now = self.place.house.now()
        match fields.get("action"):
            case "code" if Platform.SLACK in self.place.house.posters:
                try:
                    code = await self._new_code(who, now)
                except Refused as refusal:
                    return await self._page(who, notice=str(refusal), status=422)
                # It stands in this answer alone: a page that is asked for again does not know it.
                return await self._page(who, code=code)
            case "page":
                if await part(self.place.house.store, who.reader, Platform.SLACK, now):
                    self.place.house.later(self.place.house.settle(who.reader))
                raise web.HTTPSeeOther(f"{self.place.base}/where?said=page#now")
            case _:
                raise Unknown("There is nothing here.")

    async def _visitor(self, request: web.Request) -> Visitor:
        return await self.place.visitor(request, Role.MEMBER, Role.FACILITATOR)

    async def _new_code(self, who: Visitor, now: datetime) -> str:
        hour, code = now.replace(minute=0, second=0, microsecond=0), new_code()
        async with self.place.house.store.write() as tx:
            if await tx.links.tried(derive(who.reader.person, "codes"), hour) <= EACH:
                await tx.links.make(who.reader, hashed(code), now, now + LASTS, once=True)
                return code
        raise Refused("You have had ten codes within the hour. Ask for another one in the next.")

    async def _page(
        self, who: Visitor, *, code: str = "", notice: str = "", done: str = "", status: int = 200
    ) -> web.Response:
        house, now = self.place.house, self.place.house.now()
        async with house.store.read() as tx:
            account = await tx.reached.in_chat(who.reader)
            address = await tx.people.address(who.reader, notices=True)
            person = await tx.people.get(who.reader)
            zone = (await tx.people.programme(person.tenant, person.programme)).zone
        where = render.WhereView(
            member=who.role is Role.MEMBER,
            slack=account is not None and account.platform is Platform.SLACK,
            by_mail=address is not None and Platform.MAIL in house.posters,
            can_be_slack=Platform.SLACK in house.posters,
            code=code,
            until=Calendar(person.hours.zone, zone, now).moment(now + LASTS) if code else "",
        )
        keys = render.FormKeys(f"{self.place.base}/where", who.csrf, "")
        signposts = house.prompts.signposts
        page = render.where_page(where, keys, notice, self.place.base, signposts, done=done)
        return html(page, status)
