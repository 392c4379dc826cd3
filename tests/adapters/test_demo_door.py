"""The demo signs its three people in by itself, so it opens to this machine alone, by its own name."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient

from adapters.demo import seed
from adapters.demo import stage as staging
from adapters.demo.clock import DemoClock, step_until
from adapters.demo.mailbox import Mailbox
from adapters.demo.people import FACILITATOR, RUTH, TOM
from adapters.demo.seed import say
from adapters.demo.stage import Stage
from adapters.house import House
from adapters.web.changes import Changes, WebPoster
from adapters.web.guard import HEADERS
from bot.messages import CardKind
from bot.model import Platform
from bot.ports import PAGE
from bot.rows import DueKind, Prompts, ToSend
from storage.store import SqlStore
from tests.adapters.service import routes
from tests.server import Server

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)

ROOMS = ("/", "/one/", "/two/", "/facilitator/", "/one/events", "/static/live.js")
OTHER_NAMES = (
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "192.168.0.1",
    "",
    "[",
)


@pytest.fixture
async def demo(
    store: SqlStore, prompts: Prompts, tmp_path: Path
) -> AsyncIterator["TestClient[web.Request, web.Application]"]:
    from adapters.demo.seed import set_up

    clock, changes = DemoClock(tmp_path / "clock.json"), Changes()
    house = House(store, prompts, {Platform.WEB: WebPoster(changes)}, clock.now)
    stage = Stage(house, clock, changes, "s" * 64, store, Mailbox(clock.now, {}))
    async with store.write() as tx:
        await set_up(tx.setup, clock.now())
    await stage.sign_in_all()
    app = web.Application()
    stage.mount(app)
    async with TestClient(Server(app), cookie_jar=DummyCookieJar()) as client:
        yield client


async def test_the_demo_answers_by_its_own_name(demo: "TestClient[web.Request, web.Application]") -> None:
    for name in ("127.0.0.1", "localhost", "LOCALHOST", f"127.0.0.1:{demo.port}", "[::1]:8080"):
        async with demo.get("/one/", headers={"Host": name}) as answer:
            assert answer.status == 200, name


async def test_the_demo_refuses_every_other_name_in_every_room(
    demo: "TestClient[web.Request, web.Application]",
) -> None:
    for name in OTHER_NAMES:
        for room in ROOMS:
            async with demo.get(room, headers={"Host": name, "X-Forwarded-Host": "localhost"}) as answer:
                assert answer.status in (400, 403), (name, room)
                said = await answer.text()
                assert not any(person.name in said for person in (RUTH, TOM, FACILITATOR))
        async with demo.post("/stage", headers={"Host": name}, data={"action": "start-over"}) as answer:
            assert answer.status in (400, 403)


async def test_the_demo_refuses_another_machine_whatever_it_says_it_is(
    demo: "TestClient[web.Request, web.Application]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "LOOPBACK", frozenset({"127.0.0.9"}))
    for room in ROOMS:
        headers = {"X-Forwarded-For": "127.0.0.9", "Forwarded": "for=127.0.0.9", "Host": "127.0.0.1"}
        async with demo.get(room, headers=headers) as answer:
            assert answer.status == 403


async def test_the_clock_moves_only_for_the_stage_itself(
    demo: "TestClient[web.Request, web.Application]",
) -> None:
    for csrf in ("", "s" * 31, "wrong"):
        async with demo.post("/stage", data={"action": "question", "csrf": csrf}) as answer:
            assert answer.status == 403
    async with demo.post("/one/", data={"action": "help"}) as answer:
        assert answer.status == 403


async def press(demo: "TestClient[web.Request, web.Application]", place: str, to: str, *actions: str) -> str:
    """Press one button after the other; the page as it is then."""
    for action in actions:
        async with demo.get(place) as answer:
            page = await answer.text()
        keys = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("csrf", "nonce")}
        async with demo.post(to, data={**keys, "action": action}) as answer:
            assert answer.status == 200
            page = await answer.text()
    return page


async def test_the_clock_stands_still_and_the_bar_says_why_while_both_have_stopped(
    demo: "TestClient[web.Request, web.Application]",
) -> None:
    for place in ("/one/", "/two/"):
        await press(demo, place, place, "read-on", "agree", "choose-words", "stop")
    for button in ("question", "opening"):
        bar = await press(demo, "/", "/stage", button)
        assert "Both of the pair have stopped" in bar
    await press(demo, "/one/", "/one/", "start")
    assert "Both of the pair have stopped" not in await press(demo, "/", "/stage", "question")


async def test_every_answer_of_the_demo_carries_the_headers_that_guard_it(
    demo: "TestClient[web.Request, web.Application]",
) -> None:
    places = [
        *routes(demo.app),
        *ROOMS,
        "/nothing",
        "/one",
        "/one/nothing",
        "/static/",
        "/static/none",
        "/%00",
    ]
    bare = []
    for path in places:
        for method, host in product(("GET", "HEAD", "POST", "DELETE"), ("127.0.0.1", "evil.example")):
            async with demo.request(
                method, path, headers={"Host": host}, data={"action": "help"}, allow_redirects=False
            ) as answer:
                framing = "'self'" if path.startswith(("/one", "/two", "/facilitator")) else "'none'"

                policy = answer.headers.get("Content-Security-Policy", "")
                missing = HEADERS.keys() - answer.headers.keys()
                if missing or f"frame-ancestors {framing};" not in policy:
                    bare.append(f"{method} {host}{path} {answer.status}: {missing or policy}")
    assert bare == []


@pytest.mark.slow
async def test_starting_over_puts_everything_back_and_lives_the_past_only_once(
    store: SqlStore, prompts: Prompts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = DemoClock(tmp_path / "clock.json")
    mailbox = Mailbox(clock.now, {person.id: base for base, _, person in staging.MOUNTS})
    house = House(store, prompts, {Platform.WEB: WebPoster(Changes()), Platform.MAIL: mailbox}, clock.now)
    stage = Stage(house, clock, Changes(), "s" * 64, store, mailbox)
    lived: list[bool] = []

    async def live(house: House, clock: DemoClock, *, invited: bool) -> None:
        lived.append(invited)
        await seed.live_a_week(house, clock, invited=invited)

    monkeypatch.setattr(staging, "live_a_week", live)
    await stage.begin_once()
    began, rows, mails = clock.now(), await lasting(store), mailbox.all()
    assert mails[FACILITATOR.id]
    for invited in (False, True, True, False):
        await say(house, RUTH, "Something that is not there afterwards.")
        await step_until(house, clock, DueKind.DIGEST)
        await stage.start_over(invited=invited)
        assert (await lasting(store) == rows) == (not invited)
    assert lived == [False, True]
    assert clock.now() - began < timedelta(hours=1)
    assert mailbox.all() == mails
    assert await step_until(house, clock, DueKind.ASK), "time goes on from there"


@pytest.mark.slow
async def test_time_goes_on_past_what_somebody_else_is_sending_and_nobody_sends_what_is_put_back(
    store: SqlStore, prompts: Prompts, tmp_path: Path
) -> None:
    clock = DemoClock(tmp_path / "clock.json")
    house = House(store, prompts, {Platform.WEB: WebPoster(Changes())}, clock.now)
    stage = Stage(house, clock, Changes(), "s" * 64, store, Mailbox(clock.now, {}))
    await stage.begin_once()
    row = ToSend(RUTH.reader, "on its way", CardKind.HELP, "", proactive=False, at=clock.now())
    async with store.write() as tx:
        await tx.outbox.enqueue([row])
        (held,) = await tx.outbox.lease(clock.now(), 1, PAGE)
    kept = await store.all_rows()
    assert await step_until(house, clock, DueKind.DIGEST)
    async with store.write() as tx:
        assert not await tx.outbox.lease(clock.now(), 1, PAGE), "it is still in somebody's hands"
    await store.put_back(kept)
    async with store.write() as tx:
        assert [each.id for each in await tx.outbox.lease(clock.now(), 1, PAGE)] == [held.id]


async def lasting(store: SqlStore) -> dict[str, object]:
    """All rows but the sessions: everybody is signed in anew each time."""
    return {table.name: rows for table, rows in (await store.all_rows()).items() if table.name != "sessions"}
