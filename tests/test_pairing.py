"""A new pair for whoever is left, and what facilitators see of a programme beside the words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.glance import quiet_pairs
from bot.cards import dates
from bot.conversation.state import PairState
from bot.errors import Refused, Unknown
from bot.messages import Action, CardKind
from bot.model import Role
from bot.pairing import pair_up
from bot.rows import Glance, Prompts
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, DAN, EVE, FAY, GUS, IVY, JO, ZOE, Character
from tests.conftest import only_sqlite
from tests.house import House
from tests.test_round import THURSDAY_17, TUESDAY_10, begin

WEEK = timedelta(days=7)


async def glance(house: House, who: Character = FAY) -> Glance:
    async with house.store.read() as tx:
        return await tx.glances.glance(who.reader)


def answered(found: Glance, one: str) -> list[int]:
    """How many answered, week by week, of the pair that somebody is in."""
    return [
        week.answered for pair in found.pairs if one in (pair.one.name, pair.two.name) for week in pair.weeks
    ]


async def left_behind(store: SqlStore, prompts: Prompts) -> House:
    """Ben and Dan have left, and their partners know."""
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    for who in (BEN, DAN):
        await house.press(who, Action.LEAVE)
    await house.wait(days=3)
    return house


async def test_two_who_are_left_become_a_pair_and_begin_afresh(store: SqlStore, prompts: Prompts) -> None:
    house = await left_behind(store, prompts)
    assert {each.name for each in (await glance(house)).people if each.free} == {"Ada", "Cleo"}
    await pair_up(store, FAY.reader, ADA.id, CLEO.id, house.now)
    await house.settle()
    for who, partner in ((ADA, "Cleo"), (CLEO, "Ada")):
        assert house.ledger.kinds(who)[-2:] == [CardKind.NEW_PARTNER, CardKind.CHALLENGE]
        assert f"You have a new partner: {partner}." in house.ledger.to(who)[-2].fallback()
        c = (await house.view(who)).conversation
        assert (c.pair_state, (await house.view(who)).partner_left) == (PairState.BOTH, False)
    assert "the date that they had chosen" not in str(await house.page(CLEO))
    await house.press(ADA, Action.PROPOSE, fields={"challenge": "Letters that people can read."})
    await house.press(CLEO, Action.CONFIRM, "1")
    await house.wait_until(TUESDAY_10 + WEEK)
    for who in (ADA, CLEO):
        await house.answer(who, "They had decided before I came in.", partner=True)
    await house.wait_until(THURSDAY_17 + WEEK)
    assert [house.ledger.kinds(who)[-1] for who in (ADA, CLEO)] == [CardKind.OPENED] * 2
    assert answered(await glance(house), "Ada") == [2]


@only_sqlite
@pytest.mark.parametrize(
    ("one", "two"), [(ADA, ADA), (ADA, EVE), (ADA, BEN), (ADA, FAY), (ADA, JO), (ADA, GUS), (ADA, ZOE)]
)
async def test_nobody_is_paired_who_is_not_free(
    store: SqlStore, prompts: Prompts, one: Character, two: Character
) -> None:
    house = await left_behind(store, prompts)
    with pytest.raises(Refused):
        await pair_up(store, FAY.reader, one.id, two.id, house.now)
    assert (await house.view(ADA)).partner_left


async def test_pressed_twice_there_is_one_pair(store: SqlStore, prompts: Prompts) -> None:
    house = await left_behind(store, prompts)
    await pair_up(store, FAY.reader, ADA.id, CLEO.id, house.now)
    with pytest.raises(Refused):
        await pair_up(store, FAY.reader, CLEO.id, ADA.id, house.now)


@only_sqlite
@pytest.mark.parametrize("who", [ADA, JO, IVY, ZOE])
async def test_only_a_facilitator_reads_of_their_own_programme(
    store: SqlStore, prompts: Prompts, who: Character
) -> None:
    house = await begin(store, prompts)
    if who is IVY:
        assert {each.name for each in (await glance(house, IVY)).people} == {"Gus", "Hal", "Ivy"}
        return
    with pytest.raises(Unknown):
        await glance(house, who)


async def test_who_has_paused_or_stopped_looks_like_who_did_not_answer(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    for action, both in ((Action.PAUSE, (ADA, BEN)), (Action.STOP, (CLEO, DAN))):
        for who in both:
            await house.press(who, action)
    await house.wait_until(THURSDAY_17 + WEEK)
    found = await glance(house)
    assert [answered(found, name) for name in ("Ada", "Cleo", "Eve")] == [[0, 0]] * 3
    assert len({replace(each, id="", name="") for each in found.people if each.role is Role.MEMBER}) == 1


@only_sqlite
async def test_a_pair_counts_as_quiet_after_two_questions_and_answers_count_once_they_opened(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "Only for me.")
    assert answered(await glance(house), "Ada") == []
    await house.wait_until(THURSDAY_17)
    assert answered(await glance(house), "Ada") == [1]
    assert quiet_pairs(await glance(house)) == []
    await house.wait_until(THURSDAY_17 + WEEK)
    assert [each.names for each in quiet_pairs(await glance(house))] == ["Cleo and Dan", "Eve and Fin"]


def test_days_are_said_in_full_and_where_there_is_little_room() -> None:

    assert (dates.day_of(date(2026, 3, 5)), dates.short(date(2026, 3, 5))) == (
        "Thursday 5 March 2026",
        "5 Mar",
    )
