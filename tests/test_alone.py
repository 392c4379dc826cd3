"""Questions for oneself alone, by choice; and silence for a pair in which somebody has died or is very ill."""

from datetime import timedelta

import pytest

from bot.errors import Unknown
from bot.hold import go_on_alone, hold, lift
from bot.messages import Action, CardKind
from bot.model import Facilitators
from bot.rows import Prompts
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, FAY, IVY, JO, Character
from tests.conftest import only_sqlite
from tests.house import House
from tests.test_round import THURSDAY_17, TUESDAY_10, begin, just_two

WEEK = timedelta(days=7)
SAID = "They had decided before I came in."


async def weeks(store: SqlStore, prompts: Prompts, *, ben: bool | None) -> House:
    """Two weeks in which Ada answers and shares; Ben does too, or answers for himself, or does not (None)."""
    house = await just_two(store, prompts)
    for week in range(2):
        await house.wait_until(TUESDAY_10 + week * WEEK)
        await house.answer(ADA, SAID, partner=True)
        if ben is not None:
            await house.answer(BEN, SAID, partner=ben)
        await house.wait_until(THURSDAY_17 + week * WEEK)
    return house


async def pair_of(house: House, who: Character = ADA) -> str:
    return (await house.view(who)).conversation.pair or ""


async def test_whoever_still_answers_is_offered_questions_for_themselves_after_two_that_did_not_open(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await weeks(store, prompts, ben=None)
    assert house.ledger.kinds(ADA)[-2:] == [CardKind.NOT_OPENED, CardKind.ALONE_OFFER]
    assert "partner" not in house.ledger.to(ADA)[-1].fallback().lower()
    assert CardKind.ALONE_OFFER not in house.ledger.kinds(BEN), "whoever does not answer is not asked more"


@only_sqlite
async def test_nothing_is_offered_while_answers_open(store: SqlStore, prompts: Prompts) -> None:
    house = await weeks(store, prompts, ben=True)
    assert CardKind.ALONE_OFFER not in house.ledger.kinds(ADA)


async def test_alone_nothing_opens_the_partner_reads_what_they_always_read_and_it_can_be_changed_back(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await weeks(store, prompts, ben=False)
    await house.press(ADA, Action.ALONE)
    await house.wait_until(TUESDAY_10 + 2 * WEEK)
    round_ = (await house.view(ADA)).rounds[(await house.view(ADA)).conversation.round or ""]
    assert round_.solo
    house.ledger.posted.clear()
    for who in (ADA, BEN):
        # A form could name the partner all the same.
        await house.answer(who, SAID, partner=True, facilitators=Facilitators.NAMED.value)
    await house.wait_until(THURSDAY_17 + 2 * WEEK)
    assert not {CardKind.OPENED, CardKind.NOT_OPENED} & set(house.ledger.kinds(ADA))
    assert house.ledger.kinds(BEN)[-1] is CardKind.NOT_OPENED
    assert (await house.view(ADA)).rounds[round_.id].written[0].text == SAID
    assert not any(each.heard for each in (await house.view(BEN)).rounds.values())
    await house.press(ADA, Action.TOGETHER)
    await house.wait_until(TUESDAY_10 + 3 * WEEK)
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True)
    await house.wait_until(THURSDAY_17 + 3 * WEEK)
    assert [house.ledger.kinds(who)[-1] for who in (ADA, BEN)] == [CardKind.OPENED] * 2


async def test_a_pair_that_is_held_is_sent_nothing_and_nobody_is_told(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True)
    await hold(store, FAY.reader, await pair_of(house), house.now)
    house.ledger.posted.clear()
    await house.wait_until(THURSDAY_17 + 2 * WEEK)
    assert house.ledger.kinds(ADA) == house.ledger.kinds(BEN) == []
    assert CardKind.QUESTION in house.ledger.kinds(CLEO)
    await house.press(ADA, Action.HELP)
    assert house.ledger.kinds(ADA) == [CardKind.HELP], "what somebody asks for is answered"
    await lift(store, FAY.reader, await pair_of(house), house.now)
    await house.wait_until(TUESDAY_10 + 3 * WEEK)
    assert house.ledger.kinds(BEN) == [CardKind.QUESTION]


@only_sqlite
async def test_one_of_a_held_pair_goes_on_alone_and_is_told_nothing(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    pair = await pair_of(house)
    await hold(store, FAY.reader, pair, house.now)
    await go_on_alone(store, FAY.reader, pair, ADA.id, house.now)
    house.ledger.posted.clear()
    await house.wait_until(TUESDAY_10 + WEEK)
    assert set(house.ledger.kinds(ADA)) == {CardKind.QUESTION}
    assert house.ledger.kinds(BEN) == []
    said = house.ledger.to(ADA)[-1].fallback()
    assert "You are asked by yourself now." in said
    assert "has left" not in said


@only_sqlite
@pytest.mark.parametrize("stranger", [ADA, CLEO, JO, IVY])
async def test_only_the_programmes_own_facilitators_record_it(
    store: SqlStore, prompts: Prompts, stranger: Character
) -> None:
    house = await begin(store, prompts)
    pair = await pair_of(house)
    with pytest.raises(Unknown):
        await hold(store, stranger.reader, pair, house.now)
    with pytest.raises(Unknown):
        await go_on_alone(store, FAY.reader, pair, ADA.id, house.now)
    assert not (await house.view(ADA)).conversation.held
