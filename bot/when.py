"""When: the next due moment in a person's own zone, across both clock changes.

Wall times become UTC instants here and nowhere else. A wall time that a clock change skips means the first
instant after the gap; one that happens twice means the first time round.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Hours, Weekly

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


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
    return hours.start <= at.astimezone(ZoneInfo(hours.zone)).time() < hours.end


def within(hours: Hours, at: datetime) -> datetime:
    """The earliest instant from `at` on that lies inside a person's hours."""
    if is_within(hours, at):
        return at
    day = at.astimezone(ZoneInfo(hours.zone)).date()
    start = instant(day, hours.start, hours.zone)
    return start if start >= at else instant(day + DAY, hours.start, hours.zone)


def ask_at(weekly: Weekly, slot: datetime, hours: Hours) -> datetime:
    """When one person is asked in the week of `slot`: the programme's wall time, in their own zone and hours."""
    day = slot.astimezone(ZoneInfo(weekly.zone)).date()
    return within(hours, instant(day, weekly.at, hours.zone))


def opening_at(
    asks: tuple[datetime, ...], hours: tuple[Hours, ...], days: int, at: time, zone: str
) -> datetime:
    """The opening instant: `days` after the later ask at wall time `at`, inside everybody's hours if they meet.

    Where the hours of the two never meet within a day, it is the planned instant itself.
    """
    planned = instant(max(asks).astimezone(ZoneInfo(zone)).date() + timedelta(days=days), at, zone)
    moment = planned
    while moment < planned + DAY:
        later = max(within(each, moment) for each in hours)
        if later == moment:
            return moment
        moment = later
    return planned
