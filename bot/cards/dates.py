"""Dates as people say them: "Thursday at 17:00", in the reader's own zone.

Measured from the day on which the card is read (`seen`), so a card says the same however often it is made:
coming days by their name up to six ahead, and what is further back than yesterday with its date, as a name alone
would as well be the day to come. Where the reader's clock and the
programme's differ, the zone is named.
"""

from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.view import MemberView

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_AHEAD, _BACK = 6, 1
"""How many days ahead, and back, are called by their name alone."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """How one reader's clock speaks: their zone, the programme's, and the moment it is measured from."""

    zone: str
    home: str
    seen: datetime

    def moment(self, at: datetime) -> str:
        """A day and a time: "Thursday at 17:00", "Thursday 19 March at 17:00, Paris time"."""
        return f"{self.day(at)} at {at.astimezone(ZoneInfo(self.zone)):%H:%M}{self._named(at)}"

    def day(self, at: datetime) -> str:
        """A day by its name, with the date unless it is yesterday, today or one of the six days to come."""
        local, seen = (
            at.astimezone(ZoneInfo(self.zone)).date(),
            self.seen.astimezone(ZoneInfo(self.zone)).date(),
        )
        said = _DAYS[local.weekday()]
        if -_BACK <= (local - seen).days <= _AHEAD:
            return said
        year = f" {local.year}" if local.year != seen.year else ""
        return f"{said} {local.day} {_MONTHS[local.month - 1]}{year}"

    def _named(self, at: datetime) -> str:
        here, home = at.astimezone(ZoneInfo(self.zone)), at.astimezone(ZoneInfo(self.home))
        return "" if here.utcoffset() == home.utcoffset() else f", {place(self.zone)} time"


def calendar(view: MemberView, seen: datetime) -> Calendar:
    """The reader's own calendar, as on the day of `seen`."""
    return Calendar(view.hours.zone, view.programme_zone, seen)


def date(at: datetime, zone: str) -> str:
    """A date: "Thursday 19 March"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def day_of(day: Day) -> str:
    """A calendar day: "Thursday 19 March 2026"."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short(day: Day) -> str:
    """A calendar day where there is little room: "19 Mar"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def weekday(number: int) -> str:
    """A day of the week by its number; Monday is 0."""
    return _DAYS[number]


def span(start: datetime, end: datetime, zone: str) -> str:
    """A stretch of days: "Monday 9 to Sunday 15 March"."""
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    month = "" if first.month == last.month else f" {_MONTHS[first.month - 1]}"
    start_day = f"{_DAYS[first.weekday()]} {first.day}{month}"
    return f"{start_day} to {_DAYS[last.weekday()]} {last.day} {_MONTHS[last.month - 1]}"


def place(zone: str) -> str:
    """What people call a zone: "Paris", "Buenos Aires"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def clock(at: datetime, zone: str) -> str:
    """A wall time: "17:00"."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
