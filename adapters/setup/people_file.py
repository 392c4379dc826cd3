"""people.csv: who takes part, in which pair, and where each is written to, as a spreadsheet saves it.

Commas, semicolons or tabs; any kind of line ends; UTF-8, UTF-16 or what older spreadsheets of Western Europe
write. Read whole, or refused with every mistake.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from adapters.setup.faults import Fault, Faulty
from adapters.setup.values import (
    Email,
    OutsideId,
    RoleOf,
    SlackId,
    hours_of,
    plain,
    role_of,
    shown,
    text_of,
    zone_of,
)
from bot.model import Platform, Role

COLUMNS = ("name", "email", "pair", "role", "zone", "hours", "slack", "teams")
NEEDED = ("name", "email", "pair")

_OTHER_NAMES: Mapping[str, str] = {
    "full name": "name",
    "e-mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "time zone": "zone",
    "timezone": "zone",
    "slack id": "slack",
    "teams id": "teams",
}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True)
class WantedPerson:
    """One row. What is empty (None or "") was left open; `pair` is a label that two rows share."""

    line: int
    name: str
    email: str
    pair: str
    role: Role
    zone: str | None
    hours: tuple[time, time] | None
    accounts: Mapping[Platform, str]


@dataclass(frozen=True, slots=True)
class WantedPeople:
    """What could be read, and every mistake so far: the rest of them is found beside what is there already."""

    file: str
    people: tuple[WantedPerson, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def read_people(content: bytes, file: str) -> WantedPeople:
    """The people that a file names.

    Raises:
        Faulty: it is no such file at all.
    """
    text, notes = _decoded(content, file)
    rows = list(_rows(text, file))
    if not rows:
        raise Faulty(file, [Fault(0, "The file is empty.", f"Begin with a line {','.join(COLUMNS[:4])}")])
    (head_line, head), *body = rows
    faults: list[Fault] = []
    columns = _columns(head_line, head, faults)
    if not set(NEEDED) <= set(columns):
        # Without these, every row would be wrong, and each for the same reason.
        raise Faulty(file, faults)
    if not body:
        faults.append(Fault(head_line, "There is nobody in it.", "Add a line for each person."))
    people, labels = [], defaultdict(list)
    for line, cells in body:
        row, label, role = _row(line, columns, cells, faults)
        if row is not None:
            people.append(row)
        if label and role is Role.MEMBER:
            labels[label.casefold()].append((line, label))
    faults += _doubled(people)
    faults += _no_pairs(labels)
    return WantedPeople(file, tuple(people), tuple(faults), tuple(notes))


# ---- from bytes to rows


def _decoded(content: bytes, file: str) -> tuple[str, list[str]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), []
    if b"\x00" in content[:4096]:
        remedy = "Open it in your spreadsheet and save it as “CSV UTF-8”."
        raise Faulty(file, [Fault(0, "This is no CSV file.", remedy)])
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        remedy = "Open it in your spreadsheet and save it as “CSV UTF-8”."
        raise Faulty(file, [Fault(line, "The file is in an encoding that is not known.", remedy)]) from None
    odd = [plain(row) for row in text.splitlines() if not row.isascii()]
    note = "The file is not in UTF-8 and was read as older spreadsheets write it. Check that these are spelt right:"
    return text, ["\n".join([note, *(f"    {row}" for row in odd[:10])])]


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the line it begins in."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in text.split("\n") if line.strip(" ,;\t")), "")
    told = re.fullmatch(r"sep=(.)", first.strip("\"' "))
    if told:
        first = text[text.index(first) + len(first) :].lstrip("\n").partition("\n")[0]
    delimiter = told[1] if told else max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for number, cells in enumerate(reader):
            if any(cell.strip() for cell in cells) and not (number == 0 and told):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        remedy = 'A quote (") is opened and not closed. Close it, or delete it.'
        raise Faulty(file, [Fault(begins, "The file cannot be read from this line on.", remedy)]) from None


def _columns(line: int, head: Sequence[str], faults: list[Fault]) -> list[str]:
    found: list[str] = []
    for cell in head:
        name = plain(cell).lower()
        name = _OTHER_NAMES.get(name, name)
        if name in found and name:
            faults.append(Fault(line, f"There are two columns called {name}.", "Keep one of the two."))
        elif name and name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, 1)
            remedy = (
                f"Did you mean {near[0]}?" if near else f"Delete it. The columns are: {', '.join(COLUMNS)}."
            )
            faults.append(Fault(line, f"The column {shown(cell)} is not known.", remedy))
        found.append(name)
    for name in NEEDED:
        if name not in found:
            remedy = f"The first line names the columns: {', '.join(COLUMNS)}. The first three are needed."
            faults.append(Fault(line, f"There is no column called {name}.", remedy))
    return found


# ---- from rows to people


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Annotated[str, BeforeValidator(lambda value: text_of(value, 120, "Each person needs a name."))]
    email: Email
    pair: str = ""
    role: RoleOf = Role.MEMBER
    zone: Annotated[str | None, BeforeValidator(lambda value: zone_of(value) if value else None)] = None
    hours: Annotated[
        tuple[time, time] | None, BeforeValidator(lambda value: hours_of(value) if value else None)
    ] = None
    slack: SlackId = ""
    teams: OutsideId = ""


def _row(
    line: int, columns: Sequence[str], cells: Sequence[str], faults: list[Fault]
) -> tuple[WantedPerson | None, str, Role | None]:
    """A person if the row makes one; its label and role in any case, so that a pair is counted in full."""
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name in COLUMNS}
    label = plain(values.get("pair", ""))
    before = len(faults)
    if any(cell.strip() for cell in cells[len(columns) :]):
        what = f"This line has {len(cells)} cells, and there are {len(columns)} columns."
        faults.append(Fault(line, what, "Put a text that holds a comma between quotes."))
    try:
        row = _Row.model_validate(values)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            context = each.get("ctx", {})
            column = str(each["loc"][0])
            what = context.get("what", "This is not written as it should be.")
            faults.append(Fault(line, f"{column}: {what}", context.get("remedy", "Correct it.")))
        broken = {str(each["loc"][0]) for each in error.errors(include_url=False)}
        return None, label, None if "role" in broken else role_of(values.get("role", ""))
    if row.role is not Role.MEMBER and label:
        what = f"{row.name} has the role {row.role.value} and is in pair {shown(label)}."
        remedy = "Empty the pair: only members are in one. Or empty the role."
        faults.append(Fault(line, what, remedy))
    if len(faults) > before:
        return None, label, row.role
    accounts = {Platform.SLACK: row.slack, Platform.TEAMS: row.teams}
    person = WantedPerson(
        line=line,
        name=row.name,
        email=row.email,
        pair=label.casefold(),
        role=row.role,
        zone=row.zone,
        hours=row.hours,
        accounts={platform: external for platform, external in accounts.items() if external},
    )
    return person, label, row.role


def _doubled(people: Sequence[WantedPerson]) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    for person in people:
        for what, value in (
            ("email", person.email),
            *((each.value, id) for each, id in person.accounts.items()),
        ):
            first = seen.setdefault((what, value.lower()), person.line)
            if first != person.line:
                remedy = "Each person has one line, and an address of their own."
                yield Fault(person.line, f"{what}: {shown(value)} stands in line {first}, too.", remedy)


def _no_pairs(labels: Mapping[str, Sequence[tuple[int, str]]]) -> Iterator[Fault]:
    for found in labels.values():
        lines, label = [line for line, _ in found], found[0][1]
        if len(found) == 1:
            what = f"pair: {shown(label)} is on this line alone."
            yield Fault(lines[0], what, "Give the same label to the other one of the pair.")
        elif len(found) > 2:
            said = ", ".join(str(line) for line in lines[:-1])
            what = f"pair: {shown(label)} is on {len(found)} lines: {said} and {lines[-1]}."
            yield Fault(lines[0], what, "A pair is two people. Give each pair a label of its own.")
