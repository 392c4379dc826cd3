"""A stolen link: used again, too late, or after it was ended; and every way in which one could be picked up."""

import asyncio
import logging
import re
from contextlib import suppress
from datetime import timedelta

import pytest
from playwright.async_api import Error, Page

from adapters.web.cookies import COOKIE
from adapters.web.guard import hashed
from tests.adapters.door import asked, link_for, page_of, press, value
from tests.adapters.postbox import ADDRESSES, Postbox, link_in
from tests.adapters.service import PAGE, Service, token
from tests.adapters.test_matrix import csrf
from tests.cast import ADA, BEN, FAY
from tests.window import Window, chrome


async def test_what_does_not_work_says_the_same_whatever_the_reason(service: Service) -> None:
    used = await link_for(service.store, FAY)
    came = await press(service, used)
    assert came.status == 303
    late = [
        await link_for(service.store, ADA, timedelta(days=7)),
        await link_for(service.store, FAY, timedelta(minutes=15)),
    ]
    ended = await link_for(service.store, BEN)
    await service.ask("POST", "/me/sign-ins", BEN, {"csrf": csrf(BEN), "action": "others"}, headers={})
    async with service.store.write() as tx:
        await tx.links.end(BEN.reader, service.house.now())
    erased = await link_for(service.store, ADA)
    gone = await service.ask(
        "POST", "/me/leaving", ADA, {"csrf": csrf(ADA), "action": "erase", "sure": "yes"}
    )
    assert gone.status == 200
    odd = ("/in/x", "/in/%F0%9F%90%A4", "/in/" + "y" * 3000)
    before = await sessions_of(service)
    answers = [await press(service, path) for path in (used, *late, ended, erased, *odd)]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.headers for answer in answers}) == 1
    assert "new link" in answers[0].text()
    assert await sessions_of(service) == before
    assert (await page_of(service, came)).status == 200, "whoever came in by it in time stays"


async def sessions_of(service: Service) -> set[str]:
    return {key[1] for key in await service.snapshot() if key[0] == "sessions"}


async def test_of_many_who_press_a_facilitators_stolen_link_at_once_one_comes_in(service: Service) -> None:
    path = await link_for(service.store, FAY)
    many = await asyncio.gather(*(press(service, path) for _ in range(8)))
    assert sorted(answer.status for answer in many) == [303, *[404] * 7]


OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}


async def test_nobody_is_signed_in_from_another_site_or_with_another_browsers_button(
    service: Service,
) -> None:
    path = await link_for(service.store, ADA)
    assert (await press(service, path, OTHER_SITE)).status == 403
    assert (await press(service, path, {"Cookie": ""})).status == 403
    assert (await press(service, path, {"Cookie": "alongside-door=another"})).status == 403
    assert (await service.ask("POST", path, None, {"csrf": ""})).status == 403
    assert (await press(service, path)).status == 303


async def through(window: Window, link: str) -> None:
    """Come in by a link, look at every page there is a way to, and go out again."""
    await window.open(link)
    await window.page.get_by_role("button", name="Come in").click()
    await window.page.wait_for_url("**/me/*")
    own = window.page.locator("a[href^='/me/']:not([download])")
    for path in sorted({await each.get_attribute("href") or "" for each in await own.all()}):
        await window.open(path)


async def test_no_address_and_no_page_says_later_by_which_link_somebody_came(service: Service) -> None:
    link = await link_for(service.store, ADA)
    secret = link.rpartition("/")[2]
    async with chrome(service) as window:
        page = window.page
        await through(window, link)
        came = [each for each in window.requests if secret not in each.url]
        assert len(came) > 10
        assert [each.url for each in window.requests if "referer" in await each.all_headers()] == []
        # A page that leads elsewhere tells that place nothing: not by a link, and not to a script of its own.
        await page.goto(window.address(link))
        await page.evaluate("() => { location.href = '/healthz'; }")
        await page.wait_for_url("**/healthz")
        assert await page.evaluate("() => document.referrer") == ""
        assert "referer" not in await window.requests[-1].all_headers()
        for shown in (PAGE, "/me/sign-ins"):
            assert secret not in (await service.ask("GET", shown, ADA)).text()


async def test_whoever_goes_back_in_a_browser_finds_a_button_or_nothing(service: Service) -> None:
    async with chrome(service) as window:
        page = window.page
        await window.open(await link_for(service.store, FAY))
        await page.get_by_role("button", name="Come in").click()
        await page.wait_for_url("**/me/*")
        assert "canaryanswer" in await page.content()
        await page.go_back()
        assert "canary" not in await page.content()
        await page.get_by_role("button", name="Come in").click()
        await page.get_by_role("heading", name="This link does not open anything now").wait_for()
        await window.open("/me/")
        await window.open("/me/sign-ins")
        here = page.locator("li", has_text="which is this one")
        await here.get_by_role("button").click()
        await page.get_by_role("heading", name="This page needs you to be signed in").wait_for()
        for _ in range(3):
            with suppress(Error):  # what a form was answered with a browser will not even try to show
                await page.go_back()
            assert "canary" not in await shown_in(page), "a browser keeps nothing of what was shown"
        assert not await window.session()


async def shown_in(page: Page) -> str:
    """What a page holds, once a browser has made up its mind."""
    while True:
        with suppress(Error):
            return await page.content()
        await asyncio.sleep(0.05)


async def test_no_log_holds_a_link_a_session_or_an_address(
    mailing: Service, postbox: Postbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiohttp").setLevel(logging.DEBUG)
    await asked(mailing, ADDRESSES[ADA])
    await mailing.house.settle()
    link = link_in(postbox.mails[0])
    came = await press(mailing, link)
    monkeypatch.setattr("adapters.web.door.check_button", breaks_at_once(link))
    assert (await press(mailing, link)).status == 500, "also when something unforeseen happens there"
    await garbage(mailing, f"POST {link} HTTP/9.9\r\n\r\n", f"GET {link}\r\nHost: x\r\n bad\x00: 1\r\n\r\n")
    # Served by the command there is no log of who came when; and the tests' own mail server says all that it does.
    ours = [each for each in caplog.records if each.name not in ("aiohttp.access", "mail.log")]
    said = [logging.Formatter().format(each) for each in ours]
    for told in ("POST /in/{token}: RuntimeError", "Error handling request from 127.0.0.1: BadStatusLine"):
        assert any(told in each for each in said), "what happened is said all the same"
    held = [link.rpartition("/")[2], value(came, COOKIE), ADDRESSES[ADA], token(ADA)]
    assert len(set(held)) == 4
    for secret in (*held, *(hashed(each) for each in held)):
        assert [each for each in said if secret in each] == []


def breaks_at_once(what: str) -> object:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(what)

    return breaks


async def garbage(service: Service, *requests: str) -> None:
    """What no browser sends."""
    for each in requests:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.client.port)
        writer.write(each.encode())
        assert re.match(rb"HTTP/1\.[01] 400 ", await reader.read())
        writer.close()
        await writer.wait_closed()
