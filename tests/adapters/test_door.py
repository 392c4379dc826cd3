"""The way in: a link shows a button and does nothing, the button signs in, and every browser can be signed out."""

import asyncio
import re

import pytest

from adapters.web.cookies import COOKIE
from adapters.web.door import LASTS, describe
from adapters.web.guard import Visitor, hashed
from bot.model import Role
from tests.adapters.door import cookie, link_for, page_of, press, value
from tests.adapters.service import Service, token
from tests.cast import ADA, BEN, FAY

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"


async def test_the_button_signs_in_whose_link_it_is_and_nobody_else(service: Service) -> None:
    answer = await press(service, await link_for(service.store, ADA))
    assert (answer.status, dict(answer.headers)["Location"]) == (303, "/me/")
    held = cookie(answer, COOKIE)
    assert "HttpOnly" in held
    assert "SameSite=Lax" in held
    assert "Path=/" in held.split("; ")
    mine = await page_of(service, answer)
    assert mine.status == 200
    assert mine.body != (await service.ask("GET", "/me/", BEN)).body
    kept = await service.snapshot()
    assert value(answer, COOKIE) not in str(kept)
    assert hashed(value(answer, COOKIE)) in str(kept)


async def test_a_members_link_works_again_until_it_runs_out(service: Service) -> None:
    path = await link_for(service.store, ADA)
    for _ in range(3):
        assert (await press(service, path)).status == 303
    old = await link_for(service.store, ADA, LASTS[Role.MEMBER])
    assert (await press(service, old)).status == 404


async def test_a_facilitators_link_works_once_even_if_two_press_at_the_same_moment(service: Service) -> None:
    path = await link_for(service.store, FAY)
    both = await asyncio.gather(press(service, path), press(service, path))
    assert sorted(answer.status for answer in both) == [303, 404]
    assert (await press(service, path)).status == 404
    old = await link_for(service.store, FAY, LASTS[Role.FACILITATOR])
    assert (await press(service, old)).status == 404


async def test_somebody_sees_where_they_are_signed_in_and_signs_out(service: Service) -> None:
    first = await press(service, await link_for(service.store, ADA), {"User-Agent": IPHONE})
    me = {"Cookie": f"{COOKIE}={value(first, COOKIE)}"}
    form = Visitor(ADA.reader, ADA.role, value(first, COOKIE)).csrf
    shown = await service.ask("GET", "/me/sign-ins", None, headers=me)
    assert "Safari on an iPhone" in shown.text()
    assert "which is this one" in shown.text()
    names = re.findall(r'name="subject" value="(\w+)"', shown.text())
    assert len(names) == 3
    gone = await service.ask("POST", "/me/sign-ins", None, {"csrf": form, "action": "others"}, headers=me)
    assert gone.status == 303
    assert (await service.ask("GET", "/me/", ADA)).status == 401
    left = await service.ask("GET", "/me/sign-ins", None, headers=me)
    (name,) = re.findall(r'name="subject" value="(\w+)"', left.text())
    out = await service.ask(
        "POST", "/me/sign-ins", None, {"csrf": form, "action": "one", "subject": name}, headers=me
    )
    assert out.status == 303
    assert (await page_of(service, first)).status == 401


async def test_nobody_signs_out_somebody_else(service: Service) -> None:
    shown = await service.ask("GET", "/me/sign-ins", BEN)
    (name,) = re.findall(r'name="subject" value="(\w+)"', shown.text())
    form = Visitor(ADA.reader, ADA.role, token(ADA)).csrf
    await service.ask("POST", "/me/sign-ins", ADA, {"csrf": form, "action": "one", "subject": name})
    await service.ask("POST", "/me/sign-ins", ADA, {"csrf": form, "action": "others"})
    assert (await service.ask("GET", "/me/", BEN)).status == 200
    assert (await service.ask("GET", "/me/", ADA)).status == 200
    assert hashed(token(BEN)) not in shown.text()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (IPHONE, "Safari on an iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36",
            "Chrome on an Android phone or tablet",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("<script>alert(1)</script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_as_its_owner_would(said: str, shown: str) -> None:
    assert describe(said) == shown
