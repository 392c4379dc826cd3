"""Leaving, a copy of everything, and erasure: what each does, what it leaves, and who can tell."""

import asyncio
import io
import json
import logging
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.conversation.state import Standing
from bot.due import tick
from bot.messages import Action, CardKind
from bot.rows import Prompts
from bot.when import DAY
from storage import tables as t
from storage.store import SqlStore
from tests.adapters.service import (
    ADDED,
    ANSWER,
    CANARIES,
    CHALLENGE,
    DIGEST,
    FOR_ME,
    HOW,
    NOW,
    ONLY_ME,
    OTHER,
    PAGE,
    PROPOSAL,
    TURN,
    TURN_ANSWER,
    Service,
    filled,
    only_sqlite,
    owned_ids,
    token,
)
from tests.adapters.test_matrix import csrf
from tests.cast import ADA, BEN, FAY, MONDAY
from tests.databases import administrator, everything
from tests.test_round import THURSDAY_17, TUESDAY_10, begin

NAME, ADDRESS = "Adaobi Unmistakable", "adaobi.unmistakable@example.org"
HERS = (HOW, FOR_ME, CHALLENGE, PROPOSAL, ANSWER, ADDED, TURN, ONLY_ME)


# ---- leaving


async def test_leaving_can_be_undone_for_a_day_and_nobody_can_tell(store: SqlStore, prompts: Prompts) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    before = await house.page(BEN)
    await house.press(ADA, Action.LEAVE)
    assert (await house.page(ADA))[-1].kind is CardKind.LEFT
    await house.wait(hours=23)
    assert [card for card in await house.page(BEN) if card.kind is not CardKind.NUDGE] == before
    await house.press(ADA, Action.START)
    assert (await house.view(ADA)).conversation.standing is Standing.ACTIVE
    await house.wait_until(MONDAY + 2 * DAY)
    assert CardKind.PARTNER_LEFT not in {card.kind for card in await house.page(BEN)}


async def test_after_a_day_the_partner_is_told_kindly_and_is_asked_alone(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "What I shared before I left.", partner=True, facilitators="no")
    await house.answer(BEN, "What Ben shared.", partner=True, facilitators="no")
    await house.press(ADA, Action.LEAVE)
    await house.wait(hours=25)
    told = next(card for card in await house.page(BEN) if card.kind is CardKind.PARTNER_LEFT)
    assert told.fallback().startswith("Your partner has left the programme.\nI am told no reason")
    await house.wait_until(THURSDAY_17)
    assert "What I shared" not in str([card.fallback() for card in await house.page(BEN)]), "it did not open"
    await house.wait_until(TUESDAY_10 + 7 * DAY)
    mine = (await house.view(BEN)).rounds[(await house.view(BEN)).conversation.round or ""]
    assert mine.solo
    assert "You are asked by yourself now. This question is yours alone." in str(
        [card.fallback() for card in await house.page(BEN)]
    )
    assert (await house.view(ADA)).conversation.round != mine.id, "whoever has left is asked nothing"
    await house.press(ADA, Action.START)
    assert (await house.view(ADA)).conversation.standing is Standing.LEFT
    assert "ask the facilitators" in (await house.page(ADA))[-1].fallback()


async def test_nothing_is_written_to_whoever_has_left_and_nothing_of_theirs_is_kept(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.press(ADA, Action.LEAVE)
    sent = len(house.ledger.to(ADA))
    await house.say(ADA, "Is this kept?")
    assert "was not kept" in (await house.page(ADA))[-1].fallback()
    answered = len(house.ledger.to(ADA))
    assert answered == sent + 1
    await house.wait_until(TUESDAY_10 + 14 * DAY)
    assert len(house.ledger.to(ADA)) == answered


# ---- a copy


def files_of(body: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


async def test_a_copy_holds_all_of_ones_own_words_and_nobody_elses(service: Service) -> None:
    answer = await service.ask("GET", "/me/copy", ADA)
    assert (
        "Content-Disposition",
        'attachment; filename="alongside-' + f'{NOW:%Y-%m-%d}.zip"',
    ) in answer.headers
    files = files_of(answer.body)
    assert set(files) == {"what-you-wrote.html", "what-you-wrote.json"}
    for text in files.values():
        for canary in CANARIES:
            assert (canary.word in text) == (canary in HERS), canary.word
        assert "your partner’s words are theirs" in text
    assert json.loads(files["what-you-wrote.json"])["name"] == "Ada"
    assert "<script" not in files["what-you-wrote.html"]


# ---- erasure


async def erase(service: Service, sure: str = "yes") -> tuple[int, str]:
    form = {"csrf": csrf(ADA), "action": "erase", "sure": sure}
    answer = await service.ask("POST", "/me/leaving", ADA, form)
    return answer.status, answer.text()


@only_sqlite
async def test_nothing_is_removed_without_the_tick(service: Service) -> None:
    before = await service.snapshot()
    status, page = await erase(service, sure="")
    assert status == 422
    assert "Tick the box first" in page
    assert await service.snapshot() == before


async def test_erasing_leaves_neither_words_nor_name_anywhere(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    async with everything(service.store.database) as connection:
        await connection.execute(
            t.people.update().where(t.people.c.id == ADA.id).values(name=NAME, email=ADDRESS)
        )
    assert NAME.encode() in await asyncio.to_thread(bytes_of, service.store), "the control"
    digest = (await owned_ids(service.store))["digests 0"]
    caplog.set_level(logging.DEBUG)
    status, page = await erase(service)
    assert status == 200
    assert "Everything is removed" in page
    await service.house.settle()

    pages = [
        (await service.ask("GET", path, who)).text()
        for who in (ADA, BEN, FAY)
        for path in (PAGE, "/me/reflections", filled(DIGEST, [digest])[0])
    ]
    for text in pages:
        assert not [each.word for each in HERS if each.word in text]
        assert NAME not in text
    assert (await service.ask("GET", PAGE, ADA)).status == 401, "signed out everywhere"
    bens = (await service.ask("GET", PAGE, BEN)).text()
    assert "Your partner has left the programme." in bens
    kept = (await service.ask("GET", "/me/reflections", BEN)).text()
    assert OTHER.word in kept, "Ben’s own words are his"
    assert TURN_ANSWER.word in kept, "also what he answered to words that are gone"
    assert (await service.ask("GET", filled(DIGEST, [digest])[0], FAY)).status == 200

    async with everything(service.store.database) as connection:
        left = (await connection.execute(t.words.select().where(t.words.c.person_id == ADA.id))).all()
    assert left == []
    stored = await asyncio.to_thread(bytes_of, service.store)
    for trace in (NAME, ADDRESS, token(ADA)):
        assert trace.encode() not in stored
    for word in (NAME, ADDRESS, *(each.word for each in HERS)):
        assert word not in caplog.text


def bytes_of(store: SqlStore) -> bytes:
    """Every byte that the database keeps of its rows."""
    if store.database.sqlite:
        name = Path(str(store.database.url.database))
        return b"".join(each.read_bytes() for each in name.parent.glob(f"{name.name}*"))
    with psycopg.connect(administrator(store.database), autocommit=True) as connection:
        (home,) = connection.execute("SHOW data_directory").fetchall()[0]
        asked = "SELECT oid FROM pg_database WHERE datname = current_database()"
        (number,) = connection.execute(asked).fetchall()[0]
        connection.execute("CHECKPOINT")
    base = Path(home, "base", str(number))
    return b"".join(each.read_bytes() for each in base.iterdir() if each.is_file())


async def test_the_clock_goes_on_for_the_other_half_of_whoever_was_erased(service: Service) -> None:
    await erase(service)
    for days in range(1, 15):
        await tick(service.store, service.house.prompts, NOW + timedelta(days=days))
    async with service.store.read() as tx:
        view = await tx.views.member(BEN.reader)
        gone = await tx.conversations.of(ADA.reader)
    assert view.partner_left
    assert view.conversation.round is not None
    assert view.rounds[view.conversation.round].solo
    assert gone.round is None
    assert not re.search("canary(answer|added|turn)", repr(view))
