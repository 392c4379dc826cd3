"""Time passes, or nothing runs for weeks: what was missed is not made up for with a heap, and nothing comes twice.

One database is enough here: what is due is found and claimed on both by the same statements, which other tests try.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.due import tick
from bot.messages import Action, CardKind
from bot.model import Hours
from bot.rows import Prompts
from bot.view import Post
from storage.database import Database
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, DAN, EVE, FAY, FIN, MONDAY, Character, bring_in
from tests.conftest import KEYS, Template
from tests.house import House
from tests.test_round import FRIDAY_16, THURSDAY_17, TUESDAY_10, begin, just_two

WEEK = timedelta(days=7)
NEXT_MODULE = datetime(2026, 12, 22, 9, tzinfo=UTC)
"""A Tuesday, an hour before that week's question."""


@pytest.fixture
async def store(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[SqlStore]:
    database = Database(sqlite_template.fresh(tmp_path))
    opened = SqlStore(database, KEYS)
    await opened.check_keys(MONDAY)
    yield opened
    await database.close()


async def posts(house: House, who: Character, since: datetime) -> list[Post]:
    """What was posted to somebody after `since`."""
    async with house.store.read() as tx:
        found = await tx.views.posts(who.reader, 50)
    return [post for post in found if post.posted_at > since]


async def kinds(house: House, who: Character, since: datetime) -> list[CardKind]:
    return [post.kind for post in await posts(house, who, since)]


async def nothing_runs_until(house: House, at: datetime) -> None:
    """Everything that fell due meanwhile is found at once."""
    house.now = at
    await house.wait_until(at)


# ---- after the house was down


async def test_after_weeks_of_downtime_each_opening_one_question_and_one_digest_go_out_once(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    await house.answer(BEN, "I kept the minutes short.", partner=True, facilitators="named")
    asleep, awake = house.now, TUESDAY_10 + 3 * WEEK + timedelta(days=1)
    await nothing_runs_until(house, awake)

    for who in (ADA, BEN):
        assert await kinds(house, who, asleep) == [CardKind.OPENED, CardKind.QUESTION]
    for who in (CLEO, DAN):
        # Their reminder was due in the first night; nobody is reminded of what is over.
        assert await kinds(house, who, asleep) == [CardKind.NOT_OPENED, CardKind.QUESTION]
    view = await house.view(ADA)
    assert view.conversation.opens_at == THURSDAY_17 + 3 * WEEK
    assert len(view.rounds) == 2, "weeks that were missed have no rounds"

    assert await kinds(house, FAY, asleep) == [CardKind.DIGEST]
    async with store.read() as tx:
        (summary,) = await tx.digests.summaries(FAY.reader)
        digest = await tx.digests.view(FAY.reader, summary.id)
    assert (summary.from_at, summary.to_at) == (MONDAY - WEEK, FRIDAY_16 + 2 * WEEK)
    assert [line.text for line in digest.lines] == ["I kept the minutes short."]

    posted = len(house.ledger.posted)
    await house.wait_until(awake)
    await house.wait(hours=1)
    assert len(house.ledger.posted) == posted, "something was sent again"
    await house.wait_until(FRIDAY_16 + 3 * WEEK)
    assert await kinds(house, FAY, awake) == [CardKind.DIGEST]


async def test_what_was_missed_waits_for_the_morning(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10)
    asleep, night = house.now, TUESDAY_10 + 3 * WEEK - timedelta(hours=8)
    await nothing_runs_until(house, night)
    assert await kinds(house, ADA, asleep) == []
    await house.wait_until(night.replace(hour=9))
    assert await kinds(house, ADA, asleep) == [CardKind.NOT_OPENED]
    await house.wait_until(night.replace(hour=10))
    assert await kinds(house, ADA, asleep) == [CardKind.NOT_OPENED, CardKind.QUESTION]


async def test_a_question_with_less_than_a_day_left_lapses_and_its_opening_is_not_spoken_of(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10 + WEEK - timedelta(hours=1))
    asleep = house.now
    await nothing_runs_until(house, THURSDAY_17 + WEEK - timedelta(hours=23))
    await house.wait_until(TUESDAY_10 + 2 * WEEK - timedelta(minutes=1))
    assert await kinds(house, ADA, asleep) == []
    await house.wait_until(TUESDAY_10 + 2 * WEEK)
    assert await kinds(house, ADA, asleep) == [CardKind.QUESTION]
    assert (await house.view(ADA)).conversation.unanswered == 1, "what was never asked is not unanswered"


async def test_a_question_with_a_day_left_is_asked_late(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10 + WEEK - timedelta(hours=1))
    asleep = house.now
    await nothing_runs_until(house, THURSDAY_17 + WEEK - timedelta(hours=24))
    assert await kinds(house, ADA, asleep) == [CardKind.QUESTION]
    await house.wait_until(THURSDAY_17 + WEEK)
    assert await kinds(house, ADA, asleep) == [CardKind.QUESTION, CardKind.NOT_OPENED]


@pytest.mark.parametrize(("late", "sent"), [(0, True), (9, True), (11, False), (600, False)])
async def test_a_reminder_is_dropped_when_it_is_late(
    store: SqlStore, prompts: Prompts, late: int, sent: bool
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    due = TUESDAY_10 + timedelta(days=1)
    assert (await house.view(EVE)).conversation.remind_at == due
    await nothing_runs_until(house, due + timedelta(minutes=late))
    await house.wait_until(THURSDAY_17)
    expected = [CardKind.NUDGE, CardKind.NOT_OPENED] if sent else [CardKind.NOT_OPENED]
    assert await kinds(house, EVE, TUESDAY_10) == expected


async def test_somebody_who_stopped_is_not_reminded_and_nothing_stays_due(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.press(EVE, Action.STOP)
    since = house.now
    house.now = TUESDAY_10 + timedelta(days=1, hours=1)
    await tick(store, prompts, house.now)
    async with store.read() as tx:
        assert await tx.clock.due(house.now, 100) == []
    await house.wait_until(TUESDAY_10 + 2 * WEEK)
    assert await kinds(house, EVE, since) == []


# ---- questions that nobody answers


@pytest.mark.slow
async def test_the_third_question_after_two_unanswered_is_whether_to_ask_less_and_then_it_is_quiet(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    third = TUESDAY_10 + 2 * WEEK
    for week in range(2):
        await house.wait_until(TUESDAY_10 + week * WEEK)
        await house.answer(BEN, "I kept the minutes short on purpose this time.", partner=True)
    await house.wait_until(third)
    assert await kinds(house, ADA, third - timedelta(minutes=1)) == [CardKind.LESS_OFTEN]
    assert await kinds(house, BEN, third - timedelta(minutes=1)) == [CardKind.QUESTION]

    await house.wait_until(NEXT_MODULE + timedelta(minutes=59))
    assert await kinds(house, ADA, third) == []
    assert (await kinds(house, BEN, third)).count(CardKind.QUESTION) >= 1, "the other one's rounds go on"
    await house.wait_until(NEXT_MODULE + timedelta(hours=1))
    assert await kinds(house, ADA, third) == [CardKind.QUESTION]


async def test_a_skip_counts_as_an_answer(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.wait_until(TUESDAY_10 + WEEK)
    await house.press(ADA, Action.SKIP)
    await house.wait_until(TUESDAY_10 + 2 * WEEK)
    await house.wait_until(TUESDAY_10 + 3 * WEEK)
    asked = [post.posted_at for post in await posts(house, ADA, MONDAY) if post.kind is CardKind.QUESTION]
    assert asked == [TUESDAY_10 + week * WEEK for week in range(4)]
    assert CardKind.LESS_OFTEN not in house.ledger.kinds(ADA)
    assert CardKind.LESS_OFTEN in house.ledger.kinds(BEN)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "weeks"), [(Action.LESS_OFTEN, (3, 5)), (Action.LATER, (5, 6)), (Action.STOP, ())]
)
async def test_less_often_is_every_other_week_later_is_from_the_next_module_and_stop_is_stop(
    store: SqlStore, prompts: Prompts, answer: Action, weeks: tuple[int, ...]
) -> None:
    house = await just_two(store, prompts)
    third = TUESDAY_10 + 2 * WEEK
    await house.wait_until(third)
    await house.press(ADA, answer)
    for week in range(3, 7):
        await house.wait_until(TUESDAY_10 + week * WEEK + timedelta(hours=1))
        if answer is not Action.STOP:
            await house.press(ADA, Action.SKIP)
    found = [post for post in await posts(house, ADA, third) if post.kind is CardKind.QUESTION]
    assert [post.posted_at for post in found] == [TUESDAY_10 + week * WEEK for week in weeks]


# ---- somebody whose other half is not here


async def test_somebody_alone_is_asked_alone_reminded_of_nothing_and_told_of_no_opening(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store, everybody=False)
    house = House(store, prompts)
    await house.join(ADA)
    await house.wait_until(TUESDAY_10)
    assert await kinds(house, ADA, MONDAY) == [CardKind.QUESTION]
    assert await _alone(house, ADA)
    await house.wait_until(TUESDAY_10 + WEEK)
    assert await kinds(house, ADA, TUESDAY_10) == [CardKind.QUESTION]
    await house.answer(ADA, "I went along with the date that they had chosen.", facilitators="named")
    await house.wait_until(FRIDAY_16 + WEEK)
    async with store.read() as tx:
        newest = (await tx.digests.summaries(FAY.reader))[0]
        digest = await tx.digests.view(FAY.reader, newest.id)
    assert [line.text for line in digest.lines] == ["I went along with the date that they had chosen."]
    assert house.ledger.to(BEN) == []


async def _alone(house: House, who: Character) -> bool:
    view = await house.view(who)
    return view.rounds[view.conversation.round or ""].solo


async def test_from_the_week_in_which_the_other_half_joins_both_are_asked_and_it_opens(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store, everybody=False)
    house = House(store, prompts)
    await house.join(ADA)
    await house.wait_until(TUESDAY_10)
    await house.join(BEN)
    since = house.now
    await house.wait_until(THURSDAY_17)
    assert CardKind.QUESTION not in await kinds(house, BEN, since)
    await house.wait_until(TUESDAY_10 + WEEK)
    for who in (ADA, BEN):
        assert not await _alone(house, who)
        await house.answer(who, "I went along with the date that they had chosen.", partner=True)
    await house.wait_until(THURSDAY_17 + WEEK)
    for who in (ADA, BEN):
        assert (await kinds(house, who, since))[-1] is CardKind.OPENED


# ---- two zones


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "mine", "theirs", "opened"),
    [
        (
            # London goes back on 25 October, New York a week later; it is five in the afternoon in London.
            "America/New_York",
            utc(10, 19, 8),
            [utc(10, 20, 9), utc(10, 27, 10), utc(11, 3, 10)],
            [utc(10, 20, 14), utc(10, 27, 14), utc(11, 3, 15)],
            [utc(10, 22, 16), utc(10, 29, 17), utc(11, 5, 17)],
        ),
        (
            # Lord Howe Island goes forward by half an hour on 4 October; their days meet in London's morning.
            "Australia/Lord_Howe",
            utc(9, 27, 8),
            [utc(9, 29, 9), utc(10, 6, 9)],
            [utc(9, 28, 23, 30), utc(10, 5, 23)],
            [utc(10, 2, 8), utc(10, 9, 8)],
        ),
    ],
)
async def test_both_halves_are_asked_at_their_own_wall_time_and_told_at_one_instant_across_a_clock_change(
    store: SqlStore,
    prompts: Prompts,
    zone: str,
    start: datetime,
    mine: list[datetime],
    theirs: list[datetime],
    opened: list[datetime],
) -> None:
    away = Hours(zone, time(9), time(20))
    await bring_in(store, start, date(2026, 9, 15), {BEN: away}, everybody=False)
    house = House(store, prompts, start)
    await house.join(ADA, BEN)
    for at in opened:
        await house.wait_until(at - timedelta(hours=1))
        for who in (ADA, BEN):
            await house.press(who, Action.SKIP)
        await house.wait_until(at)
    for who, asked in ((ADA, mine), (BEN, theirs)):
        found = await posts(house, who, start)
        assert [post.posted_at for post in found if post.kind is CardKind.QUESTION] == asked
        assert [post.posted_at for post in found if post.kind is CardKind.NOT_OPENED] == opened


async def test_where_two_days_never_meet_each_is_told_in_their_own_hours(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store, hours={BEN: Hours("Australia/Lord_Howe", time(10), time(18))})
    house = House(store, prompts)
    await house.join(ADA, BEN, FIN)
    await house.wait_until(THURSDAY_17 + timedelta(days=1))
    told = {
        who: [post.posted_at for post in await posts(house, who, MONDAY) if post.kind is CardKind.NOT_OPENED]
        for who in (ADA, BEN)
    }
    assert told == {ADA: [THURSDAY_17], BEN: [datetime(2026, 11, 19, 23, tzinfo=UTC)]}
