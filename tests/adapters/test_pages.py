"""Pages over real HTTP: what was written is never lost, whatever page it was written on."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient

from adapters.house import House
from adapters.web.app import Pages
from adapters.web.changes import Changes, WebPoster
from adapters.web.cookies import COOKIE
from adapters.web.guard import Visitor, hashed
from bot.errors import Unavailable
from bot.messages import Action, CardKind, Pressed
from bot.model import Platform, Reader, Role
from bot.ports import PAGE as PAGE_LANE
from bot.rows import Prompts, Queued
from bot.view import MemberView
from storage.store import SqlStore
from tests.cast import ADA, BEN
from tests.house import House as Story
from tests.server import Server
from tests.test_round import THURSDAY_17, TUESDAY_10, begin

TOKEN = "ada-in-her-browser"

only_sqlite = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
"""For what the database has no part in."""


class Browser:
    """Ada's browser, without script: it posts what a page's own form holds."""

    def __init__(self, client: TestClient, story: Story) -> None:  # type: ignore[type-arg]
        self.client = client
        self.story = story
        self.csrf = Visitor(ADA.reader, Role.MEMBER, TOKEN).csrf

    async def page(self) -> str:
        answer = await self.client.get("/", headers={"Cookie": f"{COOKIE}={TOKEN}"})
        return await answer.text()

    async def reflections(self) -> str:
        answer = await self.client.get("/reflections", headers={"Cookie": f"{COOKIE}={TOKEN}"})
        assert answer.status == 200
        return html.unescape(await answer.text())

    async def post(
        self, path: str = "/", *, token: str = TOKEN, site: str = "same-origin", **fields: str
    ) -> tuple[int, str]:
        headers = {"Cookie": f"{COOKIE}={token}", "Sec-Fetch-Site": site}
        data = {"csrf": self.csrf, **fields}
        answer = await self.client.post(path, data=data, headers=headers, allow_redirects=False)
        return answer.status, await answer.text()


@pytest.fixture
async def ada(store: SqlStore, prompts: Prompts) -> AsyncIterator[Browser]:
    story = await begin(store, prompts)
    await story.wait_until(TUESDAY_10)
    changes = Changes()
    house = House(store, prompts, {Platform.WEB: WebPoster(changes)}, lambda: story.now)
    async with store.write() as tx:
        await tx.sessions.add(ADA.reader, hashed(TOKEN), story.now, story.now + timedelta(days=9))
    async with TestClient(Server(Pages(house, changes).app())) as client:
        yield Browser(client, story)


def copied(page: str) -> list[str]:
    """What stands on a page to be copied."""
    found = re.findall(r"<textarea [^>]*readonly[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    return [html.unescape(each) for each in found]


def form_in(page: str) -> dict[str, str]:
    """What the form of an error page sends, its boxes and its one button with it."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    found |= dict(re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL))
    found |= dict(re.findall(r'<button class="go" name="(action)" value="([^"]*)">', page))
    return {name: html.unescape(value) for name, value in found.items()}


def part_of(page: str) -> str:
    found = re.search(r'value="send:([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


async def test_words_from_a_page_whose_answer_was_complete_stand_in_the_box_that_is_left(
    ada: Browser,
) -> None:
    part = part_of(await ada.page())
    await ada.story.answer(ADA, "I had gone along with it.", partner=True)
    status, page = await ada.post(action=f"send:{part}", message="One more thing about that day.")
    assert status == 409
    assert "was not added to it" in page
    assert "I had gone along with it.\n\nOne more thing about that day." in page
    await ada.story.wait_until(THURSDAY_17)
    assert "One more thing" not in await ada.page()


@only_sqlite
async def test_a_refused_form_comes_back_with_its_words(ada: Browser) -> None:
    part = part_of(await ada.page())
    status, page = await ada.post(action=f"send:{part}", box=part, message="long " * 5000)
    assert status == 422
    assert "at most 20,000 fit here" in page
    assert "long long long" in page


async def test_two_clicks_at_once_keep_one_message_and_a_second_tab_keeps_its_own(ada: Browser) -> None:
    part = part_of(await ada.page())
    for message in ("The first.", "The first.", "The second."):
        ada.story.now += timedelta(seconds=1)
        status, _ = await ada.post(action=f"send:{part}", nonce="7", message=message)
        assert status == 303
    view = await ada.story.view(ADA)
    assert view.rounds[view.conversation.round or ""].written[0].text == "The first.\n\nThe second."


@only_sqlite
async def test_what_stood_in_the_box_survives_another_button(ada: Browser) -> None:
    part = part_of(await ada.page())
    await ada.post(action="why", box=part, message="Half a thought")
    assert "Half a thought" in await ada.page()


async def test_the_answer_of_a_stopped_person_is_not_kept_and_they_are_told(ada: Browser) -> None:
    part = part_of(await ada.page())
    await ada.post(action="stop")
    status, page = await ada.post(action=f"send:{part}", message="Written in another tab.")
    assert status == 409
    assert "was not kept" in page
    assert copied(page) == ["Written in another tab."]
    assert "Start again?" in page
    assert not any(each.written for each in (await ada.story.view(ADA)).rounds.values())


HARD = "</textarea><script>alert(1)</script> & “quoted”"


@only_sqlite
async def test_a_turn_that_was_taken_already_gives_the_words_back(ada: Browser) -> None:
    for who in (ADA, BEN):
        await ada.story.answer(who, "I had gone along with it.", partner=True)
    await ada.story.wait_until(THURSDAY_17)
    round_ = (await ada.story.view(ADA)).conversation.round or ""
    assert (await ada.post(action="say-back", subject=round_, text="The first thing."))[0] == 303
    status, page = await ada.post(
        action="say-back", subject=round_, text="Written in another tab.", nonce="2"
    )
    assert status == 409
    assert copied(page) == ["Written in another tab."]


@only_sqlite
async def test_words_of_every_kind_that_come_after_a_stop_are_given_back(ada: Browser) -> None:
    await ada.post(action="stop")
    for fields in (
        {"action": "say-back", "text": HARD},
        {"action": "answer-back", "text": HARD},
        {"action": "propose", "challenge": "Letters that people can read."},
        {"action": "choose-words", "words": HARD},
        {"action": "edit:none", "text:none": HARD},
    ):
        status, page = await ada.post(**fields)
        assert status == 409, fields
        assert copied(page) == [list(fields.values())[-1]]


@only_sqlite
async def test_a_form_of_an_earlier_visit_gives_the_words_back_and_cannot_be_sent_from_there(
    ada: Browser,
) -> None:
    status, page = await ada.post(csrf="an earlier visit", action="send", message=HARD)
    assert status == 403
    assert copied(page) == [HARD]
    assert "<script>alert" not in page
    assert "<form" not in page


@only_sqlite
async def test_what_another_site_put_into_a_form_is_not_shown_as_if_somebody_had_written_it(
    ada: Browser,
) -> None:
    for token in (TOKEN, "nobody's"):
        status, page = await ada.post(site="cross-site", token=token, action="send", message="Bought words.")
        assert status in (401, 403)
        assert "Bought words." not in page


@only_sqlite
async def test_whoever_is_no_longer_signed_in_gets_their_words_back(ada: Browser) -> None:
    status, page = await ada.post(token="a browser whose visit is over", action="send", message=HARD)
    assert status == 401
    assert copied(page) == [HARD]


@only_sqlite
async def test_far_too_much_text_is_answered_with_how_much_fits(ada: Browser) -> None:
    status, page = await ada.post(action="send", message="x" * 600_000)
    assert status == 413
    assert "at most 20,000 characters fit in a box" in page
    assert "Who you can reach now" in page


async def test_while_the_database_is_away_the_page_holds_the_words_and_sends_them_again(
    ada: Browser, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = part_of(await ada.page())

    def away(_store: SqlStore) -> None:
        raise Unavailable("The database cannot be reached.")

    for place in ("read", "write"):
        with monkeypatch.context() as patch:
            patch.setattr(SqlStore, place, away)
            status, page = await ada.post(action=f"send:{part}", box=part, message=f"{HARD} {place}")
        assert status == 503
        assert form_in(page)["message"] == f"{HARD} {place}"
        for _ in range(2):
            status, _ = await ada.post(**form_in(page))
            assert status == 303
    view = await ada.story.view(ADA)
    assert view.rounds[view.conversation.round or ""].written[0].text == f"{HARD} read\n\n{HARD} write"


async def test_choices_that_could_not_be_kept_can_be_sent_again(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = part_of(await ada.page())
    for fields in ({"action": f"send:{part}", "message": "It was decided before."}, {"action": "done"}):
        await ada.post(**fields)
    await ada.post(action="decline")

    async def breaks(_house: House, _incoming: object) -> None:
        raise RuntimeError("something nobody foresaw")

    with monkeypatch.context() as patch:
        patch.setattr(House, "take_in", breaks)
        status, page = await ada.post(action="choose", **{f"partner:{part}": "yes"})
    assert status == 500
    assert (await ada.post(**form_in(page)))[0] == 303
    view = await ada.story.view(ADA)
    assert view.rounds[view.conversation.round or ""].written[0].sharing.partner


async def test_an_answer_that_the_sweep_is_sending_is_waited_for(
    store: SqlStore, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = await begin(store, prompts)
    await story.wait_until(TUESDAY_10)
    changes = Changes()
    house = House(store, prompts, {Platform.WEB: WebPoster(changes)}, lambda: story.now)
    swept: list[asyncio.Task[None]] = []
    taken: list[Queued] = []

    async def sweep_first(_house: House, _room: Reader | None = None) -> None:
        async with store.write() as tx:
            taken.extend(await tx.outbox.lease(story.now, 9, PAGE_LANE))
        swept.append(asyncio.create_task(send_late()))

    async def send_late() -> None:
        await asyncio.sleep(0.2)
        for row in taken:
            async with store.write() as tx:
                await tx.outbox.sent(row, ADA.account, "late", story.now)

    monkeypatch.setattr(House, "settle", sweep_first)
    await house.take_in(Pressed("key", ADA.account, story.now, Action.WHY))
    async with store.read() as tx:
        assert (await tx.views.posts(ADA.reader, 1))[0].kind is CardKind.WHY
    await swept[0]


@only_sqlite
async def test_what_is_removed_is_removed_in_two_steps_and_said_to_be(ada: Browser) -> None:
    story = ada.story
    await story.answer(ADA, "I had gone along with it.")
    for path, page in (("/", ada.page), ("/reflections", ada.reflections)):
        before = html.unescape(await page())
        (fold,) = re.findall(
            r"<details><summary>Remove your answer</summary>(.*?)</details>", before, re.DOTALL
        )
        assert "This cannot be undone." in fold
        (button,) = re.findall(r'name="action" value="(remove:[0-9a-f]+)"', before)
        assert f'value="{button}"' in fold
        assert "Those words are gone for good." not in before
        answer = await ada.client.get(f"{path}?said=removed", headers={"Cookie": f"{COOKIE}={TOKEN}"})
        assert "Removed. Those words are gone for good." in await answer.text()
        answer = await ada.client.get(f"{path}?said=nonsense", headers={"Cookie": f"{COOKIE}={TOKEN}"})
        assert "nonsense" not in await answer.text()
    for path in ("/", "/reflections"):
        data = {"csrf": ada.csrf, "action": button, "nonce": path}
        cookie = {"Cookie": f"{COOKIE}={TOKEN}", "Sec-Fetch-Site": "same-origin"}
        done = await ada.client.post(path, data=data, headers=cookie, allow_redirects=False)
        assert (done.status, done.headers["Location"]) == (303, f"{path}?said=removed#now")
    assert "I had gone along with it." not in await ada.page()


async def test_everything_that_was_written_stands_on_one_page_and_can_be_changed_there(ada: Browser) -> None:
    story = ada.story
    await story.press(BEN, Action.WHY)
    await story.answer(ADA, "I had gone along with it.", partner=True, facilitators="named")
    await story.answer(BEN, "I had not noticed.", partner=True)
    assert "only you can see it" not in await ada.reflections()
    assert "if they share too" in await ada.reflections()
    await story.wait_until(THURSDAY_17 + timedelta(days=1))
    page = await ada.reflections()
    assert "Your partner can see it. The facilitators see it with your name." in page
    assert "It stands in the facilitators’ page of" in page
    assert "I had not noticed." not in page
    part = (await story.view(ADA)).rounds[story_round(await story.view(ADA))].written[0].id
    status, _ = await ada.post("/reflections", action="choose", **{f"partner:{part}": "no"})
    assert status == 303
    assert "Only the facilitators" not in await ada.reflections()
    heard = (await story.view(BEN)).rounds[story_round(await story.view(BEN))].heard
    assert [each.text for each in heard] == [None]
    changed = {f"text:{part}": "I went along, and said so."}
    assert (await ada.post("/reflections", action=f"edit:{part}", **changed))[0] == 303
    assert "I went along, and said so." in await ada.reflections()
    status, page = await ada.post("/reflections", action=f"edit:{part}", **{f"text:{part}": "long " * 5000})
    assert (status, "at most 20,000 fit here" in page, "long long" in page) == (422, True, True)
    assert (await ada.post("/reflections", action=f"remove:{part}"))[0] == 303
    assert "There is nothing here yet." in await ada.reflections()


def story_round(view: MemberView) -> str:
    return view.conversation.round or ""
