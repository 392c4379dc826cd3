"""Holidays: planned around, honoured also when they are announced too late for that, and no opening moves."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.conversation.state import RoundState
from bot.messages import Action, CardKind
from bot.rows import Prompts
from storage.database import Database
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, FAY, MONDAY, Character
from tests.conftest import KEYS, Template
from tests.house import House
from tests.test_round import FRIDAY_16, THURSDAY_17, TUESDAY_10, begin

DAY, MORNING = timedelta(days=1), timedelta(hours=7)
TUESDAY, THURSDAY, FRIDAY = TUESDAY_10.date(), THURSDAY_17.date(), FRIDAY_16.date()


@pytest.fixture
def closed() -> set[date]:
    """The holidays that are known by now; a test announces some."""
    return set()


@pytest.fixture
async def house(
    template: Template, tmp_path: Path, prompts: Prompts, closed: set[date]
) -> AsyncIterator[House]:
    database = Database(template.fresh(tmp_path))
    store = SqlStore(database, KEYS, lambda _name: closed)
    await store.check_keys(MONDAY)
    yield await begin(store, prompts)
    await database.close()


sqlite = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
"""Where the database has no part in the answer beyond what the first test shows."""


async def posted(house: House, who: Character) -> list[tuple[CardKind, datetime]]:
    async with house.store.read() as tx:
        found = await tx.views.posts(who.reader, 50)
    return [(post.kind, post.posted_at) for post in found if post.posted_at > TUESDAY_10 - MORNING]


async def test_a_question_and_its_opening_are_planned_around_a_holiday(
    house: House, closed: set[date]
) -> None:
    closed |= {TUESDAY, FRIDAY}
    await house.wait_until(TUESDAY_10 + DAY)
    assert await posted(house, ADA) == [(CardKind.QUESTION, TUESDAY_10 + DAY)]
    # Two days after the question is a holiday too.
    assert (await house.view(ADA)).conversation.opens_at == THURSDAY_17 + 2 * DAY
    await house.wait_until(THURSDAY_17 + 2 * DAY)
    kinds = dict(await posted(house, ADA))
    assert kinds[CardKind.NUDGE] == TUESDAY_10 + 2 * DAY
    assert kinds[CardKind.NOT_OPENED] == THURSDAY_17 + 2 * DAY


@sqlite
async def test_a_holiday_that_is_announced_after_planning_is_kept_and_the_opening_stays(
    house: House, closed: set[date]
) -> None:
    await house.wait_until(TUESDAY_10 - timedelta(hours=1))
    closed |= {TUESDAY, THURSDAY}
    await house.wait_until(TUESDAY_10 + DAY)
    assert await posted(house, ADA) == [(CardKind.QUESTION, TUESDAY_10 + DAY - timedelta(hours=1))]
    view = await house.view(ADA)
    assert view.conversation.opens_at == THURSDAY_17
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    await house.answer(BEN, "I kept the minutes short on purpose.", partner=True)
    await house.wait_until(THURSDAY_17)
    opened = (await house.view(ADA)).rounds[view.conversation.round or ""]
    assert opened.state is RoundState.OPENED, "only the clock opens, and it did"
    assert CardKind.OPENED not in dict(await posted(house, ADA))
    await house.wait_until(FRIDAY_16)
    assert dict(await posted(house, ADA))[CardKind.OPENED] == FRIDAY_16 - MORNING


@sqlite
async def test_a_question_that_could_be_told_only_after_its_opening_is_not_asked(
    house: House, closed: set[date]
) -> None:
    await house.wait_until(TUESDAY_10 - timedelta(hours=1))
    closed |= {TUESDAY, TUESDAY + DAY, THURSDAY}
    await house.wait_until(FRIDAY_16)
    assert await posted(house, ADA) == []
    assert (await house.view(ADA)).conversation.unanswered == 0


@sqlite
async def test_a_question_for_which_new_hours_leave_no_day_before_its_opening_stays_and_waits_for_them(
    house: House, closed: set[date]
) -> None:
    await house.wait_until(TUESDAY_10 - timedelta(hours=1))
    closed |= {TUESDAY + DAY}
    await house.press(ADA, Action.HOURS, fields={"zone": "Europe/London", "from": "07:00", "to": "08:00"})
    assert (await house.view(ADA)).next_ask_at == TUESDAY_10
    await house.wait_until(THURSDAY_17 - timedelta(hours=1))
    assert await posted(house, ADA) == [(CardKind.QUESTION, THURSDAY_17 - timedelta(hours=10))]


@sqlite
async def test_the_weekly_page_is_made_at_its_time_and_told_after_the_holiday(
    house: House, closed: set[date]
) -> None:
    closed |= {FRIDAY}
    await house.wait_until(TUESDAY_10)
    await house.answer(CLEO, "It went the way it often goes.", facilitators="unnamed")
    await house.wait_until(FRIDAY_16)
    async with house.store.read() as tx:
        (summary,) = await tx.digests.summaries(FAY.reader)
    assert summary.to_at == FRIDAY_16
    assert CardKind.DIGEST not in dict(await posted(house, FAY))
    assert CardKind.HELD_BACK not in dict(await posted(house, CLEO))
    await house.wait_until(FRIDAY_16 + DAY)
    assert dict(await posted(house, FAY))[CardKind.DIGEST] == FRIDAY_16 + DAY - MORNING
    assert dict(await posted(house, CLEO))[CardKind.HELD_BACK] == FRIDAY_16 + DAY - MORNING


@sqlite
async def test_what_the_other_says_on_a_holiday_waits_and_ones_own_doings_are_answered(
    house: House, closed: set[date]
) -> None:
    closed |= {FRIDAY}
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN):
        await house.answer(who, "I went along with the date that they had chosen.", partner=True)
    await house.wait_until(FRIDAY_16 - timedelta(hours=2))
    round_ = (await house.view(ADA)).conversation.round or ""
    await house.press(ADA, Action.SAY_BACK, round_, {"text": "Where was that?"})
    await house.press(ADA, Action.HELP)
    assert (CardKind.HELP, house.now) in await posted(house, ADA)
    await house.wait_until(FRIDAY_16 + DAY)
    assert dict(await posted(house, BEN))[CardKind.TURN] == FRIDAY_16 + DAY - MORNING


@sqlite
async def test_over_three_weeks_nothing_goes_out_to_anybody_on_a_holiday(
    house: House, closed: set[date]
) -> None:
    closed |= {TUESDAY + n * DAY for n in (0, 2, 3, 4, 7, 9, 14, 17)}
    sent: list[datetime] = []
    for hours in range(24 * 22):
        await house.wait_until(TUESDAY_10 - timedelta(hours=10) + timedelta(hours=hours))
        sent += [house.now] * (len(house.ledger.posted) - len(sent))
    since = [at for at in sent if at > TUESDAY_10 - timedelta(hours=10)]
    assert len(since) > 20
    assert not [at for at in since if at.date() in closed]
