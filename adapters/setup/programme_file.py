"""programme.toml: what a programme lead writes down about a programme, read whole or refused with every mistake.

What each key means is said in docs/setting-up.md and shown in docs/examples/programme.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from adapters.setup.faults import Fault, Faulty
from adapters.setup.toml_lines import Path, line_of, lines_of
from adapters.setup.values import (
    Between,
    Clock,
    Date,
    Day,
    Holidays,
    Key,
    Switch,
    ThemeOf,
    Zone,
    number_of,
    text_of,
)
from bot.model import Weekly
from bot.when import ENOUGH

SYNTAX_TRIES = 20
"""How many lines that cannot be read are pointed out at once."""


@dataclass(frozen=True, slots=True)
class WantedModule:
    title: str
    theme: str
    starts_on: date
    line: int


@dataclass(frozen=True, slots=True)
class WantedProgramme:
    """What the file says. `key` and `organisation_key` name it for good; everything else may change."""

    file: str
    organisation_key: str
    organisation: str
    key: str
    title: str
    zone: str
    hours_start: time
    hours_end: time
    holidays: str
    ask: Weekly
    open_days: int
    open_at: time
    digest: Weekly
    words_by_mail: bool
    retention_months: int
    contact: str
    modules: tuple[WantedModule, ...]
    lines: Mapping[Path, int]


def read_programme(content: bytes, file: str) -> WantedProgramme:
    """The programme that a file describes.

    Raises:
        Faulty: with every mistake in it.
    """
    faults: list[Fault] = []
    text = "\n".join(_doubled(_decoded(content, file), faults))
    lines = lines_of(text)
    data, unread = _parsed(text, lines, faults)
    try:
        found = _File.model_validate(data)
    except ValidationError as error:
        faults += _spoken(error, lines, unread)
    else:
        faults += _senseless(found, lines)
        if not faults:
            return _wanted(found, file, lines)
    raise Faulty(file, faults)


# ---- the shape of the file


def _text(limit: int, remedy: str) -> Any:
    return BeforeValidator(lambda value: text_of(value, limit, remedy))


def _number(least: int, most: int) -> Any:
    return BeforeValidator(lambda value: number_of(value, least, most))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Organisation(_Table):
    key: Key
    name: Annotated[str, _text(120, 'Write it as in name = "Northbank Leadership Trust".')]


class _Weekly(_Table):
    day: Day
    at: Clock


class _Digest(_Weekly):
    words_by_mail: Switch = False


class _Opening(_Table):
    days_after: Annotated[int, _number(1, 6)]
    at: Clock


class _Module(_Table):
    title: Annotated[str, _text(80, 'Write it as in title = "Holding trust".')]
    theme: ThemeOf
    starts: Date


class _File(_Table):
    key: Key
    title: Annotated[str, _text(120, 'Write it as in title = "Leading side by side".')]
    zone: Zone
    hours: Between
    holidays: Holidays = ""
    contact: Annotated[
        str,
        _text(
            200, "Write the name and number of somebody outside both organisations whom people can turn to."
        ),
    ]
    retention_months: Annotated[int, _number(2, 120)]
    organisation: _Organisation
    question: _Weekly
    opening: _Opening
    digest: _Digest
    module: tuple[_Module, ...]


_MISSING: Mapping[str, str] = {
    "key": 'Add a short name that never changes, as in key = "leading-2027".',
    "title": 'Add it, as in title = "Leading side by side".',
    "name": 'Add what the organisation is called, as in name = "Northbank Leadership Trust".',
    "zone": 'Add it, as in zone = "Europe/London".',
    "hours": 'Add when people may be written to, as in hours = "09:00-20:00".',
    "contact": "Add the name and number of somebody outside both organisations whom people can turn to.",
    "retention_months": "Add how many months words are kept, as in retention_months = 12.",
    "organisation": "Add the lines [organisation], key = … and name = …",
    "question": "Add the lines [question], day = … and at = …",
    "opening": "Add the lines [opening], days_after = … and at = …",
    "digest": "Add the lines [digest], day = … and at = …",
    "module": "Add at least two, each under a line [[module]] with title, theme and starts.",
    "day": 'Add it, as in day = "Tuesday".',
    "at": 'Add it, as in at = "10:00".',
    "days_after": "Add how many days after the question it opens, as in days_after = 2.",
    "theme": 'Add what the weeks after it are about, as in theme = "trust".',
    "starts": "Add the day it starts on, as in starts = 2027-01-19.",
}


# ---- mistakes


def _decoded(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        remedy = "Save the file as plain text in the encoding UTF-8."
        raise Faulty(file, [Fault(line, "The file is not in UTF-8.", remedy)]) from None


_SINGLE = re.compile(r"\s*\[\s*module\s*\]\s*(#|$)")


def _doubled(text: str, faults: list[Fault]) -> Iterator[str]:
    """The lines, with double brackets around modules: single ones are a mistake that would hide all others."""
    for number, line in enumerate(text.split("\n"), 1):
        if _SINGLE.match(line):
            remedy = "Write [[module]]: what there may be several of stands in double brackets."
            faults.append(Fault(number, "The brackets are single.", remedy))
        yield "[[module]]" if _SINGLE.match(line) else line


def _parsed(
    text: str, paths: Mapping[Path, int], faults: list[Fault]
) -> tuple[dict[str, Any], frozenset[Path]]:
    """What can be read, and the paths of what cannot; each of these is a mistake.

    A line that cannot be read is taken out and the rest is read again, so that one slip hides no other.
    """
    lines = text.split("\n")
    unread: set[int] = set()
    for _ in range(SYNTAX_TRIES):
        try:
            data = tomllib.loads("\n".join(lines))
            return data, frozenset(path for path, line in paths.items() if line in unread)
        except RecursionError:
            remedy = "Look for a line with far too many brackets, and delete it."
            faults.append(Fault(0, "The file cannot be read.", remedy))
            break
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line (\d+)", str(error))
            if place is None:
                remedy = "Look for a text or a list that is begun and never closed."
                faults.append(Fault(len(lines), "The file ends in the middle of something.", remedy))
                break
            number = int(place[1])
            line = lines[number - 1]
            faults.append(Fault(number, *_slip(line, str(error))))
            if line.lstrip().startswith("["):
                # Whose keys the next ones are cannot be told without it.
                break
            unread.add(number)
            lines[number - 1] = ""
    # Too much is broken to say what is missing: the slips come first.
    return {}, frozenset((key,) for key in _File.model_fields)


def _slip(line: str, error: str) -> tuple[str, str]:
    """What is wrong with a line that is not TOML, and what to do."""
    value = line.partition("=")[2].strip()
    if "Cannot overwrite" in error or "Cannot declare" in error:
        return "This stands in the file twice.", "Keep one of the two and delete the other."
    if any(quote in line for quote in "“”‘’„"):
        return "The quotes are curly.", 'Type straight quotes, as in title = "Leading side by side".'
    if "=" not in line and not line.lstrip().startswith("["):
        return (
            "This line sets nothing.",
            'Write it as in title = "Leading side by side", or put a # before it.',
        )
    if re.match(r"\d{4}-", value):
        return "There is no such day.", "Write year, month and day, as in 2027-01-19."
    if value.count('"') == 1:
        return "A quote is missing.", "Put the text between two straight quotes."
    if value and not value.startswith(('"', "'", "[", "{")):
        return (
            "This value cannot be read.",
            "Put it between straight quotes; only whole numbers, dates, true and false go without.",
        )
    return "This line cannot be read.", "Compare it with the example in docs/examples/programme.toml."


def _spoken(error: ValidationError, lines: Mapping[Path, int], unread: frozenset[Path]) -> Iterator[Fault]:
    """The mistakes that pydantic found, in our words."""
    for each in error.errors(include_url=False):
        path: Path = each["loc"]
        key, line = str(path[-1]), line_of(lines, path)
        context = each.get("ctx", {})
        if each["type"] == "missing":
            if path not in unread:
                yield Fault(line, f"{_called(path)} is missing.", _MISSING[key])
        elif each["type"] == "extra_forbidden":
            yield Fault(line, f"“{key}” means nothing here.", _instead(path))
        elif "remedy" in context:
            yield Fault(line, f"{_called(path)}: {context['what']}", context["remedy"])
        else:
            remedy = _MISSING.get(key, "Compare it with the example in docs/examples/programme.toml.")
            yield Fault(line, f"{_called(path)} is not written as it should be.", remedy)


def _instead(path: Path) -> str:
    tables: Mapping[str | int, type[BaseModel]] = {
        "organisation": _Organisation,
        "question": _Weekly,
        "opening": _Opening,
        "digest": _Digest,
        "module": _Module,
    }
    known = list(tables.get(path[0], _File).model_fields if len(path) > 1 else _File.model_fields)
    near = get_close_matches(str(path[-1]), known, 1)
    if near:
        return f"Did you mean {near[0]}?"
    if len(path) > 1 and path[-1] in _File.model_fields:
        return f"Move the line to the top of the file, above the first line in [brackets]: it is under [{path[0]}] now."
    return f"Delete the line. What can stand here is: {', '.join(known)}."


def _called(path: Path) -> str:
    """A key as a person finds it: "module 2, title"."""
    names: list[str] = []
    for piece in path:
        if isinstance(piece, int):
            names[-1] = f"{names[-1]} {piece + 1}"
        else:
            names.append(piece)
    return ", ".join(names)


def _senseless(found: _File, lines: Mapping[Path, int]) -> Iterator[Fault]:
    """What can be read and cannot be meant."""
    start, end = found.hours
    said = f"the programme's hours, from {start:%H:%M} until {end:%H:%M}"
    for table, at in (("question", found.question.at), ("opening", found.opening.at)):
        if not start <= at < end:
            line = line_of(lines, (table, "at"))
            yield Fault(line, f"{table}, at: {at:%H:%M} is outside {said}.", "Move it, or widen the hours.")
    day = datetime(2000, 1, 3)  # noqa: DTZ001 - a day like any other, for a sum of wall times
    asked = datetime.combine(day, found.question.at)
    opens = datetime.combine(day + timedelta(days=found.opening.days_after), found.opening.at)
    if opens - asked < ENOUGH:
        what = "opening: it comes less than a day after the question."
        yield Fault(
            line_of(lines, ("opening", "days_after")), what, "Give people a day at least: raise days_after."
        )
    if len(found.module) < 2:
        what = "There are fewer than two modules."
        remedy = "Questions are asked between modules: from the day of the first until the day of the last."
        yield Fault(line_of(lines, ("module", 0)), what, f"Add another. {remedy}")
    titles = [module.title.casefold() for module in found.module]
    for number, module in enumerate(found.module):
        if titles.index(titles[number]) < number:
            what = f"module {number + 1}, title: another one is called “{module.title}”, too."
            yield Fault(
                line_of(lines, ("module", number, "title")), what, "Give each module a title of its own."
            )
        if number and module.starts <= found.module[number - 1].starts:
            what = f"module {number + 1}, starts: it does not come after module {number}."
            remedy = "Put the modules in the order in which they are held, each on a later day."
            yield Fault(line_of(lines, ("module", number, "starts")), what, remedy)


def _wanted(found: _File, file: str, lines: Mapping[Path, int]) -> WantedProgramme:
    return WantedProgramme(
        file=file,
        organisation_key=found.organisation.key,
        organisation=found.organisation.name,
        key=found.key,
        title=found.title,
        zone=found.zone,
        hours_start=found.hours[0],
        hours_end=found.hours[1],
        holidays=found.holidays,
        ask=Weekly(found.question.day, found.question.at, found.zone),
        open_days=found.opening.days_after,
        open_at=found.opening.at,
        digest=Weekly(found.digest.day, found.digest.at, found.zone),
        words_by_mail=found.digest.words_by_mail,
        retention_months=found.retention_months,
        contact=found.contact,
        modules=tuple(
            WantedModule(each.title, each.theme.value, each.starts, line_of(lines, ("module", number)))
            for number, each in enumerate(found.module)
        ),
        lines=lines,
    )
