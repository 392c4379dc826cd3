"""The way in: a link shows a button and does nothing, the button signs in, and every browser can be signed out."""

import asyncio
import re
from datetime import timedelta

import pytest

from adapters.web.door import LASTS, describe, make_link
from adapters.web.guard import COOKIE, Visitor, hashed
from bot.model import Role
from storage.store import SqlStore
from tests.adapters.service import NOW, Answer, Service, only_sqlite, token
from tests.cast import ADA, BEN, FAY, Character

OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"


async def link_for(store: SqlStore, who: Character, ago: timedelta = timedelta()) -> str:
    async with store.write() as tx:
        return await make_link(tx, who.reader, who.role, NOW - ago)


def cookie(answer: Answer, name: str) -> str:
    found = [
        value for header, value in answer.headers if header == "Set-Cookie" and value.startswith(f"{name}=")
    ]
    return found[-1] if found else ""


def value(answer: Answer, name: str) -> str:
    return cookie(answer, name).partition("=")[2].partition(";")[0].strip('"')


async def press(service: Service, path: str, headers: dict[str, str] | None = None) -> Answer:
    """Open a link as somebody's browser does, and press the button that it shows."""
    shown = await service.ask("GET", path, None)
    csrf = re.findall(r'name="csrf" value="(\w+)"', shown.text())[0]
    sent = {"Cookie": f"alongside-door={value(shown, 'alongside-door')}", **(headers or {})}
    return await service.ask("POST", path, None, {"csrf": csrf}, headers=sent)


async def page_of(service: Service, answer: Answer) -> Answer:
    return await service.ask("GET", "/me/", None, headers={"Cookie": f"{COOKIE}={value(answer, COOKIE)}"})


async def test_opening_a_link_does_nothing_however_often_a_machine_does_it(service: Service) -> None:
    path = await link_for(service.store, FAY)
    before = await service.snapshot()
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        answer = await service.ask(method, path, None)
        assert not cookie(answer, COOKIE)
        assert "Fay" not in answer.text()
    assert await service.snapshot() == before
    assert (await press(service, path)).status == 303


@only_sqlite
async def test_the_page_of_a_link_is_the_same_for_every_link_and_for_none(service: Service) -> None:
    def shown(answer: Answer) -> str:
        return re.sub(r'value="\w+"|alongside-door=[^;]+', "", answer.text())

    real, old = await link_for(service.store, ADA), await link_for(service.store, ADA, timedelta(days=9))
    pages = {shown(await service.ask("GET", path, None)) for path in (real, old, "/in/nothing-of-ours")}
    assert len(pages) == 1


async def test_the_button_signs_in_whose_link_it_is_and_nobody_else(service: Service) -> None:
    answer = await press(service, await link_for(service.store, ADA))
    assert (answer.status, dict(answer.headers)["Location"]) == (303, "/me/")
    held = cookie(answer, COOKIE)
    assert "HttpOnly" in held
    assert "SameSite=Lax" in held
    assert "Path=/me" in held
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


@only_sqlite
async def test_what_does_not_work_says_the_same_whatever_the_reason(service: Service) -> None:
    used = await link_for(service.store, FAY)
    await press(service, used)
    old = await link_for(service.store, ADA, timedelta(days=30))
    answers = [
        await press(service, path) for path in (used, old, "/in/x", "/in/%F0%9F%90%A4", "/in/" + "y" * 3000)
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1
    assert "new link" in answers[0].text()


@only_sqlite
async def test_nobody_is_signed_in_from_another_site_or_with_another_browsers_button(
    service: Service,
) -> None:
    path = await link_for(service.store, ADA)
    assert (await press(service, path, OTHER_SITE)).status == 403
    assert (await press(service, path, {"Cookie": ""})).status == 403
    assert (await press(service, path, {"Cookie": "alongside-door=another"})).status == 403
    assert (await service.ask("POST", path, None, {"csrf": ""})).status == 403


@only_sqlite
async def test_a_browser_is_one_persons_and_its_token_is_new_each_time(service: Service) -> None:
    first = await press(service, await link_for(service.store, ADA))
    planted = {"Cookie": f"{COOKIE}=chosen-by-somebody-else; alongside-door="}
    path = await link_for(service.store, BEN)
    shown = await service.ask("GET", path, None)
    door = value(shown, "alongside-door")
    csrf = re.findall(r'name="csrf" value="(\w+)"', shown.text())[0]
    sent = {"Cookie": f"{COOKIE}={value(first, COOKIE)}; alongside-door={door}"}
    second = await service.ask("POST", path, None, {"csrf": csrf}, headers=sent)
    assert second.status == 303
    assert (await page_of(service, first)).status == 401
    assert (await page_of(service, second)).status == 200
    sent = {"Cookie": planted["Cookie"] + door}
    third = await service.ask("POST", path, None, {"csrf": csrf}, headers=sent)
    assert value(third, COOKIE) not in ("chosen-by-somebody-else", value(second, COOKIE))


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
