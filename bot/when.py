"""When: the next due moment in a person's own zone, across both clock changes, and never on a closed day.

Wall times become UTC instants here and nowhere else. A wall time that a clock change skips means the first
instant after the gap; one that happens twice means the first time round.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Hours, Module, Programme, Weekly

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

ENOUGH = timedelta(hours=24)
"""How long before its opening a question must be asked, if it is late."""

MIDNIGHT = time(23, 59)
"""The latest that hours can end: as good as midnight."""

AWAY = timedelta(days=365)
"""For how long at most somebody can be away."""


def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a wall time."""
    wall = datetime.combine(day, at, ZoneInfo(zone)).replace(fold=0)
    utc = wall.astimezone(UTC)
    if utc.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return utc
    # Skipped by a clock change: with fold=0 the old offset was used, which lands as far after the gap as
    # the wall time lay inside it. Step back to the first minute that exists.
    after = utc
    while (after - MINUTE).astimezone(wall.tzinfo).utcoffset() == utc.astimezone(wall.tzinfo).utcoffset():
        after -= MINUTE
    return after


def next_weekly(weekly: Weekly, after: datetime) -> datetime:
    """The first such moment strictly after `after`."""
    local = after.astimezone(ZoneInfo(weekly.zone)).date()
    day = local + timedelta(days=(weekly.weekday - local.weekday()) % 7)
    found = instant(day, weekly.at, weekly.zone)
    return found if found > after else instant(day + 7 * DAY, weekly.at, weekly.zone)


def is_within(hours: Hours, at: datetime) -> bool:
    """Whether a person may be written to at `at`."""
    local = at.astimezone(ZoneInfo(hours.zone))
    return hours.start <= local.time() < hours.end and local.date() not in hours.closed


def within(hours: Hours, at: datetime) -> datetime:
    """The earliest instant from `at` on that lies inside a person's hours."""
    if is_within(hours, at):
        return at
    day = _open_day(at.astimezone(ZoneInfo(hours.zone)).date(), hours)
    start = instant(day, hours.start, hours.zone)
    return start if start >= at else instant(_open_day(day + DAY, hours), hours.start, hours.zone)


def _open_day(day: date, hours: Hours) -> date:
    """`day`, or the first one after it that is not closed."""
    while day in hours.closed:
        day += DAY
    return day


def asks_in(round_number: int, every: int) -> bool:
    """Whether somebody who is asked every so many weeks is asked in a pair's round of this number."""
    return round_number % every == 0


def own_hours(zone: str, start: time, end: time) -> Hours | None:
    """Hours that somebody chose; None if there is no such zone, or less than an hour between the two."""
    until = 24 * 60 if end == MIDNIGHT else end.hour * 60 + end.minute
    if until - start.hour * 60 - start.minute < 60 or len(zone) > 64:
        return None
    try:
        return Hours(ZoneInfo(zone).key, start, end)
    except (KeyError, ValueError, OSError):
        return None


def days_away(hours: Hours, now: datetime) -> tuple[date, date]:
    """The first and the last day on which somebody who goes away now can be back: tomorrow, and a year on."""
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    return today + DAY, today + AWAY


def away_until(hours: Hours, back: date, now: datetime) -> datetime | None:
    """When somebody is written to again who is back on a day of theirs; None if they cannot choose that day."""
    first, last = days_away(hours, now)
    return instant(back, hours.start, hours.zone) if first <= back <= last else None


def ask_at(weekly: Weekly, slot: datetime, hours: Hours) -> datetime:
    """When one person is asked in the week of `slot`: the programme's wall time, in their own zone and hours.

    A question whose day is closed comes at its wall time on the next day that is not.
    """
    day = _open_day(slot.astimezone(ZoneInfo(weekly.zone)).date(), hours)
    return within(hours, instant(day, weekly.at, hours.zone))


def after_last(modules: Sequence[Module], at: datetime, zone: str) -> bool:
    """Whether the day of a programme's last module is behind at `at`."""
    return at.astimezone(ZoneInfo(zone)).date() > max(module.starts_on for module in modules)


def opening_at(
    asks: tuple[datetime, ...], hours: tuple[Hours, ...], days: int, at: time, zone: str
) -> datetime:
    """The opening instant: `days` after the later ask at wall time `at`, inside everybody's hours if they meet.

    Where that day is closed, it is the next one that is not. Where the hours of the two never meet within a day
    (closed days not counted), it is the planned instant itself.
    """
    day = max(asks).astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    planned = instant(_open_day(day, hours[0]), at, zone)
    latest = planned + DAY
    while latest.astimezone(ZoneInfo(zone)).date() in hours[0].closed:
        latest += DAY
    moment = planned
    while moment < latest:
        later = max(within(each, moment) for each in hours)
        if later == moment:
            return moment
        moment = later
    return planned


ANNOUNCED, DELETES_AT = timedelta(days=30), time(10)
"""How long ahead a deletion is said the first time, and the wall time at which it happens."""

AUDITED_AFTER = 12
"""For how many months after words have been deleted it can still be asked who saw them."""


def month_after(zone: str, at: datetime) -> datetime:
    """The first morning of a month after `at`."""
    first = at.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return next(
        found for months in (0, 1) if (found := instant(months_on(first, months), DELETES_AT, zone)) > at
    )


def deletion_after(zone: str, at: datetime) -> datetime:
    """When words are deleted the next time after `at`: on the first of a month, or where a short February leaves too
    little time to say so, as soon as there is enough.
    """
    earliest = at + ANNOUNCED
    first = month_after(zone, earliest - MINUTE)
    if first - earliest < 3 * DAY:
        return first
    day = earliest.astimezone(ZoneInfo(zone)).date()
    found = instant(day, DELETES_AT, zone)
    return found if found >= earliest else instant(day + DAY, DELETES_AT, zone)


def kept_since(programme: Programme, deletion: datetime) -> datetime:
    """What was written before this is deleted then: at the next deletion it would be older than was agreed."""
    following = deletion_after(programme.zone, deletion).astimezone(ZoneInfo(programme.zone)).date()
    return instant(months_on(following, -programme.retention_months), DELETES_AT, programme.zone)


def audited_since(zone: str, months: int, now: datetime) -> datetime:
    """What was noted before this is forgotten now, where words are kept for so many months."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return instant(months_on(today, -(months + AUDITED_AFTER)), DELETES_AT, zone)


def kept_until(zone: str, months: int, modules: Sequence[Module]) -> datetime:
    """From when on nothing of a programme is kept any more: its time after the day of the last module is over."""
    last = max(module.starts_on for module in modules)
    return instant(months_on(last, months), DELETES_AT, zone)


def months_on(day: date, months: int) -> date:
    """The same day some months on, or the last one of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
