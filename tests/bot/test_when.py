"""Wall times across both clock changes, in zones that change by an hour, by half an hour, and never.

London skips 01:00 to 02:00 on 29 March 2026 and has it twice on 25 October; Lord Howe Island skips 02:00 to 02:30
on 4 October and has 01:30 to 02:00 twice on 5 April; Kolkata keeps one time all year.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.model import Hours, Weekly
from bot.when import DAY, ask_at, instant, is_within, next_weekly, opening_at, within

LONDON, LORD_HOWE, KOLKATA = "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"
NEW_YORK, NUUK, APIA = "America/New_York", "America/Nuuk", "Pacific/Apia"
SUNDAY, TUESDAY = 6, 1
SECOND = timedelta(seconds=1)
STEADY = settings(derandomize=True, deadline=None, database=None)


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


# ---- one wall time


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 3, 28), time(1, 30), LONDON, utc(3, 28, 1, 30)),
        (date(2026, 3, 29), time(0, 59), LONDON, utc(3, 29, 0, 59)),
        (date(2026, 3, 29), time(1, 0), LONDON, utc(3, 29, 1, 0)),
        (date(2026, 3, 29), time(1, 30), LONDON, utc(3, 29, 1, 0)),
        (date(2026, 3, 29), time(2, 0), LONDON, utc(3, 29, 1, 0)),
        (date(2026, 3, 30), time(1, 30), LONDON, utc(3, 30, 0, 30)),
        (date(2026, 10, 25), time(1, 30), LONDON, utc(10, 25, 0, 30)),
        (date(2026, 10, 25), time(2, 0), LONDON, utc(10, 25, 2, 0)),
        (date(2026, 10, 4), time(2, 10), LORD_HOWE, utc(10, 3, 15, 30)),
        (date(2026, 10, 4), time(2, 30), LORD_HOWE, utc(10, 3, 15, 30)),
        (date(2026, 4, 5), time(1, 45), LORD_HOWE, utc(4, 4, 14, 45)),
        (date(2026, 4, 5), time(2, 0), LORD_HOWE, utc(4, 4, 15, 30)),
        (date(2026, 3, 29), time(1, 30), KOLKATA, utc(3, 28, 20, 0)),
        # Nuuk's clock jumps from 23:00 to midnight: the first instant after the gap is on the next day.
        (date(2026, 3, 28), time(23, 30), NUUK, utc(3, 29, 1, 0)),
        # Samoa left out 30 December 2011 altogether.
        (date(2011, 12, 30), time(10), APIA, datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_a_skipped_wall_time_means_the_end_of_the_gap_and_a_double_one_its_first_time(
    day: date, at: time, zone: str, expected: datetime
) -> None:
    assert instant(day, at, zone) == expected
    assert instant(day, at, zone).tzinfo is UTC


# ---- every week


@pytest.mark.parametrize(
    ("weekly", "after", "expected"),
    [
        # The wall time stays, so in UTC it moves with the clock.
        (Weekly(TUESDAY, time(10), LONDON), utc(3, 24, 10), utc(3, 31, 9)),
        (Weekly(TUESDAY, time(10), LONDON), utc(10, 20, 9), utc(10, 27, 10)),
        (Weekly(TUESDAY, time(10), LORD_HOWE), utc(3, 30, 23), utc(4, 6, 23, 30)),
        (Weekly(TUESDAY, time(10), LORD_HOWE), utc(9, 28, 23, 30), utc(10, 5, 23)),
        (Weekly(TUESDAY, time(10), KOLKATA), utc(3, 24, 4, 30), utc(3, 31, 4, 30)),
        # In the gap it comes when the gap ends, once, and a week later at its own time again.
        (Weekly(SUNDAY, time(1, 30), LONDON), utc(3, 22, 1, 30), utc(3, 29, 1, 0)),
        (Weekly(SUNDAY, time(1, 30), LONDON), utc(3, 29, 0, 59), utc(3, 29, 1, 0)),
        (Weekly(SUNDAY, time(1, 30), LONDON), utc(3, 29, 1, 0), utc(4, 5, 0, 30)),
        (Weekly(SUNDAY, time(2, 10), LORD_HOWE), utc(10, 3, 15, 29), utc(10, 3, 15, 30)),
        (Weekly(SUNDAY, time(2, 10), LORD_HOWE), utc(10, 3, 15, 30), utc(10, 10, 15, 10)),
        # Where the hour comes twice it does not.
        (Weekly(SUNDAY, time(1, 30), LONDON), utc(10, 18, 0, 30), utc(10, 25, 0, 30)),
        (Weekly(SUNDAY, time(1, 30), LONDON), utc(10, 25, 0, 30), utc(11, 1, 1, 30)),
        (Weekly(SUNDAY, time(1, 30), LONDON), utc(10, 25, 1, 10), utc(11, 1, 1, 30)),
        (Weekly(SUNDAY, time(1, 45), LORD_HOWE), utc(4, 4, 14, 45), utc(4, 11, 15, 15)),
        # The very instant is not after itself.
        (Weekly(TUESDAY, time(10), LONDON), utc(11, 17, 9, 59), utc(11, 17, 10)),
        (Weekly(TUESDAY, time(10), LONDON), utc(11, 17, 10), utc(11, 24, 10)),
    ],
)
def test_the_next_one_of_a_week_keeps_its_wall_time_across_a_clock_change(
    weekly: Weekly, after: datetime, expected: datetime
) -> None:
    assert next_weekly(weekly, after) == expected


ZONES = st.sampled_from((LONDON, LORD_HOWE, KOLKATA, NEW_YORK, NUUK))
NEAR_A_CHANGE = st.sampled_from((utc(3, 29, 1), utc(10, 25, 1), utc(4, 4, 15), utc(10, 3, 15, 30)))


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """Any moment of some years, and often one within days of a clock change."""
    if draw(st.booleans()):
        return draw(NEAR_A_CHANGE) + timedelta(minutes=draw(st.integers(-8 * 1440, 8 * 1440)))
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 6 * 365 * 1440)))


WEEKLIES = st.builds(
    Weekly,
    weekday=st.integers(0, 6),
    at=st.sampled_from((time(0), time(1, 30), time(1, 45), time(2, 10), time(10), time(23, 30)))
    | st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=ZONES,
)


@STEADY
@given(weekly=WEEKLIES, after=moments(), part=st.integers(0, 99))
def test_the_next_one_is_later_within_eight_days_and_at_its_weekday_and_wall_time(
    weekly: Weekly, after: datetime, part: int
) -> None:
    found = next_weekly(weekly, after)
    assert after < found <= after + 8 * DAY
    local = found.astimezone(ZoneInfo(weekly.zone))
    if (local.weekday(), local.time()) == (weekly.weekday, weekly.at):
        assert local.fold == 0, "it came the second time round"
    else:
        before = (found - SECOND).astimezone(local.tzinfo).replace(tzinfo=None) + SECOND
        day = before.date() + timedelta(days=(weekly.weekday - before.weekday()) % 7)
        skipped = datetime.combine(day, weekly.at)
        assert before <= skipped < local.replace(tzinfo=None), "neither its wall time nor the end of a gap"
    assert next_weekly(weekly, after + (found - after) * part / 100) == found, "there was an earlier one"


# ---- people's hours

DAYTIME = (time(9), time(20))


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        (LONDON, utc(3, 28, 12), utc(3, 28, 12)),
        (LONDON, utc(3, 28, 20), utc(3, 29, 8)),
        (LONDON, utc(3, 29, 7, 59), utc(3, 29, 8)),
        (LONDON, utc(3, 29, 18, 59), utc(3, 29, 18, 59)),
        (LONDON, utc(3, 29, 19), utc(3, 30, 8)),
        (LONDON, utc(10, 24, 19), utc(10, 25, 9)),
        (LONDON, utc(10, 25, 19, 59), utc(10, 25, 19, 59)),
        (LORD_HOWE, utc(10, 3, 9, 30), utc(10, 3, 22)),
        (LORD_HOWE, utc(4, 4, 9), utc(4, 4, 22, 30)),
        (KOLKATA, utc(3, 29, 0), utc(3, 29, 3, 30)),
    ],
)
def test_hours_are_wall_times_on_both_sides_of_a_clock_change(
    zone: str, at: datetime, expected: datetime
) -> None:
    assert within(Hours(zone, *DAYTIME), at) == expected


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """Hours of the day: nobody's begin or end in the small hours, where clocks are changed."""
    start = draw(st.integers(4 * 60, 21 * 60))
    end = draw(st.integers(start + 30, 22 * 60 + 59))
    return Hours(draw(ZONES), time(start // 60, start % 60), time(end // 60, end % 60))


@STEADY
@given(hours=hours(), at=moments(), part=st.integers(0, 99))
def test_the_earliest_moment_within_hours_is_within_them_and_none_before_it_is(
    hours: Hours, at: datetime, part: int
) -> None:
    found = within(hours, at)
    assert at <= found <= at + 2 * DAY
    assert is_within(hours, found)
    assert found == at or not is_within(hours, at + (found - at) * part / 100)
    assert within(hours, found) == found


# ---- a week's question, and its opening


def test_each_is_asked_at_the_programme_s_wall_time_in_their_own_zone() -> None:
    weekly = Weekly(TUESDAY, time(10), LONDON)
    for slot, london, kolkata, lord_howe in (
        (utc(3, 24, 10), utc(3, 24, 10), utc(3, 24, 4, 30), utc(3, 23, 23)),
        (utc(3, 31, 9), utc(3, 31, 9), utc(3, 31, 4, 30), utc(3, 30, 23)),
        (utc(4, 7, 9), utc(4, 7, 9), utc(4, 7, 4, 30), utc(4, 6, 23, 30)),
        (utc(10, 20, 9), utc(10, 20, 9), utc(10, 20, 4, 30), utc(10, 19, 23)),
        (utc(10, 27, 10), utc(10, 27, 10), utc(10, 27, 4, 30), utc(10, 26, 23)),
    ):
        for zone, expected in ((LONDON, london), (KOLKATA, kolkata), (LORD_HOWE, lord_howe)):
            assert ask_at(weekly, slot, Hours(zone, *DAYTIME)) == expected


def test_somebody_whose_day_begins_later_is_asked_when_it_begins() -> None:
    weekly = Weekly(TUESDAY, time(10), LONDON)
    late = Hours(LONDON, time(14), time(20))
    assert ask_at(weekly, utc(3, 24, 10), late) == utc(3, 24, 14)
    assert ask_at(weekly, utc(3, 31, 9), late) == utc(3, 31, 13)


@pytest.mark.parametrize(
    ("zone", "asked", "at", "expected"),
    [
        # Two days after the later question, at the programme's wall time, also over the weekend of a change.
        (LONDON, utc(3, 24, 10), time(17), utc(3, 26, 17)),
        (LONDON, utc(3, 27, 10), time(17), utc(3, 29, 16)),
        (LONDON, utc(10, 23, 9), time(17), utc(10, 25, 17)),
        # Where it is too early for one of the two, it waits for them; New York changes weeks before London.
        (NEW_YORK, utc(3, 3, 15), time(10), utc(3, 5, 14)),
        (NEW_YORK, utc(3, 10, 14), time(10), utc(3, 12, 13)),
        (NEW_YORK, utc(3, 31, 14), time(10), utc(4, 2, 13)),
        # Where their hours never meet, it is the planned instant.
        (LORD_HOWE, utc(11, 17, 10), time(17), utc(11, 19, 17)),
    ],
)
def test_an_opening_is_at_its_wall_time_and_within_the_hours_of_both_if_they_meet(
    zone: str, asked: datetime, at: time, expected: datetime
) -> None:
    both = (Hours(LONDON, *DAYTIME), Hours(zone, *DAYTIME))
    assert opening_at((asked - timedelta(hours=1), asked), both, 2, at, LONDON) == expected


@STEADY
@given(one=hours(), two=hours(), asked=moments(), at=st.integers(9, 20), days=st.integers(1, 4))
def test_an_opening_is_within_a_day_of_its_plan_and_in_the_hours_of_both_or_exactly_as_planned(
    one: Hours, two: Hours, asked: datetime, at: int, days: int
) -> None:
    planned = instant(asked.astimezone(ZoneInfo(LONDON)).date() + timedelta(days=days), time(at), LONDON)
    assume(planned > asked)
    found = opening_at((asked,), (one, two), days, time(at), LONDON)
    assert planned <= found < planned + DAY
    meet = is_within(one, found) and is_within(two, found)
    assert meet or found == planned
    if not meet:
        quarters = [planned + timedelta(minutes=15 * n) for n in range(96)]
        assert not any(is_within(one, each) and is_within(two, each) for each in quarters)
    assert opening_at((asked,), (two, one), days, time(at), LONDON) == found


# ---- holidays

CLOSED = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28), date(2026, 11, 17)})
KEEPING = Hours(LONDON, *DAYTIME, CLOSED)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (utc(12, 24, 19, 59), utc(12, 24, 19, 59)),
        (utc(12, 24, 20), utc(12, 27, 9)),
        (utc(12, 25, 12), utc(12, 27, 9)),
        (utc(12, 27, 20), utc(12, 29, 9)),
        (utc(12, 28, 8), utc(12, 29, 9)),
    ],
)
def test_nobody_is_written_to_on_a_closed_day(at: datetime, expected: datetime) -> None:
    assert within(KEEPING, at) == expected
    assert is_within(KEEPING, at) == (at == expected)


def test_a_closed_day_is_one_in_the_person_s_own_zone() -> None:
    away = Hours(LORD_HOWE, *DAYTIME, CLOSED)
    assert within(away, utc(12, 24, 5)) == utc(12, 24, 5)
    assert within(away, utc(12, 24, 14)) == utc(12, 26, 22)


def test_a_question_whose_day_is_closed_keeps_its_wall_time_on_the_next_that_is_not() -> None:
    weekly = Weekly(TUESDAY, time(10), LONDON)
    assert ask_at(weekly, utc(11, 17, 10), KEEPING) == utc(11, 18, 10)
    assert ask_at(weekly, utc(11, 24, 10), KEEPING) == utc(11, 24, 10)
    evening = Weekly(3, time(20), LONDON)
    assert ask_at(evening, utc(12, 24, 20), KEEPING) == utc(12, 27, 9)


@pytest.mark.parametrize(
    ("asked", "at", "ends", "expected"),
    [
        (utc(12, 22, 10), time(17), time(20), utc(12, 24, 17)),
        (utc(12, 23, 10), time(17), time(20), utc(12, 27, 17)),
        (utc(12, 26, 10), time(17), time(20), utc(12, 29, 17)),
        # Too late for one of the two on the day before a holiday: the first morning after it.
        (utc(12, 22, 10), time(17), time(16), utc(12, 27, 9)),
    ],
)
def test_an_opening_is_planned_for_a_day_that_is_not_closed(
    asked: datetime, at: time, ends: time, expected: datetime
) -> None:
    both = (KEEPING, Hours(LONDON, time(9), ends, CLOSED))
    assert opening_at((asked, asked), both, 2, at, LONDON) == expected


@STEADY
@given(
    hours=hours(),
    at=moments(),
    part=st.integers(0, 99),
    gaps=st.lists(st.integers(0, 6), max_size=6),
)
def test_the_earliest_moment_is_never_on_a_closed_day_and_none_before_it_would_do(
    hours: Hours, at: datetime, part: int, gaps: list[int]
) -> None:
    first = at.astimezone(ZoneInfo(hours.zone)).date()
    keeping = replace(hours, closed=frozenset(first + timedelta(days=gap) for gap in gaps))
    found = within(keeping, at)
    assert is_within(keeping, found)
    assert found == at or not is_within(keeping, at + (found - at) * part / 100)
    assert found <= at + 9 * DAY
