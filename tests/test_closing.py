"""The end of a programme: one last question in the week after the last module, a keepsake, and then none.

One database is enough here: what is planned is stored and claimed by the same statements, which other tests try.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.keepsake import keepsake
from bot.hold import hold
from bot.leave import erase
from bot.messages import Action, CardKind
from bot.model import Platform
from bot.questions.choose import ENDING
from bot.rows import Prompts
from storage.database import Database
from storage.store import SqlStore
from tests.adapters.test_setting_up import BEFORE, PAIR, PROGRAMME, apply, as_character, bring, people
from tests.cast import ADA, BEN, CLEO, DAN, FAY, MONDAY, Character, bring_in
from tests.conftest import KEYS, Template
from tests.house import House, Ledger
from tests.test_round import THURSDAY_17, TUESDAY_10

WEEK = timedelta(days=7)
FIRST_MODULE = date(2026, 9, 1)
"""Twelve weeks before the last one, which is on Tuesday 24 November."""
ASKED, OPENS = TUESDAY_10 + 2 * WEEK, THURSDAY_17 + 2 * WEEK
"""When the last question comes, and when it opens: what was to open after the last module is not asked before it."""
LAST = "This is the last question. After it I ask nothing more."


@pytest.fixture
async def store(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[SqlStore]:
    database = Database(sqlite_template.fresh(tmp_path))
    opened = SqlStore(database, KEYS)
    await opened.check_keys(MONDAY)
    yield opened
    await database.close()


@pytest.fixture
async def house(store: SqlStore, prompts: Prompts) -> House:
    """The last weeks of the programme; Ada and Ben have joined."""
    await bring_in(store, first_module=FIRST_MODULE, everybody=False)
    house = House(store, prompts)
    await house.join(ADA, BEN)
    return house


@pytest.fixture
async def with_others(store: SqlStore, prompts: Prompts) -> House:
    await bring_in(store, first_module=FIRST_MODULE)
    return House(store, prompts)


async def asked(house: House, since: datetime) -> list[datetime]:
    async with house.store.read() as tx:
        posts = await tx.views.posts(ADA.reader, 50)
    return [post.posted_at for post in posts if post.kind is CardKind.QUESTION and post.posted_at > since]


async def test_after_the_last_module_one_more_question_comes_is_told_to_be_the_last_and_is(
    house: House,
) -> None:
    await house.wait_until(TUESDAY_10)
    assert LAST not in house.ledger.to(ADA)[-1].fallback()
    await house.wait_until(THURSDAY_17)
    assert (await house.view(ADA)).next_ask_at == ASKED, "nobody is promised a question that is not asked"
    await house.wait_until(ASKED)
    assert await asked(house, TUESDAY_10) == [ASKED]
    for who in (ADA, BEN):
        assert LAST in house.ledger.to(who)[-1].fallback()
        (round_,) = [each for each in (await house.view(who)).rounds.values() if each.closing]
        assert house.prompts.bank.questions[round_.question].theme in ENDING
        assert round_.opens_at == OPENS
    await house.press(ADA, Action.SKIP)
    await house.wait(days=21)
    assert await asked(house, ASKED) == []
    assert (await house.view(ADA)).next_ask_at is None
    await house.press(ADA, Action.READ_ON)
    assert "There is no question to come any more." in house.ledger.to(ADA)[-1].fallback()


async def test_the_last_round_opens_and_is_spoken_about_like_any_other(house: House) -> None:
    await house.wait_until(ASKED)
    await house.answer(ADA, "We ring each other now.", partner=True)
    await house.answer(BEN, "I ask before I book the room.", partner=True)
    await house.wait_until(OPENS)
    assert CardKind.OPENED in house.ledger.kinds(ADA)
    round_ = (await house.view(ADA)).rounds[(await house.view(ADA)).conversation.round or ""]
    await house.press(ADA, Action.SAY_BACK, round_.id, {"text": "I had not seen that."})
    await house.wait(hours=18)
    assert house.ledger.kinds(BEN)[-1] is CardKind.TURN


async def kept(house: House, who: Character) -> str:
    """What stands in somebody's keepsake."""
    async with house.store.read() as tx:
        view = await tx.views.member(who.reader, everything=True)
    return "\n".join(card.fallback() for card in keepsake(view, house.prompts))


@pytest.mark.parametrize("opens", [True, False])
async def test_at_the_last_opening_both_are_told_of_their_keepsake_whatever_came_of_it(
    house: House, opens: bool
) -> None:
    await house.wait_until(ASKED)
    await house.answer(ADA, "We ring each other now.", partner=True)
    await house.answer(BEN, "I ask before I book the room.", partner=opens)
    house.ledger.posted.clear()
    await house.wait_until(OPENS)
    came = CardKind.OPENED if opens else CardKind.NOT_OPENED
    for who in (ADA, BEN):
        assert house.ledger.kinds(who) == [came, CardKind.KEEPSAKE]
        assert ("We ring" in await kept(house, who)) == opens
        assert ("I ask before" in await kept(house, who)) == opens
    assert house.ledger.to(ADA)[-1] == house.ledger.to(BEN)[-1]
    await house.wait(days=14)
    assert house.ledger.kinds(ADA).count(CardKind.KEEPSAKE) == 1


@pytest.mark.parametrize(
    ("action", "told"), [(Action.PAUSE, True), (Action.LEAVE, False), (Action.STOP, False)]
)
async def test_whoever_paused_finds_the_card_on_their_page_and_no_mail_goes_out_for_it(
    house: House, action: Action, told: bool
) -> None:
    postbox = Ledger()
    house.others[Platform.MAIL] = postbox
    async with house.store.write() as tx:
        for who in (ADA, BEN):
            await tx.setup.change_person(await tx.people.get(who.reader), f"{who.id}@northbank.example")
    await house.wait_until(ASKED)
    await house.press(BEN, action)
    postbox.posted.clear()
    await house.wait_until(OPENS)
    assert (CardKind.KEEPSAKE in house.ledger.kinds(BEN)) == told
    assert CardKind.KEEPSAKE in house.ledger.kinds(ADA)
    assert [each.to.person for each in postbox.posted if each.card.kind is CardKind.KEEPSAKE] == [ADA.id]


async def test_a_keepsake_holds_what_still_stands_and_what_was_read_and_nothing_else(house: House) -> None:
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "They had decided before.", partner=True, facilitators="named")
    await house.answer(BEN, "I thought that it went well.", partner=True)
    assert await kept(house, ADA) == await kept(house, BEN) == ""
    await house.wait_until(THURSDAY_17)
    first = (await house.view(ADA)).conversation.round or ""
    await house.press(ADA, Action.SAY_BACK, first, {"text": "Who was asked?"})
    assert "Who was asked?" in await kept(house, ADA), "whether it was read does not show"
    assert "Who was asked?" not in await kept(house, BEN)
    await house.wait(hours=16)
    await house.press(BEN, Action.READ, first)
    await house.press(BEN, Action.ANSWER_BACK, first, {"text": "Only staff."})
    await house.wait_until(ASKED)
    await house.answer(ADA, "We ring each other now.", partner=True)
    await house.answer(BEN, "Nothing of this is for her.")
    await house.wait_until(OPENS)
    for who in (ADA, BEN):
        said = await kept(house, who)
        order = [
            "They had decided",
            "went well",
            "Ada asked: “Who was asked?”",
            "Ben answered: “Only staff.”",
        ]
        places = [said.index(each) for each in (order if who is ADA else [order[1], order[0], *order[2:]])]
        assert places == sorted(places)
        assert "We ring" not in said
        assert "for her" not in said
    part = (await house.view(BEN)).rounds[first].written[0]
    await house.press(BEN, Action.CHOOSE, first, {f"partner:{part.id}": "no"})
    for who in (ADA, BEN):
        assert "went well" not in await kept(house, who)
        assert "They had decided" in await kept(house, who)
    await erase(house.store, BEN.reader, house.now)
    assert "Only staff" not in await kept(house, ADA)
    assert "They had decided" in await kept(house, ADA)
    mine = (await house.view(ADA)).rounds[first].written[0]
    await house.press(ADA, Action.REMOVE, mine.id)
    assert await kept(house, ADA) == "", "where nobody's words stand any more there is nothing to keep"


async def test_the_last_question_comes_in_a_week_of_rest_too(house: House) -> None:
    await house.wait_until(THURSDAY_17)
    await house.press(ADA, Action.LESS_OFTEN)
    assert (await house.view(ADA)).next_ask_at == ASKED
    await house.wait_until(ASKED - timedelta(hours=1))
    assert (await house.view(ADA)).next_ask_at == ASKED
    await house.wait_until(ASKED)
    assert LAST in house.ledger.to(ADA)[-1].fallback()


async def test_the_last_question_comes_to_whoever_let_two_go_by_and_not_to_whoever_paused(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store, first_module=FIRST_MODULE + WEEK, everybody=False)
    house = House(store, prompts)
    await house.join(ADA, BEN)
    await house.wait_until(OPENS)
    await house.press(BEN, Action.PAUSE)
    await house.wait_until(ASKED + WEEK)
    assert LAST in house.ledger.to(ADA)[-1].fallback()
    assert LAST not in house.ledger.to(BEN)[-1].fallback()


async def test_somebody_whose_partner_never_came_is_asked_the_last_one_for_themselves(
    with_others: House,
) -> None:
    house = with_others
    await house.join(CLEO)
    await house.wait_until(ASKED)
    last = house.ledger.to(CLEO)[-1].fallback()
    assert LAST in last
    assert "This question is yours alone." in last
    await house.join(DAN)
    await house.wait(days=14)
    assert CardKind.QUESTION not in house.ledger.kinds(DAN)


async def test_a_pair_that_is_held_is_not_told_of_the_end(house: House) -> None:
    await house.wait_until(THURSDAY_17)
    await hold(house.store, FAY.reader, (await house.view(ADA)).conversation.pair or "", house.now)
    house.ledger.posted.clear()
    await house.wait_until(OPENS + WEEK)
    assert not {ADA.id, BEN.id} & {each.account.external for each in house.ledger.posted}


async def test_after_a_time_of_silence_the_last_question_comes_late_and_once(house: House) -> None:
    await house.wait_until(THURSDAY_17)
    house.now = datetime(2026, 12, 10, 9, tzinfo=UTC)
    await house.wait(days=14)
    assert await asked(house, TUESDAY_10) == [datetime(2026, 12, 15, 10, tzinfo=UTC)]


async def test_whoever_joins_when_it_is_over_is_told_so_and_asked_nothing(with_others: House) -> None:
    house = with_others
    await house.wait_until(OPENS + WEEK)
    await house.join(CLEO, DAN)
    (ready,) = [card for card in house.ledger.to(DAN) if card.kind is CardKind.READY]
    assert "there is no question to come any more" in ready.fallback()
    await house.wait(days=14)
    assert CardKind.QUESTION not in house.ledger.kinds(CLEO)


# ---- a programme that changes its end

SHORT = PROGRAMME.replace("2027-03-02", "2027-01-21").replace("2027-04-20", "2027-01-26")
MORE = SHORT + '\n[[module]]\ntitle = "Once more"\ntheme = "what changed"\nstarts = 2027-02-16\n'
TUESDAY = datetime(2027, 2, 2, 10, tzinfo=UTC)
"""When the last question of the short programme is asked, a week after its last module."""


@pytest.fixture
async def short(store: SqlStore, prompts: Prompts) -> tuple[House, Character]:
    """One question, the last module, and the last question; and somebody who answers."""
    await apply(store, SHORT)
    await bring(store)
    house = House(store, prompts, BEFORE)
    ruth, tom = [as_character(each) for name, each in (await people(store)).items() if name in PAIR]
    await house.join(ruth, tom)
    return house, ruth


async def test_a_later_last_module_takes_back_that_a_question_is_the_last_and_a_new_one_is_at_the_new_end(
    short: tuple[House, Character],
) -> None:
    house, ruth = short
    await house.wait_until(TUESDAY - timedelta(hours=20))
    await apply(house.store, MORE, house.now)
    await house.wait_until(TUESDAY)
    assert house.ledger.kinds(ruth)[-1] is CardKind.QUESTION
    assert "last question" not in house.ledger.to(ruth)[-1].fallback()
    for week in range(1, 4):
        await house.press(ruth, Action.SKIP)
        await house.wait_until(TUESDAY + week * WEEK)
    assert CardKind.KEEPSAKE not in house.ledger.kinds(ruth)
    assert house.ledger.kinds(ruth).count(CardKind.QUESTION) == 1 + 1 + 1 + 1
    assert LAST in house.ledger.to(ruth)[-1].fallback()


async def test_a_week_that_was_left_free_for_the_end_is_used_when_the_end_comes_later(
    short: tuple[House, Character],
) -> None:
    house, ruth = short
    await house.wait_until(TUESDAY - WEEK - timedelta(days=2))
    await apply(house.store, MORE, house.now)
    await house.press(ruth, Action.SKIP)
    await house.wait_until(TUESDAY)
    assert house.ledger.kinds(ruth).count(CardKind.QUESTION) == 3


async def test_another_title_or_rhythm_after_the_last_question_asks_nobody_anything(
    short: tuple[House, Character],
) -> None:
    house, ruth = short
    await house.wait_until(TUESDAY + timedelta(days=6))
    other = SHORT.replace("What we carry on", "What stays").replace('day = "Tuesday"', 'day = "Monday"')
    assert (await apply(house.store, other, house.now)).changes
    before = house.ledger.kinds(ruth).count(CardKind.QUESTION)
    assert before == 2
    await house.wait(days=14)
    assert house.ledger.kinds(ruth).count(CardKind.QUESTION) == before
