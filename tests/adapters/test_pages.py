"""Pages over real HTTP: what was written is never lost, whatever page it was written on."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

from adapters.house import House
from adapters.web.app import Pages
from adapters.web.changes import Changes, WebPoster
from adapters.web.guard import COOKIE, Visitor, hashed
from bot.model import Platform, Role
from bot.ports import Prompts
from storage.store import SqlStore
from tests.cast import ADA
from tests.house import House as Story
from tests.test_round import THURSDAY_17, TUESDAY_10, begin

TOKEN = "ada-in-her-browser"


class Browser:
    """Ada's browser, without script: it posts what a page's own form holds."""

    def __init__(self, client: TestClient, story: Story) -> None:  # type: ignore[type-arg]
        self.client = client
        self.story = story
        self.csrf = Visitor(ADA.reader, Role.MEMBER, TOKEN).csrf

    async def page(self) -> str:
        answer = await self.client.get("/", headers={"Cookie": f"{COOKIE}={TOKEN}"})
        return await answer.text()

    async def post(self, **fields: str) -> tuple[int, str]:
        headers = {"Cookie": f"{COOKIE}={TOKEN}"}
        data = {"csrf": self.csrf, **fields}
        answer = await self.client.post("/", data=data, headers=headers, allow_redirects=False)
        return answer.status, await answer.text()


@pytest.fixture
async def ada(store: SqlStore, prompts: Prompts) -> AsyncIterator[Browser]:
    story = await begin(store, prompts)
    await story.wait_until(TUESDAY_10)
    changes = Changes()
    house = House(store, prompts, {Platform.WEB: WebPoster(changes)}, lambda: story.now)
    async with store.write() as tx:
        await tx.sessions.add(ADA.reader, hashed(TOKEN), story.now, story.now + timedelta(days=9))
    async with TestClient(TestServer(Pages(house, changes).app())) as client:
        yield Browser(client, story)


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
    assert "Start again?" in page
    assert not any(each.written for each in (await ada.story.view(ADA)).rounds.values())
