"""After an opening: one turn each, one answer if asked, word for word; leaving unread or muting tells nobody."""

from sqlalchemy import select

from bot.messages import Action, CardKind
from bot.rows import Prompts
from storage import tables as t
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, Character
from tests.databases import everything
from tests.house import House
from tests.test_round import THURSDAY_17, TUESDAY_10, begin


async def opened(store: SqlStore, prompts: Prompts) -> tuple[House, str]:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    await house.answer(BEN, "I kept the minutes short on purpose this time.", partner=True)
    await house.wait_until(THURSDAY_17)
    assert house.ledger.kinds(ADA)[-1] is CardKind.OPENED
    return house, (await house.view(ADA)).conversation.round or ""


async def test_a_question_back_is_announced_unopened_read_and_answered_once(
    store: SqlStore, prompts: Prompts
) -> None:
    house, round_id = await opened(store, prompts)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    announced = house.ledger.to(BEN)[-1]
    assert announced.kind is CardKind.TURN
    assert "leave out" not in announced.fallback()
    await house.press(BEN, Action.ANSWER_BACK, round_id, {"text": "Too early: I have not read it."})
    await house.press(BEN, Action.READ, round_id)
    assert any("What did you leave out?" in card.fallback() for card in await house.page(BEN))
    for text in ("The part about the budget.", "And a second answer."):
        await house.press(BEN, Action.ANSWER_BACK, round_id, {"text": text})
    page = "\n".join(card.fallback() for card in await house.page(ADA))
    assert "The part about the budget." in page
    assert "second answer" not in page
    assert "Too early" not in page


async def test_each_has_one_turn(store: SqlStore, prompts: Prompts) -> None:
    house, round_id = await opened(store, prompts)
    for text in ("I did not know that.", "And another thing."):
        await house.press(ADA, Action.SAY_BACK, round_id, {"text": text})
    await house.press(BEN, Action.READ, round_id)
    page = "\n".join(card.fallback() for card in await house.page(BEN))
    assert "I did not know that." in page
    assert "another thing" not in page


async def test_leaving_it_unread_or_muting_looks_the_same_to_the_sender(
    store: SqlStore, prompts: Prompts
) -> None:
    pages = []
    house, round_id = await opened(store, prompts)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    for action in (Action.READ, Action.LEAVE_UNREAD, Action.MUTE):
        pages.append(await house.page(ADA))
        await house.press(BEN, action, round_id)
    pages.append(await house.page(ADA))
    assert pages[0] == pages[1] == pages[2] == pages[3]


async def test_somebody_who_muted_is_brought_no_turn_until_they_let_it_through(
    store: SqlStore, prompts: Prompts
) -> None:
    house, round_id = await opened(store, prompts)
    await house.press(BEN, Action.MUTE, round_id)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    await house.wait(days=1)
    assert CardKind.TURN not in house.ledger.kinds(BEN)
    shown = "\n".join(card.fallback() for card in await house.page(BEN))
    assert "Let it through again" in shown
    await house.press(BEN, Action.UNMUTE, round_id)
    assert "Let it through again" not in "\n".join(card.fallback() for card in await house.page(BEN))


async def test_a_round_that_did_not_open_has_no_turns(store: SqlStore, prompts: Prompts) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    await house.wait_until(THURSDAY_17)
    round_id = (await house.view(ADA)).conversation.round or ""
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What happened?"})
    assert CardKind.TURN not in house.ledger.kinds(BEN)
    assert not any("What happened" in card.fallback() for card in await house.page(BEN))


async def page_of(house: House, who: Character) -> str:
    return "\n".join(card.fallback() for card in await house.page(who))


async def kept(store: SqlStore) -> int:
    """How many rows of words there are, whoever's they are."""
    async with everything(store.database) as connection:
        return len((await connection.execute(select(t.words.c.id))).all())


async def test_what_was_said_and_answered_can_be_taken_back_and_is_gone_for_both(
    store: SqlStore, prompts: Prompts
) -> None:
    house, round_id = await opened(store, prompts)
    before = await kept(store)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    await house.press(BEN, Action.READ, round_id)
    await house.press(BEN, Action.ANSWER_BACK, round_id, {"text": "The part about the budget."})
    await house.wait(days=1)
    assert await kept(store) == before + 2

    await house.press(BEN, Action.UNSAY, round_id)
    await house.press(ADA, Action.UNSAY_ANSWER, round_id)
    for action in (Action.UNSAY, Action.UNSAY_ANSWER):
        await house.press(CLEO, action, round_id)
    assert await kept(store) == before + 2, "somebody took back what is not theirs"

    await house.press(ADA, Action.UNSAY, round_id)
    assert "has taken it back" in await page_of(house, BEN)
    assert "The part about the budget." in await page_of(house, BEN)
    await house.press(BEN, Action.UNSAY_ANSWER, round_id)
    assert await kept(store) == before
    for who in (ADA, BEN):
        page = await page_of(house, who)
        assert "What did you leave out?" not in page
        assert "The part about the budget." not in page
        assert "You took it back." in page
    assert "Your partner answered: Taken back." in await page_of(house, ADA)


async def test_after_a_stop_what_was_said_can_still_be_taken_back(store: SqlStore, prompts: Prompts) -> None:
    house, round_id = await opened(store, prompts)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    await house.press(BEN, Action.READ, round_id)
    await house.press(ADA, Action.STOP)
    await house.press(ADA, Action.UNSAY, round_id)
    assert "What did you leave out?" not in await page_of(house, BEN)


async def test_what_was_taken_back_can_be_neither_said_anew_nor_answered(
    store: SqlStore, prompts: Prompts
) -> None:
    house, round_id = await opened(store, prompts)
    before = await kept(store)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    await house.press(BEN, Action.READ, round_id)
    await house.press(ADA, Action.UNSAY, round_id)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "And what else?"})
    await house.press(BEN, Action.ANSWER_BACK, round_id, {"text": "The part about the budget."})
    assert await kept(store) == before


async def test_what_was_taken_back_before_it_was_announced_is_not_announced(
    store: SqlStore, prompts: Prompts
) -> None:
    house, round_id = await opened(store, prompts)
    await house.wait(hours=6)
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you leave out?"})
    assert CardKind.TURN not in house.ledger.kinds(BEN), "it is late: nobody is written to"
    await house.press(ADA, Action.UNSAY, round_id)
    await house.wait(days=1)
    assert CardKind.TURN not in house.ledger.kinds(BEN)
    assert "taken" not in await page_of(house, BEN)
