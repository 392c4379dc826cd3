"""The way in as a browser uses it: a link, the button that it shows, and the session that comes of it."""

import re
from datetime import timedelta

from adapters.web.cookies import COOKIE, DOOR
from adapters.web.door import make_link
from storage.store import SqlStore
from tests.adapters.service import NOW, Answer, Service
from tests.cast import Character


async def link_for(store: SqlStore, who: Character, ago: timedelta = timedelta()) -> str:
    async with store.write() as tx:
        return await make_link(tx, who.reader, who.role, NOW - ago)


def cookie(answer: Answer, name: str) -> str:
    """The last cookie of that name that an answer sets, with all that is said of it."""
    found = [
        value for header, value in answer.headers if header == "Set-Cookie" and value.startswith(f"{name}=")
    ]
    return found[-1] if found else ""


def value(answer: Answer, name: str) -> str:
    return cookie(answer, name).partition("=")[2].partition(";")[0].strip('"')


def button_in(answer: Answer) -> str:
    """What the button of a public page carries."""
    found = re.search(r'name="csrf" value="(\w+)"', answer.text())
    assert found is not None
    return found[1]


async def press(service: Service, path: str, headers: dict[str, str] | None = None) -> Answer:
    """Open a link as somebody's browser does, and press the button that it shows."""
    shown = await service.ask("GET", path, None)
    sent = {"Cookie": f"{DOOR}={value(shown, DOOR)}", **(headers or {})}
    return await service.ask("POST", path, None, {"csrf": button_in(shown)}, headers=sent)


async def page_of(service: Service, answer: Answer) -> Answer:
    """The page of whoever an answer signed in."""
    return await service.ask("GET", "/me/", None, headers={"Cookie": f"{COOKIE}={value(answer, COOKIE)}"})


async def asked(service: Service, address: str) -> Answer:
    """Ask for a link by mail."""
    shown = await service.ask("GET", "/in", None)
    return await service.ask("POST", "/in", None, {"csrf": button_in(shown), "email": address})
