"""When somebody is written to: their hours, being away, how often. A page of their own; nobody else is told.

A member's choices are presses like any other, so that they can come from anywhere. A facilitator, who has no
conversation, chooses hours alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from types import MappingProxyType

from aiohttp import web

from adapters.calendars import called
from adapters.web import render
from adapters.web.door import Place
from adapters.web.edge import html
from adapters.web.guard import Visitor
from adapters.zones import around, is_named, meant
from bot.cards.dates import Calendar, place
from bot.conversation.state import SILENCED, Standing
from bot.errors import Refused, Unknown
from bot.fields import clean
from bot.messages import Action, Pressed
from bot.model import Account, Hours, Platform, Role
from bot.view import MemberView
from bot.when import MIDNIGHT, away_until, days_away, own_hours, within

_MEMBERS = frozenset(
    {Action.HOURS, Action.AWAY, Action.LESS_OFTEN, Action.EVERY_WEEK, Action.ALONE, Action.TOGETHER}
)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
"""How a browser sends a day, and how people write one where it does not ask for it."""

_SHOWN = 40
"""Characters of what somebody typed that a message repeats."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/rhythm", self.show), web.post("/rhythm", self.act)]

    async def show(self, request: web.Request) -> web.Response:
        who = await self._visitor(request)
        return await self._page(who, done=request.query.get("said", ""))

    async def act(self, request: web.Request) -> web.Response:
        who = await self._visitor(request)
        fields = await self.place.form(request, who)
        action = _action(who, fields)
        try:
            await self._do(who, action, fields)
        except Refused as refusal:
            return await self._page(who, str(refusal), fields, status=422)
        raise web.HTTPSeeOther(f"{self.place.base}/rhythm?said={action.value}#now")

    async def _visitor(self, request: web.Request) -> Visitor:
        # They are told of a call at any hour, and of nothing else.
        return await self.place.visitor(request, Role.MEMBER, Role.FACILITATOR)

    async def _do(self, who: Visitor, action: Action, fields: Mapping[str, str]) -> None:
        now = self.place.house.now()
        chosen: Mapping[str, str] = {}
        if action is Action.HOURS:
            hours = chosen_hours(fields)
            if who.role is not Role.MEMBER:
                async with self.place.house.store.write() as tx:
                    await tx.people.keep_hours(who.reader, hours)
                return
            chosen = {"zone": hours.zone, "from": f"{hours.start:%H:%M}", "to": f"{hours.end:%H:%M}"}
        if action is Action.AWAY:
            async with self.place.house.store.read() as tx:
                hours = (await tx.people.get(who.reader)).hours
            chosen = {"back": chosen_day(fields.get("back", ""), hours, now).isoformat()}
        account = Account(Platform.WEB, who.reader.person)
        await self.place.house.take_in(Pressed(who.key(fields), account, now, action, "", chosen))

    async def _page(
        self,
        who: Visitor,
        notice: str = "",
        typed: Mapping[str, str] = MappingProxyType({}),
        *,
        done: str = "",
        status: int = 200,
    ) -> web.Response:
        now = self.place.house.now()
        member = who.role is Role.MEMBER
        async with self.place.house.store.read() as tx:
            person = await tx.people.get(who.reader)
            programme = await tx.people.programme(person.tenant, person.programme)
            view = await tx.views.member(who.reader) if member else None
        first, last = days_away(person.hours, now)
        rhythm = render.RhythmView(
            member=member,
            start=_clock(person.hours.start),
            end=_clock(person.hours.end),
            place=place(person.hours.zone),
            holidays=called(programme.holidays) if programme.holidays else "",
            starts=_times(time(0), time(23), person.hours.start),
            ends=_times(time(1), MIDNIGHT, person.hours.end),
            chosen_start=typed.get("from", f"{person.hours.start:%H:%M}"),
            chosen_end=typed.get("to", f"{person.hours.end:%H:%M}"),
            zone=typed.get("zone", person.hours.zone),
            zones=around(programme.zone, person.hours.zone),
            first=first.isoformat(),
            last=last.isoformat(),
            back=typed.get("back", ""),
        )
        if view is not None:
            rhythm = _of_member(rhythm, view, now)
        nonce = "" if view is None else str(view.conversation.version)
        keys = render.FormKeys(f"{self.place.base}/rhythm", who.csrf, nonce)
        signposts = self.place.house.prompts.signposts
        page = render.rhythm_page(rhythm, keys, notice, self.place.base, signposts, done=done)
        return html(page, status)


def _action(who: Visitor, fields: Mapping[str, str]) -> Action:
    try:
        action = Action(fields.get("action", "").partition(":")[0])
    except ValueError:
        raise Unknown("There is nothing here.") from None
    if action not in (_MEMBERS if who.role is Role.MEMBER else {Action.HOURS}):
        raise Unknown("There is nothing here.")
    return action


# ---- what was chosen


def chosen_hours(fields: Mapping[str, str]) -> Hours:
    """The hours that a form holds.

    Raises:
        Refused: they cannot be kept; the message says why.
    """
    zone = _zone(clean(fields.get("zone", "")))
    try:
        start, end = (time.fromisoformat(fields.get(name, "")) for name in ("from", "to"))
    except ValueError:
        raise Refused(
            "One of the two times was not clear, so nothing was changed. Choose both again."
        ) from None
    hours = own_hours(zone, start, end)
    if hours is None:
        raise Refused(
            "Leave an hour at least between the two times, the earlier one first. Nothing was changed."
        )
    return hours


def _zone(written: str) -> str:
    found = meant(written)
    named = [zone for zone in found if is_named(written, zone)]
    if len(named) == 1:
        return named[0]
    shown = written if len(written) <= _SHOWN else written[: _SHOWN - 1] + "…"
    remedy = f"Did you mean {' or '.join(found)}?" if found else "Give a large city in it, such as London."
    unclear = (
        f"I know more than one time zone called “{shown}”."
        if named
        else f"I know no time zone called “{shown}”."
    )
    raise Refused(f"{unclear} {remedy} Nothing was changed.")


def chosen_day(written: str, hours: Hours, now: datetime) -> date:
    """The day on which somebody is back.

    Raises:
        Refused: it is none, or too soon or too late; the message says why.
    """
    back = next((day for each in _DATES if (day := _day(clean(written), each)) is not None), None)
    if back is None:
        raise Refused("That is not a day that I can read. Write it like 24/12/2026. Nothing was changed.")
    if away_until(hours, back, now) is None:
        first, last = days_away(hours, now)
        span = f"from tomorrow, {first:%A} {first.day} {first:%B}, until {last:%A} {last.day} {last:%B %Y}"
        raise Refused(f"Choose a day {span}. Nothing was changed.")
    return back


def _day(written: str, form: str) -> date | None:
    try:
        return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


# ---- what is shown


def _of_member(rhythm: render.RhythmView, view: MemberView, now: datetime) -> render.RhythmView:
    """With how things stand for a member."""
    c, when = view.conversation, Calendar(view.hours.zone, view.programme_zone, now)
    quiet = ""
    if c.standing in (Standing.PAUSED, Standing.SILENT):
        quiet = "you start again" if c.resume_at is None else when.moment(c.resume_at)
    asked = view.next_ask_at if c.standing is Standing.ACTIVE and c.agreed_at is not None else None
    return replace(
        rhythm,
        silenced=_SILENCED[c.standing] if c.standing in SILENCED else "",
        quiet=quiet,
        every=c.every if c.agreed_at is not None else 0,
        alone=c.alone,
        # Where it could not be moved, it waits for their hours.
        next_ask=when.moment(within(view.hours, asked)) if asked is not None else "",
    )


_SILENCED = {
    Standing.STOPPED: "You have stopped, and nothing on this page begins it again. “Start again” is on your page.",
    Standing.LEFT: "You have left the programme, and nothing on this page changes that.",
}


def _clock(at: time) -> str:
    return "midnight" if at in (time(0), MIDNIGHT) else f"{at:%H:%M}"


def _times(first: time, last: time, now: time) -> Sequence[tuple[str, str]]:
    """Every half hour to choose from, and whatever stands now."""
    halves = {time(n // 2, n % 2 * 30) for n in range(48)} | {last, now}
    return [
        (f"{each:%H:%M}", _clock(each)) for each in sorted(halves) if first <= each <= last or each == now
    ]
