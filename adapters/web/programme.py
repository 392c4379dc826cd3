"""A facilitator's programme at a glance: modules, pairs, who takes part, and a way in for whoever needs one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from adapters.glance import view_of
from adapters.web import render
from adapters.web.asking import send_way_in
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from bot.audit import Did, Of, by
from bot.errors import Refused, Unknown
from bot.hold import go_on_alone, hold, lift
from bot.messages import CardKind
from bot.model import Platform, Reader, Role
from bot.pairing import pair_up
from bot.ports import Tx
from bot.remove import remove_colleague
from bot.rows import GlancePerson

SENT: Mapping[str, str] = {
    "sent": "It is on its way to them by mail.",
    "enough": "Three mails have gone to that address within the hour. Nothing more is sent until the next.",
    "held": "Nothing more is sent to either of them, and neither has been told.",
    "lifted": "From their next question on they are written to again.",
    "alone": "From the next question on, one of them is asked alone. Neither has been told.",
    "removed": "Removed: signed out everywhere, and nothing more is sent to them.",
    "paired": "They are a pair now. Both read so on their page.",
}


_ALONE = "alone:"


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/programme", self.show), web.post("/programme", self.act)]

    async def show(self, request: web.Request) -> web.Response:
        who = await self._facilitator(request)
        return await self._page(who, done=SENT.get(request.query.get("said", ""), ""))

    async def act(self, request: web.Request) -> web.Response:
        who = await self._facilitator(request)
        fields = await self.place.form(request, who)
        now = self.place.house.now()
        match fields.get("action"):
            case "way-in":
                said = await self._send(who, {fields.get("subject", "")}, now)
            case "everybody":
                said = await self._send(who, None, now)
            case "hold":
                await hold(self.place.house.store, who.reader, fields.get("pair", ""), now)
                said = "held"
            case "lift":
                await lift(self.place.house.store, who.reader, fields.get("subject", ""), now)
                said = "lifted"
            case str(alone) if alone.startswith(_ALONE):
                person = alone.removeprefix(_ALONE)
                await go_on_alone(self.place.house.store, who.reader, fields.get("subject", ""), person, now)
                said = "alone"
            case "pair-up" | "remove-person" as action:
                try:
                    said = await self._change(who, action, fields, now)
                except Refused as refusal:
                    return await self._page(who, notice=str(refusal), status=422)
                await self.place.house.settle()
            case _:
                raise Unknown("There is nothing here.")
        raise web.HTTPSeeOther(f"{self.place.base}/programme?said={said}#said")

    async def _change(self, who: Visitor, action: str, fields: Mapping[str, str], now: datetime) -> str:
        """Who takes part, and with whom; both may be refused."""
        store = self.place.house.store
        if action == "pair-up":
            await pair_up(store, who.reader, fields.get("one", ""), fields.get("two", ""), now)
            return "paired"
        await remove_colleague(store, who.reader, fields.get("subject", ""), now)
        return "removed"

    async def _send(self, who: Visitor, people: set[str] | None, now: datetime) -> str:
        """Send a way in to one person, or to everybody who has not joined. Facilitators never see the link itself."""
        async with self.place.house.store.write() as tx:
            found = [each for each in (await tx.glances.glance(who.reader)).people if _can_be_sent(each)]
            chosen = (
                [each for each in found if each.id in people]
                if people
                else [e for e in found if not e.joined]
            )
            if not chosen or Platform.MAIL not in self.place.house.posters:
                raise Unknown("There is nothing here.")
            sent = [each for each in chosen if await _send_to(tx, who, each, now)]
        return "sent" if sent else "enough"

    async def _facilitator(self, request: web.Request) -> Visitor:
        return await self.place.visitor(request, Role.FACILITATOR)

    async def _page(
        self, who: Visitor, *, notice: str = "", done: str = "", status: int = 200
    ) -> web.Response:
        async with self.place.house.store.read() as tx:
            found = await tx.glances.glance(who.reader)
        by_mail = Platform.MAIL in self.place.house.posters
        glance = view_of(found, self.place.house.now(), who.reader.person, by_mail=by_mail)
        form = render.FormKeys(f"{self.place.base}/programme", who.csrf, "")
        page = render.programme_page(glance, form, self.place.base, by_mail=by_mail, notice=notice, done=done)
        return html(page, status)


async def _send_to(tx: Tx, who: Visitor, person: GlancePerson, now: datetime) -> bool:
    kind = CardKind.WAY_IN if person.joined else CardKind.INVITATION
    sent = await send_way_in(tx, Reader(who.reader.tenant, person.id), kind, now)
    if sent:
        tx.audit.note(by(who.reader, Did.SENT_LINK, Of.PERSON, person.id, now))
    return sent


def _can_be_sent(person: GlancePerson) -> bool:
    return person.has_address and not person.left and person.role is Role.MEMBER
