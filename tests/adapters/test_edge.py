"""The web edge under bad weather: odd bytes, odd addresses, bodies of no form, two presses at once, a database away."""

import asyncio
import html
import re
from collections.abc import Mapping
from itertools import product

import pytest
from aiohttp import FormData

from adapters.house import House
from adapters.web.cookies import COOKIE
from adapters.web.guard import HEADERS, Visitor
from bot.errors import Unavailable
from bot.messages import Action
from tests.adapters.service import PAGE, Answer, Service, filled, only_sqlite, owned_ids, routes, token
from tests.cast import ADA, BEN, FAY, Character

DRAFT = "/me/draft"

pytestmark = pytest.mark.slow
TRICKS = {
    "a NUL byte": "before\x00after",
    "100 KB": "word " * 20_000,
    "emoji": "👩🏽‍⚕️ and 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "right to left": "\u202eאני כועסת\u202c وأنا أيضا",
    "HTML": '"><b>bold</b><!-- ',
    "a script": "<script>alert(1)</script></textarea>",
    "template marks": "{{ 7 * 7 }} {% raw %}",
}


def unguarded(headers: Mapping[str, str]) -> list[str]:
    """The headers that guard an answer and are missing from one, or weaker than they may be."""
    framing = headers.get("Content-Security-Policy", "").partition("frame-ancestors ")[2].partition(";")[0]
    weaker = ["frame-ancestors"] if framing != "'none'" else []
    weaker += ["Cache-Control"] if headers.get("Cache-Control") != "no-store" else []
    return sorted(HEADERS.keys() - headers.keys()) + weaker


def csrf(who: Character) -> str:
    return Visitor(who.reader, who.role, token(who)).csrf


def form(who: Character, action: str, **fields: str) -> dict[str, str]:
    return {"csrf": csrf(who), "nonce": "", "subject": "", "action": action, **fields}


async def effects(
    service: Service, method: str, path: str, who: Character, **asked: object
) -> tuple[int, int]:
    """The status of one request, and how many rows it changed."""
    before = await service.snapshot()
    answer = await service.ask(method, path, who, **asked)  # type: ignore[arg-type]
    after = await service.snapshot()
    return answer.status, sum(1 for key in before.keys() | after.keys() if before.get(key) != after.get(key))


# ---- what every answer carries


NOWHERE = [
    "/",
    "/me",
    "/nothing",
    "/healthz/",
    "/healthz/x",
    "//",
    "/static/live.js",
    "/%00",
    "/%ff",
    "/me/nothing",
]


@only_sqlite
async def test_every_answer_carries_the_headers_that_guard_it(service: Service) -> None:
    ids = await owned_ids(service.store)
    asked: list[tuple[str, str, Character | None, dict[str, str] | None]] = [
        (method, place, who, None)
        for path in (*routes(service.app), *NOWHERE)
        for place in filled(path, [ids["digests 0"], "nothing"])
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE")
        for who in (ADA, FAY, None)
    ]
    asked += [("GET", f"/me/static/{name}", None, None) for name in ("alongside.css", "live.js", "", "none")]
    asked += [("GET", "/me/nothing/here", ADA, None), ("POST", PAGE, ADA, form(ADA, "help"))]
    asked += [("POST", PAGE, ADA, form(ADA, "nonsense")), ("POST", DRAFT, ADA, form(ADA, "", box="b"))]
    bare = []
    for method, path, who, sent in asked:
        answer = await service.ask(method, path, who, sent)
        bare += [f"{method} {path} {answer.status}: {each}" for each in unguarded(dict(answer.headers))]
    assert bare == []


@only_sqlite
async def test_an_address_that_leads_nowhere_has_a_page_with_help_on_it(service: Service) -> None:
    for path in NOWHERE:
        for method in ("GET", "POST", "DELETE"):
            answer = await service.ask(method, path, None)
            assert answer.status == 404, path
            assert b"There is nothing here" in answer.body
            assert b"Who you can reach now" in answer.body


@only_sqlite
async def test_static_files_stay_in_their_folder(service: Service) -> None:
    assert (await service.ask("GET", "/me/static/live.js", None)).status == 200
    for way in (
        "../app.py",
        "%2e%2e/app.py",
        "..%2fapp.py",
        "..\\app.py",
        "/etc/passwd",
        "%00",
        "a/../../app.py",
    ):
        answer = await service.ask("GET", f"/me/static/{way}", None)
        assert answer.status in (400, 403, 404), way
        assert b"import" not in answer.body
        assert b"root:" not in answer.body


# ---- what is written


async def shown(service: Service, who: Character) -> str:
    return html.unescape((await service.ask("GET", PAGE, who)).body.decode())


def survives(text: str, answer: Answer, page: str) -> bool:
    """Whether words are on the page that answers, or on the one that follows; never as markup."""
    raw = answer.body.decode() + page
    wanted = " ".join(text.replace("\x00", "").split())
    return wanted in " ".join(html.unescape(raw).split())


@pytest.mark.parametrize("trick", TRICKS)
async def test_odd_words_in_every_field_are_kept_or_stand_in_the_page_again(
    trick: str, service: Service
) -> None:
    text = TRICKS[trick]
    digest = f"/me/digests/{(await owned_ids(service.store))['digests 0']}"
    box, other = found_in('name="box" value="', await shown(service, ADA)), await shown(service, BEN)
    half, mine = found_in('name="box" value="', other), found_in('name="text:', other)
    line = found_in('id="line-', (await service.ask("GET", digest, FAY)).body.decode())
    tried = [
        (PAGE, ADA, form(ADA, f"send:{box}", box=box, message=text)),
        (PAGE, ADA, form(ADA, Action.PROPOSE, challenge=text)),
        (PAGE, ADA, form(ADA, Action.CHOOSE_WORDS, words=text)),
        (PAGE, BEN, form(BEN, f"edit:{mine}", **{f"text:{mine}": text})),
        (DRAFT, BEN, form(BEN, "", box=half, text=text)),
        (PAGE, BEN, form(BEN, f"send:{half}", box=half, message=text)),
        (digest, FAY, form(FAY, "answer", subject=line, reply=text)),
    ]
    for path, who, sent in tried:
        answer = await service.ask("POST", path, who, sent)
        page = await service.ask("GET", digest if who is FAY else PAGE, who)
        assert b"<script>alert" not in answer.body + page.body
        assert b"<b>bold" not in answer.body + page.body
        if path == DRAFT and answer.status == 422:
            continue  # sent by the page itself, in whose box the words still stand
        assert answer.status in (204, 303, 422), sent["action"]
        assert survives(text, answer, page.body.decode()), sent["action"]


def found_in(before: str, page: str) -> str:
    """The id that follows `before` in a page."""
    found = re.search(re.escape(before) + "([0-9a-f]{32})", page)
    assert found is not None
    return found[1]


NAMED = ("action", "subject", "nonce", "box", "partner:{}", "partner:x", "facilitators:{}")


async def test_odd_words_where_a_name_is_expected_do_nothing_and_break_nothing(service: Service) -> None:
    ids = await owned_ids(service.store)
    for text, name in product(TRICKS.values(), NAMED):
        name = name.format(text)
        for path in (PAGE, DRAFT, f"/me/digests/{ids['digests 0']}"):
            who = FAY if "digests" in path else ADA
            answer = await service.ask("POST", path, who, {**form(who, "choose", text="t"), name: text})
            assert answer.status in (204, 303, 404, 409, 422), (path, name)


ODD_ADDRESSES = ["%00", "%ff", "%ED%A0%80", "a%00b", "%F0%9F%98%80", "x" * 3000, "'%20OR%201=1"]


async def test_an_odd_address_leads_nowhere(service: Service) -> None:
    for odd in ODD_ADDRESSES:
        nothing = await service.ask("GET", "/me/digests/none", FAY)
        for method in ("GET", "POST"):
            sent = form(FAY, "take", subject=odd) if method == "POST" else None
            answer = await service.ask(method, f"/me/digests/{odd}", FAY, sent)
            assert (answer.status, answer.body) == (404, nothing.body)


NO_FORMS = [
    "application/x-www-form-urlencoded; charset=nonsense",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/json",
    "text/plain",
]


@only_sqlite
async def test_a_body_that_is_no_form_is_refused_politely(service: Service) -> None:
    for kind in NO_FORMS:
        before = await service.snapshot()
        async with service.client.post(
            PAGE,
            data=b"csrf=+2AA-&action=help&message=%ff",
            headers={"Content-Type": kind, "Cookie": f'{COOKIE}="{token(ADA)}"'},
        ) as answer:
            assert answer.status in (403, 422), await answer.text()
        assert await service.snapshot() == before


@only_sqlite
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("multipart", [False, True])
async def test_far_too_much_text_is_refused_politely(
    chunked: bool, multipart: bool, service: Service
) -> None:
    data = FormData({**form(ADA, "send"), "message": "x" * 600_000}, default_to_multipart=multipart)
    status, changed = await effects(service, "POST", PAGE, ADA, form=data, chunked=True if chunked else None)
    assert (status, changed) == (413, 0)


async def test_the_same_form_twice_at_once_has_one_effect(service: Service) -> None:
    box = (await owned_ids(service.store))["parts 0"]
    sent = form(ADA, "send", message="Said twice at once.", box=box)
    answers = await asyncio.gather(*(service.ask("POST", PAGE, ADA, sent) for _ in range(4)))
    assert {answer.status for answer in answers} == {303}
    assert (await shown(service, ADA)).count("Said twice at once.") == 1


async def test_a_second_tab_with_other_words_loses_nothing(service: Service) -> None:
    tabs = [form(ADA, "send", message=f"Written in tab {number}.") for number in (1, 2)]
    for answer in await asyncio.gather(*(service.ask("POST", PAGE, ADA, sent) for sent in tabs)):
        assert answer.status == 303
    page = await shown(service, ADA)
    assert page.count("Written in tab 1.") == page.count("Written in tab 2.") == 1


async def test_a_line_is_answered_once_however_often_it_is_pressed(service: Service) -> None:
    ids = await owned_ids(service.store)
    path = f"/me/digests/{ids['digests 0']}"
    sent = [form(FAY, "answer", subject=ids["lines 0"], reply=f"Answer {number}.") for number in range(4)]
    await asyncio.gather(*(service.ask("POST", path, FAY, each) for each in sent))
    page = (await service.ask("GET", path, FAY)).body.decode()
    assert len(re.findall(r"Answer \d\.", page)) <= 1


async def test_a_line_is_reached_only_through_its_own_digest(service: Service) -> None:
    line = (await owned_ids(service.store))["lines 0"]
    for action in ("take", "answer"):
        sent = form(FAY, action, subject=line, reply="Through another door.")
        assert await effects(service, "POST", "/me/digests/none", FAY, form=sent) == (404, 0)


async def test_what_is_stored_is_acknowledged_even_if_its_answer_has_to_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_house: House, _room: object = None) -> None:
        raise Unavailable("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(House, "settle", away)
        answer = await service.ask("POST", PAGE, ADA, form(ADA, "send", message="Kept all the same."))
    assert answer.status == 303
    assert "Kept all the same." in await shown(service, ADA)
