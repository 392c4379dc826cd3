"""The facilitators' weekly page: what pairs chose to tell them, and what becomes of each line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from aiohttp import web

from adapters.glance import names_of, quiet_pairs
from adapters.web import parse, render
from adapters.web.calls import calls_of
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from bot.apply import addressed
from bot.audit import Did, Of, by
from bot.cards.weekly import where
from bot.errors import Refused, Unknown
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Platform, Reader, Role
from bot.ports import Tx


@dataclass(frozen=True, slots=True)
class Weekly:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/digests/{digest}", self.show_digest),
            web.post("/digests/{digest}", self.act_on_line),
            web.post("/notices", self.take_notices),
        ]

    async def show_digest(self, request: web.Request) -> web.StreamResponse:
        who = await self.place.visitor(request)
        return html(await self._digest(who, request.match_info["digest"]))

    async def latest(self, who: Visitor) -> web.Response:
        """The newest week's page, or what stands there until the first week is over."""
        async with self.place.house.store.read() as tx:
            earlier = await tx.digests.summaries(who.reader)
            around = None if earlier else await self._around(tx, who)
        if earlier:
            return html(await self._digest(who, earlier[0].id))
        keys = render.FormKeys(f"{self.place.base}/", who.csrf, "")
        return html(
            render.digest_page(None, keys, self.place.house.prompts, self.place.base, earlier, around=around)
        )

    async def _around(self, tx: Tx, who: Visitor) -> render.Around:
        """What stands around the words of a week: first of all what needs a person."""
        glance = await tx.glances.glance(who.reader)
        return render.Around(
            calls=await calls_of(tx, who, self.place.base),
            quiet=quiet_pairs(glance),
            # Also when no line of theirs is there: else it would tell whose a line without a name is.
            held=[names_of(pair) for pair in glance.pairs if pair.held],
            mail=await self._mail(tx, who.reader),
            announced=where(glance.announced, glance.programme.zone),
        )

    async def _mail(self, tx: Tx, reader: Reader) -> render.MailView | None:
        """How mail stands for a facilitator; None where none is sent."""
        if Platform.MAIL not in self.place.house.posters:
            return None
        person = await tx.people.get(reader)
        return render.MailView(
            has_address=await tx.people.address(reader, notices=False) is not None,
            notices=await tx.people.address(reader, notices=True) is not None,
            unreached=await tx.people.unreached(person.tenant, person.programme),
        )

    async def take_notices(self, request: web.Request) -> web.StreamResponse:
        who = await self.place.visitor(request)
        fields = await self.place.form(request, who)
        action = fields.get("action", "")
        if who.role is not Role.FACILITATOR or action not in ("on", "off"):
            raise Unknown("There is nothing here.")
        async with self.place.house.store.write() as tx:
            await tx.people.take_notices(who.reader, on=action == "on")
        raise web.HTTPSeeOther(f"{self.place.base}/")

    async def _digest(
        self,
        who: Visitor,
        digest: str,
        notice: str | None = None,
        typed: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        async with self.place.house.store.read() as tx:
            view = await tx.digests.view(who.reader, digest)
            earlier = await tx.digests.summaries(who.reader)
            around = await self._around(tx, who)
            now = self.place.house.now()
            opened = by(who.reader, Did.OPENED, Of.DIGEST, view.id, now)
            noted = await tx.audit.noted(opened, _begin_of_day(now, view.zone))
        if not noted:
            # Before it is shown. Once a day: the page fetches itself anew.
            async with self.place.house.store.write() as tx:
                tx.audit.note(opened)
        keys = render.FormKeys(f"{self.place.base}/digests/{view.id}", who.csrf, "")
        return render.digest_page(
            view,
            keys,
            self.place.house.prompts,
            self.place.base,
            earlier,
            notice=notice,
            typed=typed,
            around=around,
        )

    async def act_on_line(self, request: web.Request) -> web.StreamResponse:
        who = await self.place.visitor(request)
        fields = await self.place.form(request, who)
        digest = request.match_info["digest"]
        now = self.place.house.now()
        try:
            line = parse.to_line(fields)
        except Refused as refusal:
            typed = {fields.get("subject", ""): fields.get("reply", "")}
            return html(await self._digest(who, digest, str(refusal), typed), status=422)
        async with self.place.house.store.write() as tx:
            # What can be done to a line can be done where it is shown, and nowhere else.
            shown = await tx.digests.view(who.reader, digest)
            if line.line not in {each.id for each in shown.lines}:
                raise Unknown("There is no such line.")
            if line.taken:
                taken = await tx.digests.take(who.reader, line.line, now)
                author = None if taken is None else taken[0]
            else:
                author = await tx.digests.reply(who.reader, line.line, line.reply, now)
            if author is not None:
                did = Did.TOOK if line.taken else Did.ANSWERED
                tx.audit.note(by(who.reader, did, Of.LINE, line.line, now))
                to = Reader(who.reader.tenant, author)
                cause = derive(line.line, "taken" if line.taken else "answered")
                await tx.outbox.enqueue(
                    [await addressed(tx, to, CardKind.FATE, line.line, cause, now, proactive=True)]
                )
        await self.place.house.settle()
        raise web.HTTPSeeOther(f"{self.place.base}/digests/{digest}#line-{line.line}")


def _begin_of_day(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
