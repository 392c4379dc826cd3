"""The way in: a link shows a button, the button signs in; and the page of where somebody is signed in.

Opening a link does nothing, because mail is read by machines before it is read by people. A member's link works
again until it runs out, since mail apps lose cookies; a facilitator's works once, and for a quarter of an hour.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from adapters.house import House
from adapters.web import render
from adapters.web.cookies import COOKIE, DOOR, forget, held, keep
from adapters.web.edge import form_fields, html
from adapters.web.guard import STAYS, Visitor, encoded, from_elsewhere, hashed, new_token
from bot.errors import NotAllowed, Unknown
from bot.ids import derive
from bot.model import Reader, Role
from bot.ports import Tx
from bot.rows import Browser

LASTS: Mapping[Role, timedelta] = {
    Role.MEMBER: timedelta(days=7),
    Role.FACILITATOR: timedelta(minutes=15),
    Role.OUTSIDE: timedelta(days=7),
}
"""How long a link works; a facilitator's, which leads to many people's words, works once."""

SignIn = Callable[[web.Request], Awaitable[str | None]]
"""The token of a visitor who is signed in without a cookie (in the demo), or None."""


async def nobody(_request: web.Request) -> str | None:
    return None


async def visitor(
    house: House, request: web.Request, sign_in: SignIn = nobody, *, secure: bool = False
) -> Visitor:
    """Who is asking. Raises HTTPUnauthorized if they are not, or no longer, signed in."""
    # In the demo twice: between its sign-in and our look it may have begun again from nothing.
    for _ in range(1 if sign_in is nobody else 2):
        token = await sign_in(request) or held(request, COOKIE, secure=secure)
        if not token:
            break
        async with house.store.read() as tx:
            found = await tx.sessions.find(hashed(token), house.now())
        if found is not None:
            return Visitor(found.reader, found.role, token)
    raise web.HTTPUnauthorized


@dataclass(frozen=True, slots=True)
class Place:
    """Where one mount's pages are: the house behind them, their path, and how whoever comes there is known.

    `secure` says that they are reached by https.
    """

    house: House
    base: str
    sign_in: SignIn = nobody
    secure: bool = False

    async def visitor(self, request: web.Request, *roles: Role) -> Visitor:
        """Who is asking; for anybody without one of these roles there is nothing here."""
        who = await visitor(self.house, request, self.sign_in, secure=self.secure)
        if roles and who.role not in roles:
            raise Unknown("There is nothing here.")
        return who

    async def form(self, request: web.Request, who: Visitor) -> dict[str, str]:
        """What they sent, from a page of ours in their own browser."""
        fields = await form_fields(request)
        who.check(request, fields)
        return fields


async def make_link(tx: Tx, reader: Reader, role: Role, now: datetime, *, works: bool = True) -> str:
    """A new way in for somebody; the path that it is at. One that does not work only says whose it is."""
    token = new_token()
    until = now + LASTS[role] if works else now
    await tx.links.make(reader, hashed(token), now, until, once=role is Role.FACILITATOR)
    return f"/in/{token}"


def check_button(request: web.Request, fields: Mapping[str, str], *, secure: bool) -> None:
    """Make sure that a public button was pressed in the browser that it was shown in.

    Raises:
        NotAllowed: it was not.
    """
    browser = held(request, DOOR, secure=secure)
    if from_elsewhere(request) or not browser:
        raise NotAllowed("That button was pressed from somewhere else.")
    if not hmac.compare_digest(encoded(fields.get("csrf", "")), encoded(button_of(browser))):
        raise NotAllowed("That button belongs to an earlier visit.")


class Door:
    """The public way in. `base` is where the pages are, `secure` whether they are reached by https."""

    def __init__(self, house: House, *, base: str, secure: bool) -> None:
        self._house = house
        self._base = base
        self._secure = secure

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/in/{token}", self.show), web.post("/in/{token}", self.come_in)]

    async def show(self, request: web.Request) -> web.Response:
        """The button. Whether the link still works is not looked up: this page is the same for every address."""
        browser = held(request, DOOR, secure=self._secure) or secrets.token_urlsafe(16)
        response = html(render.door_page(self._base, button_of(browser), self._house.prompts.signposts))
        keep(response, DOOR, browser, timedelta(hours=1), secure=self._secure)
        return response

    async def come_in(self, request: web.Request) -> web.Response:
        fields = await form_fields(request)
        check_button(request, fields, secure=self._secure)
        now = self._house.now()
        async with self._house.store.write() as tx:
            found = await tx.links.use(hashed(request.match_info["token"]), now)
            if found is None:
                return html(render.no_door_page(self._base, self._house.prompts.signposts), status=404)
            token = new_token()
            about = describe(request.headers.get("User-Agent", ""))
            await tx.sessions.add(found.reader, hashed(token), now, now + STAYS, about)
        await self._leave(request)
        response = web.HTTPSeeOther(f"{self._base}/")
        keep(response, COOKIE, token, STAYS, secure=self._secure)
        raise response

    async def _leave(self, request: web.Request) -> None:
        """Whoever was signed in here before is not any more: a browser is one person's."""
        try:
            before = await visitor(self._house, request, secure=self._secure)
        except web.HTTPUnauthorized:
            return
        async with self._house.store.write() as tx:
            await tx.sessions.end(before.reader, [hashed(before.token)])


@dataclass(frozen=True, slots=True)
class SignIns:
    """Where somebody is signed in: each browser can be signed out, this one too."""

    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sign-ins", self.show), web.post("/sign-ins", self.sign_out)]

    async def show(self, request: web.Request) -> web.Response:
        who = await self.place.visitor(request)
        found = await self._browsers(who)
        async with self.place.house.store.read() as tx:
            zone = (await tx.people.get(who.reader)).hours.zone
        mine = hashed(who.token)
        shown = [
            render.SignedInOn(_name(each), each.about, each.since, here=each.token == mine) for each in found
        ]
        keys = render.FormKeys(f"{self.place.base}/sign-ins", who.csrf, "")
        return html(
            render.signins_page(shown, keys, zone, self.place.base, self.place.house.prompts.signposts)
        )

    async def sign_out(self, request: web.Request) -> web.Response:
        who = await self.place.visitor(request)
        fields = await self.place.form(request, who)
        mine = hashed(who.token)
        found = await self._browsers(who)
        match fields.get("action", ""):
            case "others":
                leaving = {each.token for each in found} - {mine}
            case "one":
                leaving = {each.token for each in found if _name(each) == fields.get("subject", "")}
            case _:
                raise Unknown("There is nothing here.")
        async with self.place.house.store.write() as tx:
            await tx.sessions.end(who.reader, leaving)
            if leaving - {mine}:
                # Whoever is signed out elsewhere may hold a link, too, and must not come back in by it.
                await tx.links.end(who.reader, self.place.house.now())
        response = web.HTTPSeeOther(
            f"{self.place.base}/" if mine in leaving else f"{self.place.base}/sign-ins"
        )
        if mine in leaving:
            forget(response, COOKIE, secure=self.place.secure)
        raise response

    async def _browsers(self, who: Visitor) -> list[Browser]:
        async with self.place.house.store.read() as tx:
            return list(await tx.sessions.of(who.reader, self.place.house.now()))


def describe(user_agent: str) -> str:
    """A browser as its owner would name it, for telling one from another; never more than that."""
    browsers = {"Edg": "Edge", "Firefox": "Firefox", "FxiOS": "Firefox", "SamsungBrowser": "Samsung Internet"}
    browsers |= {"CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari"}
    places = {"iPhone": "an iPhone", "iPad": "an iPad", "Android": "an Android phone or tablet"}
    places |= {"Windows": "Windows", "Macintosh": "a Mac", "CrOS": "a Chromebook", "Linux": "Linux"}
    browser = next((name for mark, name in browsers.items() if mark in user_agent), "A browser")
    place = next((name for mark, name in places.items() if mark in user_agent), "")
    return f"{browser} on {place}" if place else browser


def _name(browser: Browser) -> str:
    return derive("browser", browser.token)


def button_of(browser: str) -> str:
    """What the button carries that is shown in one browser."""
    return hmac.new(encoded(browser), b"door", "sha256").hexdigest()[:40]
