"""The values in both files: a text, a zone, a time of day, hours, an address. Each mistake comes with its remedy.

Each function takes what was written and gives what was meant, or raises a Mistake; pydantic gathers these.
"""

import re
import unicodedata
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from adapters.zones import meant, zones
from bot.model import Role
from bot.questions.bank import Theme

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_BETWEEN = re.compile(r"\s*(?:-|–|—|\bto\b|\buntil\b)\s*")


def mistake(what: str, remedy: str) -> PydanticCustomError:
    """A mistake in one value, on its way through pydantic."""
    return PydanticCustomError("mistake", "{what}", {"what": what, "remedy": remedy})


def shown(value: object) -> str:
    """What was written, as a message repeats it: short, on one line, and nothing that moves a cursor."""
    text = plain(str(value))
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


def plain(text: str) -> str:
    """A text on one line, without what no terminal or page should be sent."""
    kept = "".join(" " if char.isspace() else char for char in text if char.isspace() or not _unseen(char))
    return " ".join(kept.split())


def text_of(value: Any, limit: int, remedy: str) -> str:
    if not isinstance(value, str):
        raise mistake(f"{shown(value)} is no text.", "Put it between straight quotes.")
    if any(_unseen(char) for char in value if not char.isspace() and char not in _HARMLESS):
        raise mistake(
            f"{shown(value)} holds a character that cannot be seen.", "Delete it and type it afresh."
        )
    found = unicodedata.normalize("NFC", plain(value))
    if not found:
        raise mistake("There is nothing in it.", remedy)
    if len(found) > limit:
        raise mistake(f"It has {len(found)} characters.", f"Shorten it to {limit} at most.")
    return found


def key_of(value: Any) -> str:
    remedy = "Use small letters, digits and hyphens, as in northbank-2026, and never change it afterwards."
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) or len(value) > 60:
        raise mistake(f"{shown(value)} cannot be a key.", remedy)
    return value


def zone_of(value: Any) -> str:
    found = value.strip() if isinstance(value, str) else ""
    if found in zones():
        return found
    near = meant(found)
    remedy = f"Did you mean {near[0]}?" if near else "Write it as in Europe/London."
    raise mistake(f"{shown(value)} is no time zone.", remedy)


def holidays_of(value: Any) -> str:
    # Imported here, as it loads the library only for a file that names any.
    from adapters.calendars import NoSuchCalendar, code_of

    try:
        return code_of(value if isinstance(value, str) else "")
    except NoSuchCalendar as none:
        raise mistake(f"{shown(value)} names no holidays that are known.", none.remedy) from None


def day_of(value: Any) -> int:
    found = value.strip().lower() if isinstance(value, str) else ""
    for number, day in enumerate(DAYS):
        if len(found) >= 3 and day.lower().startswith(found):
            return number
    raise mistake(f"{shown(value)} is no day of the week.", "Write it as in Tuesday.")


def clock_of(value: Any) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise mistake(f"{shown(value)} is no time of day.", 'Write it from 00:00 to 23:59, as in "09:30".')
    return time(int(found[1]), int(found[2] or 0))


def hours_of(value: Any) -> tuple[time, time]:
    ends = _BETWEEN.split(value.strip()) if isinstance(value, str) else []
    if len(ends) != 2:
        raise mistake(f"{shown(value)} are no hours.", 'Write from when until when, as in "09:00-20:00".')
    start, end = clock_of(ends[0]), clock_of(ends[1])
    if start >= end:
        raise mistake(
            f"{shown(value)} end before they begin.", 'Write the earlier one first, as in "09:00-20:00".'
        )
    return start, end


def date_of(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip())
    except (AttributeError, ValueError):
        raise mistake(f"{shown(value)} is no date.", "Write year, month and day, as in 2027-01-19.") from None


def number_of(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise mistake(
            f"{shown(value)} does not fit.", f"Give a whole number from {least} to {most}, without quotes."
        )
    return value


def switch_of(value: Any) -> bool:
    if not isinstance(value, bool):
        raise mistake(f"{shown(value)} is neither yes nor no.", "Write true or false, without quotes.")
    return value


def theme_of(value: Any) -> Theme:
    found = " ".join(value.lower().split()) if isinstance(value, str) else ""
    themes = {theme.value: theme for theme in Theme}
    if found in themes:
        return themes[found]
    near = get_close_matches(found, themes, 1)
    remedy = f"Did you mean “{near[0]}”? " if near else ""
    raise mistake(f"{shown(value)} is no theme.", f"{remedy}The themes are: {', '.join(themes)}.")


def email_of(value: Any) -> str:
    # Imported here: it is slow to load, and programme.toml has no addresses.
    from email_validator import EmailNotValidError, validate_email

    written = plain(str(value))
    if not written:
        raise mistake(
            "The email address is missing.", "Each person needs one: it is how they get their link."
        )
    try:
        return validate_email(written, check_deliverability=False).normalized
    except EmailNotValidError as why:
        raise mistake(f"{shown(value)} is no email address. {plain(str(why))}", "Correct it.") from None


def role_of(value: Any) -> Role:
    found = str(value).strip().lower() or Role.MEMBER.value
    try:
        role = Role(found)
    except ValueError:
        role = Role.FORMER
    if role is Role.FORMER:
        remedy = "Write facilitator, or outside, or leave it empty for a member of a pair."
        raise mistake(f"{shown(value)} is no role.", remedy)
    return role


def outside_id_of(value: Any) -> str:
    """What a platform calls a person: an id without spaces."""
    found = str(value).strip()
    if len(found) > 200 or not re.fullmatch(r"[\w.:@/+=-]*", found, re.ASCII):
        raise mistake(f"{shown(value)} is no id of a platform.", "Copy the id itself, not the person's name.")
    return found


def slack_id_of(value: Any) -> str:
    """A workspace's id and a member's, as Slack knows them: T0123ABC:U0456DEF."""
    found = str(value).strip().upper()
    if found and not re.fullmatch(r"T[A-Z0-9]{1,20}:[UW][A-Z0-9]{1,20}", found, re.ASCII):
        raise mistake(
            f"{shown(value)} is no workspace and member of Slack.",
            "Write both with a colon between, such as T0123ABC:U0456DEF. The workspace's begins with T and stands in "
            "the address of Slack in a browser, behind /client/. The member's begins with U: in their profile, under "
            "“More”, “Copy member ID”. Or leave it empty: people can join by a code from their own page.",
        )
    return found


Key = Annotated[str, BeforeValidator(key_of)]
Zone = Annotated[str, BeforeValidator(zone_of)]
Holidays = Annotated[str, BeforeValidator(holidays_of)]
Day = Annotated[int, BeforeValidator(day_of)]
Clock = Annotated[time, BeforeValidator(clock_of)]
Between = Annotated[tuple[time, time], BeforeValidator(hours_of)]
Date = Annotated[date, BeforeValidator(date_of)]
Switch = Annotated[bool, BeforeValidator(switch_of)]
ThemeOf = Annotated[Theme, BeforeValidator(theme_of)]
Email = Annotated[str, BeforeValidator(email_of)]
RoleOf = Annotated[Role, BeforeValidator(role_of)]
SlackId = Annotated[str, BeforeValidator(slack_id_of)]
OutsideId = Annotated[str, BeforeValidator(outside_id_of)]

_HARMLESS = frozenset("\u200b\u200e\u200f\ufeff\u00ad\u2060")
"""Cannot be seen, and comes along when something is copied from elsewhere: dropped without a word."""

_JOINERS = frozenset("\u200c\u200d")
"""Cannot be seen, and are part of how some names are written."""


def _unseen(char: str) -> bool:
    return char not in _JOINERS and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")
