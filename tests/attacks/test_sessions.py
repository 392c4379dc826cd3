"""Sessions that were planted, kept, guessed or worn out: none of them is anybody's."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.web.cookies import COOKIE, DOOR
from adapters.web.guard import STAYS, Visitor, hashed
from bot.ids import derive
from tests.adapters.door import button_in, cookie, link_for, page_of, press, value
from tests.adapters.service import DRAFT, FOR_ME, NOW, PAGE, Answer, Service, serving, token
from tests.cast import ADA, BEN, CLEO
from tests.databases import copy_in_thread
from tests.window import chrome


def said_of(answer: Answer, name: str) -> set[str]:
    """What is said of a cookie, beside its value."""
    return {each.strip() for each in cookie(answer, name).split(";")[1:]}


async def test_a_cookie_set_before_signing_in_is_not_the_session_afterwards(service: Service) -> None:
    path = await link_for(service.store, BEN)
    shown = await service.ask("GET", path, None)
    button = {"csrf": button_in(shown)}
    sessions = []
    for planted in ("chosen-by-somebody-else", token(ADA), "chosen-by-somebody-else"):
        held = {"Cookie": f"{COOKIE}={planted}; {DOOR}={value(shown, DOOR)}"}
        answer = await service.ask("POST", path, None, button, headers=held)
        assert answer.status == 303
        page = (await page_of(service, answer)).text()
        assert DRAFT.word in page
        assert FOR_ME.word not in page
        sessions.append(value(answer, COOKIE))
        theirs = {"Cookie": f"{COOKIE}={planted}"}
        assert (await service.ask("GET", PAGE, None, headers=theirs)).status == 401, (
            "what was planted is dead"
        )
    assert len({*sessions, "chosen-by-somebody-else", token(ADA)}) == 5, "a new one each time"


async def test_in_a_browser_whoever_was_signed_in_before_is_not_any_more(service: Service) -> None:
    links = [await link_for(service.store, who) for who in (ADA, BEN)]
    async with chrome(service) as window:
        held = []
        for link in links:
            await window.open(link)
            await window.page.get_by_role("button", name="Come in").click()
            await window.page.wait_for_url("**/me/*")
            held.append(await window.session())
    assert len(set(held)) == 2
    first, second = ({"Cookie": f"{COOKIE}={each}"} for each in held)
    assert (await service.ask("GET", PAGE, None, headers=first)).status == 401
    assert (await service.ask("GET", PAGE, None, headers=second)).status == 200


async def test_a_cookie_is_kept_from_scripts_from_other_sites_and_by_https_from_other_hosts(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={int(STAYS.total_seconds())}"}
    async with serving(await copy_in_thread(told, tmp_path), monkeypatch) as service:
        came = await press(service, await link_for(service.store, ADA))
        assert said_of(came, COOKIE) == plain
        assert said_of(await service.ask("GET", "/in", None), DOOR) > {"HttpOnly", "SameSite=Lax", "Path=/"}
    url = await copy_in_thread(told, tmp_path)
    async with serving(url, monkeypatch, address="https://alongside.example.org") as service:
        door, session = f"__Host-{DOOR}", f"__Host-{COOKIE}"
        path = await link_for(service.store, ADA)
        shown = await service.ask("GET", path, None, headers={"Cookie": ""})
        # No domain, the path /, and Secure: a browser takes such a name for nothing less.
        assert said_of(shown, door) == {"HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age=3600"}
        button = {"csrf": button_in(shown)}
        tossed = {"Cookie": f"{DOOR}={value(shown, door)}"}
        assert (await service.ask("POST", path, None, button, headers=tossed)).status == 403
        held = {"Cookie": f"{door}={value(shown, door)}"}
        came = await service.ask("POST", path, None, button, headers=held)
        assert said_of(came, session) == {*plain, "Secure"}
        token_ = value(came, session)
        # What another host of the same domain could set is not looked at.
        for name, status in ((COOKIE, 401), (session, 200)):
            held = {"Cookie": f"{name}={token_}"}
            assert (await service.ask("GET", PAGE, None, headers=held)).status == status
        form = {"csrf": Visitor(ADA.reader, ADA.role, token_).csrf, "action": "erase", "sure": "yes"}
        gone = await service.ask("POST", "/me/leaving", None, form, headers=held)
        assert gone.status == 200
        assert value(gone, session) == ""
        assert {"Secure", "Path=/", "Max-Age=0"} < said_of(gone, session), "or a browser keeps it"


async def test_whoever_came_in_by_a_stolen_link_is_shut_out_for_good_by_signing_out_everywhere_else(
    service: Service,
) -> None:
    stolen = await link_for(service.store, ADA)
    thief = await press(service, stolen)
    assert (await page_of(service, thief)).status == 200
    me = {"csrf": Visitor(ADA.reader, ADA.role, token(ADA)).csrf}
    assert (await service.ask("POST", "/me/sign-ins", ADA, {**me, "action": "others"})).status == 303
    assert (await page_of(service, thief)).status == 401
    assert (await press(service, stolen)).status == 404, "nor do they come back by the same link"
    assert (await service.ask("GET", PAGE, ADA)).status == 200
    others = await link_for(service.store, BEN)
    assert (await press(service, others)).status == 303, "nobody else's link is touched"
    assert (await press(service, await link_for(service.store, ADA))).status == 303, "a new one works"


async def test_signing_out_here_leaves_the_link_for_the_next_time(service: Service) -> None:
    link = await link_for(service.store, ADA)
    came = await press(service, link)
    me = {"Cookie": f"{COOKIE}={value(came, COOKIE)}"}
    mine = Visitor(ADA.reader, ADA.role, value(came, COOKIE))
    async with service.store.read() as tx:
        browsers = await tx.sessions.of(ADA.reader, service.house.now())
    assert hashed(mine.token) in {each.token for each in browsers}
    form = {"csrf": mine.csrf, "action": "one", "subject": derive("browser", hashed(mine.token))}
    out = await service.ask("POST", "/me/sign-ins", None, form, headers=me)
    assert (out.status, value(out, COOKIE)) == (303, "")
    assert (await page_of(service, came)).status == 401, "the old session is dead, whoever kept its cookie"
    assert (await press(service, link)).status == 303


ODD_COOKIES = ["", '""', "\xff\xfe", "a" * 4000, "a=b; alongside", "../../etc", "\u2028", hashed(token(ADA))]
"""The last is what the database holds of a real one: whoever reads that cannot come in with it."""


async def test_an_odd_cookie_is_nobody_s(service: Service) -> None:
    for odd in ODD_COOKIES:
        answer = await service.ask("GET", PAGE, None, headers={"Cookie": f"{COOKIE}={odd}"})
        assert answer.status == 401


async def test_bytes_that_are_no_text_are_nobody_s_cookie(service: Service) -> None:
    port = service.client.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /me/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: alongside=\xff\xed\xa0\r\n\r\n"
    )
    assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
    writer.close()
    await writer.wait_closed()


async def test_a_page_left_open_hears_nothing_after_its_session_is_over(service: Service) -> None:
    short = "a short visit"
    async with service.store.write() as tx:
        await tx.sessions.add(CLEO.reader, hashed(short), NOW, NOW + timedelta(milliseconds=20))
    headers = {"Cookie": f'{COOKIE}="{short}"'}
    async with service.client.get("/me/events", headers=headers) as answer:
        assert answer.status == 200
        async with asyncio.timeout(5):
            assert await answer.content.read() == b""
