"""Holidays: which days a country, or a part of it, keeps. The one place that knows the library of them.

They are known by a code, such as GB-ENG or IE, under which a programme remembers them. The library is loaded when a
day is first asked about: it takes longer than all else that a small command does.
"""

import logging
from collections.abc import Container, Iterable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any

log = logging.getLogger(__name__)

AHEAD = timedelta(days=400)
"""How far ahead the next holiday is looked for: every country that keeps any keeps one in a year."""

ALIKE = 0.75
"""How much a name must look like another to be taken for a slip of the keyboard."""

_UNITED = "GB"
"""Its four countries keep different days, and nobody keeps those of all of them."""


class NoSuchCalendar(Exception):
    """No holidays are known by that name. `remedy` says what to write instead."""

    def __init__(self, remedy: str) -> None:
        super().__init__(remedy)
        self.remedy = remedy


@cache
def closed(code: str) -> Container[date]:
    """The holidays of a code; none for "". Nothing is loaded before a day is asked about."""
    return _Days(code) if code else frozenset()


def code_of(written: str) -> str:
    """The code of what somebody wrote: "England", "Ireland", "Germany, Bayern", "DE-BY".

    Raises:
        NoSuchCalendar: it names no holidays, or those of several countries.
    """
    text = " ".join(written.split())
    parts = _parts(_UNITED)
    for name, part in parts.items():
        if text.casefold() in (name.casefold(), part.casefold()):
            return f"{_UNITED}-{part}"
    country, part = _taken_apart(text)
    code = _countries().get(country.casefold())
    if code is None:
        raise NoSuchCalendar(_instead(country, [*parts, *_named()]))
    if not part:
        if code == _UNITED:
            raise NoSuchCalendar(f"Say which part of it: {_listed(parts)} keep different holidays.")
        return code
    named, subdivisions = _parts(code), _of(code).subdivisions
    known = {each.casefold(): each for each in subdivisions}
    known |= {name.casefold(): each for name, each in named.items()}
    if part.casefold() not in known:
        places = sorted(named or subdivisions)
        raise NoSuchCalendar(
            f"Write one of: {', '.join(places)}." if places else "It has no parts: name it alone."
        )
    return f"{code}-{known[part.casefold()]}"


def called(code: str) -> str:
    """What people call the country, or the part of it, that a code stands for."""
    country, _, part = code.partition("-")
    name = next((name for name, each in _named().items() if each == country), country)
    if not part:
        return name
    place = next((each for each, short in _parts(country).items() if short == part), part)
    return place if country == _UNITED else f"{name}, {place}"


def coming(code: str, today: date, number: int) -> tuple[date, ...]:
    """The next holidays after `today`, as far as a year and a little more ahead."""
    days = closed(code)
    ahead = (today + timedelta(days=n) for n in range(1, AHEAD.days))
    return tuple(day for day in ahead if day in days)[:number]


class _Days:
    """The holidays of one code, worked out year by year as they are asked for."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._found: Container[object] | None = None

    def __contains__(self, day: object) -> bool:
        if self._found is None:
            self._found = _calendar(self._code)
        return day in self._found


def _calendar(code: str) -> Container[object]:
    from holidays import country_holidays

    country, _, part = code.partition("-")
    try:
        return country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        # It was known when it was set up. Somebody written to on a holiday is better than nobody written to at all.
        log.error("no holidays are known by the code %s: none are kept", code)
        return frozenset()


def _taken_apart(text: str) -> tuple[str, str]:
    """The country and the part of it in "Germany, Bayern" and in "DE-BY"; without a part in "Guinea-Bissau"."""
    country, comma, part = text.partition(",")
    if comma:
        return country.strip(), part.strip()
    if text.replace("-", " ").casefold() in _countries():
        return text.replace("-", " "), ""
    country, _, part = text.partition("-")
    return country.strip(), part.strip()


@cache
def _named() -> Mapping[str, str]:
    """Countries by their names, and the code of each."""
    from holidays.registry import COUNTRIES

    small = {"And", "Of", "The"}
    return {
        " ".join(
            word.lower() if word in small else word for word in name.replace("_", " ").title().split()
        ): each[1]
        for name, each in COUNTRIES.items()
    }


@cache
def _countries() -> Mapping[str, str]:
    """Codes of countries by all that they can be called by."""
    found = {name.casefold(): code for name, code in _named().items()}
    return found | {code.casefold(): code for code in found.values()} | {"uk": _UNITED}


def _of(country: str) -> Any:
    from holidays import country_holidays

    return country_holidays(country)


def _parts(country: str) -> Mapping[str, str]:
    """The parts of a country that have names, and the code of each."""
    found: Mapping[str, str] = getattr(_of(country), "subdivisions_aliases", {})
    return found


def _instead(written: str, known: Iterable[str]) -> str:
    alike = {name.casefold(): name for name in known}
    near = get_close_matches(written.casefold(), alike, 1, ALIKE)
    if near:
        return f"Did you mean {alike[near[0]]}?"
    return 'Write it as in holidays = "England", "Ireland" or "DE-BY".'


def _listed(parts: Mapping[str, str]) -> str:
    *names, last = sorted(parts)
    return f"{', '.join(names)} and {last}"
