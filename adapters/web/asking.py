"""Asking for a link by mail, and ending mail: two public pages that say the same to everybody.

Whether an address is known can be told neither from what is answered nor from how long that takes.
"""

import asyncio
import secrets
from asyncio import get_running_loop
from datetime import datetime, timedelta

from aiohttp import web

from adapters.house import House
from adapters.web import render
from adapters.web.cookies import DOOR, held, keep
from adapters.web.door import button_of, check_button
from adapters.web.edge import form_fields, html
from adapters.web.guard import hashed, new_token
from bot.ids import derive
from bot.messages import Action, CardKind, Pressed
from bot.model import Account, Platform, Reader, Role
from bot.ports import Tx
from bot.rows import ToSend

EVEN = 0.4
"""Seconds that an answer takes, whoever asks for whom: longer than finding anybody does."""
HOUR = timedelta(hours=1)
EACH, ALL = 3, 60
"""How many links an hour are sent to one address, and asked for from one place (an office is one place)."""
LONGEST = 254


async def send_way_in(tx: Tx, reader: Reader, kind: CardKind, now: datetime) -> bool:
    """Send one person a way in by mail; False if their address has had enough of them within the hour."""
    address = await tx.people.address(reader, notices=False)
    if address is None:
        return False
    tried = await _tried(tx, f"a link for {address.external.lower()}", now)
    if tried <= EACH:
        await tx.outbox.enqueue([_way_in(reader, kind, tried, now)])
    return tried <= EACH


async def _tried(tx: Tx, what: str, now: datetime) -> int:
    return await tx.links.tried(hashed(what), now.replace(minute=0, second=0, microsecond=0))


def _way_in(reader: Reader, kind: CardKind, number: int, now: datetime) -> ToSend:
    about = derive(reader.person, "way in", f"{now:%Y-%m-%dT%H} {number}")
    return ToSend(reader, about, kind, "", False, now, by_mail=True)


class Asking:
    """A link for whoever has lost theirs, sent to the address that they were invited with."""

    def __init__(self, house: House, *, base: str, secure: bool) -> None:
        self._house = house
        self._base = base
        self._secure = secure

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/in", self.show), web.post("/in", self.ask)]

    @property
    def _by_mail(self) -> bool:
        return Platform.MAIL in self._house.posters

    async def show(self, request: web.Request) -> web.Response:
        browser = held(request, DOOR, secure=self._secure) or secrets.token_urlsafe(16)
        form = button_of(browser) if self._by_mail else ""
        response = self._html(form=form)
        keep(response, DOOR, browser, HOUR, secure=self._secure)
        return response

    async def ask(self, request: web.Request) -> web.Response:
        fields = await form_fields(request)
        check_button(request, fields, secure=self._secure)
        address = fields.get("email", "").strip().lower()
        if not self._by_mail or len(address) > LONGEST or address.count("@") != 1 or " " in address:
            notice = "That does not look like an email address. Write it like name@example.org."
            return self._html(form=fields["csrf"], notice=notice, address=address, status=422)
        done = get_running_loop().time() + EVEN
        await self._send(address, request.remote or "", self._house.now())
        await asyncio.sleep(done - get_running_loop().time())
        return self._html(asked=True)

    async def _send(self, address: str, place: str, now: datetime) -> None:
        async with self._house.store.write() as tx:
            tried = await _tried(tx, f"a link for {address}", now)
            asked = await _tried(tx, f"links from {place}", now)
            if tried > EACH or asked > ALL:
                return
            readers = await tx.people.known_by(address)
            await tx.outbox.enqueue([_way_in(each, CardKind.WAY_IN, tried, now) for each in readers])

    def _html(
        self, *, form: str = "", notice: str = "", address: str = "", asked: bool = False, status: int = 200
    ) -> web.Response:
        signposts = self._house.prompts.signposts
        page = render.ask_page(self._base, form, signposts, notice=notice, address=address, asked=asked)
        return html(page, status)


class Ending:
    """Ending what is sent, from a mail: one press there or here, which for a member is the same as “stop”.

    A mail app presses by itself for its reader (RFC 8058), so the link is the only key that can be asked for. It
    can silence and nothing else, and whoever is silenced can begin again.
    """

    def __init__(self, house: House, *, base: str) -> None:
        self._house = house
        self._base = base

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/out/{token}", self.show), web.post("/out/{token}", self.end)]

    async def show(self, request: web.Request) -> web.Response:
        return self._html(done=False)

    async def end(self, request: web.Request) -> web.Response:
        async with self._house.store.write() as tx:
            found = await tx.links.of(hashed(request.match_info["token"]))
            if found is not None and found.role is Role.FACILITATOR:
                await tx.people.take_notices(found.reader, on=False)
        if found is not None and found.role is Role.MEMBER:
            account = Account(Platform.WEB, found.reader.person)
            await self._house.take_in(Pressed(new_token(), account, self._house.now(), Action.STOP))
        return self._html(done=True)

    def _html(self, *, done: bool) -> web.Response:
        page = render.out_page(self._base, self._house.prompts.signposts, done=done)
        return html(page)
