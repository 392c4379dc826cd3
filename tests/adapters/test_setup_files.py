"""The two files that a programme lead writes: every mistake is found at once, in its line, with what to do."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from adapters.setup.faults import Fault, Faulty
from adapters.setup.people_file import COLUMNS, WantedPeople, read_people
from adapters.setup.programme_file import WantedProgramme, read_programme
from adapters.setup.toml_lines import lines_of
from bot.model import Platform, Role
from bot.questions.bank import Theme

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
PROGRAMME = (EXAMPLES / "programme.toml").read_text(encoding="utf-8")
PEOPLE = (EXAMPLES / "people.csv").read_text(encoding="utf-8")


def programme(text: str) -> WantedProgramme:
    return read_programme(text.encode(), "programme.toml")


def faults_in(read: Callable[[], object]) -> tuple[Fault, ...]:
    with pytest.raises(Faulty) as refused:
        read()
    assert "Nothing was changed." in str(refused.value)
    return refused.value.faults


def people(text: str | bytes) -> WantedPeople:
    return read_people(text if isinstance(text, bytes) else text.encode(), "people.csv")


def people_faults(text: str | bytes) -> tuple[Fault, ...]:
    try:
        return people(text).faults
    except Faulty as refused:
        return refused.faults


def line_with(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if piece in line)


# ---- programme.toml


def test_the_example_of_a_programme_is_read_as_it_stands() -> None:
    found = programme(PROGRAMME)
    assert (found.key, found.organisation_key, found.title) == (
        "leading-2027",
        "northbank",
        "Leading side by side",
    )
    assert (found.ask.weekday, found.ask.at, found.digest.weekday) == (1, time(10), 4)
    assert (found.hours_start, found.hours_end, found.open_days, found.open_at) == (
        time(9),
        time(20),
        2,
        time(17),
    )
    assert [(each.theme, each.starts_on) for each in found.modules] == [
        ("power and decisions", date(2027, 1, 19)),
        ("trust", date(2027, 3, 2)),
        ("what next", date(2027, 4, 20)),
    ]


@pytest.mark.parametrize(
    ("before", "after", "what", "remedy"),
    [
        ('title = "Leading side by side"', 'tittle = "Leading"', "“tittle” means nothing", "Did you mean title?"),
        ('title = "Leading side by side"', "title = “Leading”", "curly", "straight quotes"),
        ('title = "Leading side by side"', 'title = "Leading', "quote is missing", "two straight quotes"),
        ('title = "Leading side by side"', 'title = ""', "nothing in it", 'title = "'),
        ('title = "Leading side by side"', f'title = "{"x" * 200}"', "200 characters", "120 at most"),
        ('title = "Leading side by side"', 'title = "Lea\\u001bding"', "cannot be seen", "type it afresh"),
        ('title = "Leading side by side"', "title Leading", "sets nothing", "put a # before it"),
        ('"leading-2027"', '"Leading 2027"', "cannot be a key", "small letters"),
        ('"Europe/London"', '"London"', "no time zone", "Did you mean Europe/London?"),
        ('"Europe/London"', '"Europe/Lundon"', "no time zone", "Did you mean Europe/London?"),
        ('"09:00-20:00"', '"20:00-09:00"', "end before they begin", "earlier one first"),
        ('"09:00-20:00"', '"nine"', "are no hours", "09:00-20:00"),
        ('"England"', '"Englnd"', "holidays: “Englnd” names no holidays", "Did you mean England?"),
        ('"England"', '"Nowhere at all"', "names no holidays", 'as in holidays = "England"'),
        ('"England"', '"United Kingdom"', "names no holidays", "England, Northern Ireland, Scotland and Wales"),
        ('"England"', '"Germany, Bavaria"', "names no holidays", "Bayern"),
        ('"England"', "true", "names no holidays", 'as in holidays = "England"'),
        ('at = "10:00"', "at = 10:00", "cannot be read", "between straight quotes"),
        ('at = "10:00"', 'at = "25:00"', "no time of day", "23:59"),
        ('at = "10:00"', 'at = "07:00"', "outside the programme's hours", "widen the hours"),
        ('day = "Tuesday"', 'day = "Dienstag"', "no day of the week", "Tuesday"),
        ('day = "Tuesday"', 'title = "Tuesday"', "means nothing here", "top of the file"),
        ("mail = false", 'mail = "yes"', "words_by_mail: “yes” is neither", "true or false, without quotes"),
        ("mail = false", "mail = yes", "cannot be read", "true and false go without"),
        ("words_by_mail = false", "words_by_post = true", "means nothing", "Did you mean words_by_mail?"),
        ("days_after = 2", "days_after = 7", "does not fit", "from 1 to 6"),
        ("days_after = 2", 'days_after = "2"', "does not fit", "without quotes"),
        ("retention_months = 12", "retention_months = 500", "does not fit", "from 2 to 120"),
        ('theme = "trust"', 'theme = "trsut"', "no theme", "Did you mean “trust”?"),
        ("starts = 2027-03-02", "starts = 2027-02-30", "no such day", "as in 2027-01-19"),
        ("starts = 2027-03-02", 'starts = "2 March"', "no date", "2027-01-19"),
        ("starts = 2027-03-02", "starts = 2026-03-02", "does not come after module 1", "in the order"),
        ('title = "Holding trust"', 'title = "who decides"', "another one is called", "title of its own"),
        ("[opening] ", "[opening ", "cannot be read", "example"),
        ("[[module]]", "[module]", "brackets are single", "Write [[module]]"),
        ("[digest] ", "[question]#", "stands in the file twice", "delete the other"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_programme_is_named_with_its_line_and_what_to_do(
    before: str, after: str, what: str, remedy: str
) -> None:
    assert PROGRAMME.count(before) == 1 or before.startswith(('day = "T', 'at = "1', "[["))
    broken = PROGRAMME.replace(before, after, 1)
    found = faults_in(lambda: programme(broken))
    hit = [fault for fault in found if what in fault.what and remedy in fault.remedy]
    assert hit, found
    assert hit[0].line == line_with(broken, after)


def test_all_mistakes_of_a_programme_are_named_at_once_also_beside_lines_that_cannot_be_read() -> None:
    broken = (
        PROGRAMME.replace('"Europe/London"', "Europe/London")
        .replace('at = "16:00"', "at = 16:00")
        .replace('day = "Tuesday"', 'day = "Tooseday"')
        .replace("retention_months = 12 ", "retention_month = 12 ")
        .replace('theme = "what next"\n', "")
    )
    found = faults_in(lambda: programme(broken))
    assert [fault.line for fault in found] == [
        0,
        line_with(broken, "zone ="),
        line_with(broken, "retention_month"),
        line_with(broken, "Tooseday"),
        line_with(broken, "16:00"),
        broken[: broken.rindex("[[module]]")].count("\n") + 1,
    ]
    assert "retention_months is missing" in found[0].what


def test_what_stands_on_a_line_that_cannot_be_read_is_not_called_missing_too() -> None:
    (fault,) = faults_in(lambda: programme(PROGRAMME.replace('"Europe/London"', "Europe/London")))
    assert "cannot be read" in fault.what


def test_a_programme_written_by_a_windows_editor_is_read() -> None:
    assert programme("\ufeff" + PROGRAMME.replace("\n", "\r\n")).title == "Leading side by side"


@pytest.mark.parametrize("content", [PROGRAMME.encode("utf-16"), 'title = "Caf\xe9"'.encode("latin-1")])
def test_a_programme_in_another_encoding_is_refused_with_what_to_do(content: bytes) -> None:
    (fault,) = faults_in(lambda: read_programme(content, "programme.toml"))
    assert "UTF-8" in fault.remedy


def test_an_empty_programme_says_everything_that_it_needs() -> None:
    found = faults_in(lambda: programme(""))
    assert {fault.what.split()[0] for fault in found} >= {"key", "title", "zone", "organisation", "module"}


def test_what_looks_like_a_key_inside_a_long_text_is_none() -> None:
    found = lines_of('a = """\nb = 1\n"""\n[x]\nc = 2\n[[m]]\nd = 1\n[[m]]\nd = 2\n"e f".g = 3\n')
    assert found == {("a",): 1, ("x",): 4, ("x", "c"): 5, ("m", 0): 6, ("m", 0, "d"): 7, ("m", 1): 8,
                     ("m", 1, "d"): 9, ("m", 1, "e f", "g"): 10}  # fmt: skip


def test_the_guide_names_every_theme_and_every_column() -> None:
    guide = " ".join((EXAMPLES.parent / "setting-up.md").read_text(encoding="utf-8").split())
    assert ", ".join(theme.value for theme in Theme) in guide
    for column in COLUMNS:
        assert f"`{column}`" in guide


# ---- people.csv


def test_the_example_of_people_is_read_as_it_stands() -> None:
    found = people(PEOPLE)
    assert found.faults == ()
    assert found.notes == ()
    assert [each.name for each in found.people if each.role is Role.FACILITATOR] == ["Anna Lindqvist"]
    tom = found.people[1]
    assert (tom.line, tom.pair, tom.hours, tom.zone) == (3, "1", (time(9), time(17, 30)), None)


SAME = [
    ("with semicolons", PEOPLE.replace(",", ";").encode()),
    ("with tabs, in UTF-16", PEOPLE.replace(",", "\t").encode("utf-16")),
    ("with a byte order mark and Windows newlines", ("\ufeff" + PEOPLE.replace("\n", "\r\n")).encode()),
    ("with old Macintosh newlines", PEOPLE.replace("\n", "\r").encode()),
    ("told its separator", ("sep=;\n" + PEOPLE.replace(",", ";")).encode()),
    ("with empty rows", (PEOPLE.replace("\n", "\n,,,,,\n") + "\n\n").encode()),
    ("quoted", "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in PEOPLE.split("\n")).encode()),
    ("with spaces around everything", PEOPLE.replace(",", " , ").replace("name", "\u00a0Name", 1).encode()),
    ("with other names of columns", PEOPLE.replace("email", "E-mail address", 1).encode()),
]


@pytest.mark.parametrize("content", [each[1] for each in SAME], ids=[each[0] for each in SAME])
def test_a_spreadsheet_may_save_people_in_its_own_way(content: bytes) -> None:
    found, plain = people(content), people(PEOPLE)
    assert found.faults == ()
    assert [(p.name, p.email, p.pair, p.role, p.zone, p.hours) for p in found.people] == [
        (p.name, p.email, p.pair, p.role, p.zone, p.hours) for p in plain.people
    ]


def test_people_in_the_encoding_of_an_older_spreadsheet_are_read_and_the_names_are_shown() -> None:
    found = people(PEOPLE.encode("cp1252"))
    assert found.faults == ()
    assert "Siân Cole" in [each.name for each in found.people]
    (note,) = found.notes
    assert "spelt right" in note
    assert "Siân Cole" in note


def test_a_name_may_hold_a_comma_a_quote_and_a_new_line_and_lines_are_still_counted_right() -> None:
    text = 'name,email,pair\n"O\'Neil, ""Ada""\nMary",ada@example.org,1\nBen,nonsense,1\n'
    found = people(text)
    assert found.people[0].name == 'O\'Neil, "Ada" Mary'
    assert [fault.line for fault in found.faults] == [4]


HEAD = "name,email,pair,role,zone,hours,slack,teams\n"
ADA, BEN = "Ada,ada@example.org,1\n", "Ben,ben@example.org,1\n"


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("", 0, "empty", "Begin with a line name,email,pair"),
        (HEAD, 1, "nobody", "a line for each person"),
        ("email,pair\n", 1, "no column called name", "first line names the columns"),
        (ADA + BEN, 1, "no column called name", "first line names the columns"),
        ("name,email,pair,zon\n" + ADA + BEN, 1, "“zon” is not known", "Did you mean zone?"),
        ("name,email,pair,diagnosis\n" + ADA + BEN, 1, "“diagnosis” is not known", "Delete it"),
        ("name,email,pair,email\n" + ADA + BEN, 1, "two columns called email", "Keep one"),
        (HEAD + ADA + ",ben@example.org,1\n", 3, "name: There is nothing in it", "needs a name"),
        (HEAD + ADA + "Ben,,1\n", 3, "address is missing", "how they get their link"),
        (HEAD + ADA + "Ben,ben@example,1\n", 3, "no email address", "Correct it"),
        (HEAD + ADA + "Ben,Ben <b@example.org>,1\n", 3, "no email address", "Correct it"),
        (HEAD + ADA + "Ben,b@x.org c@x.org,1\n", 3, "no email address", "Correct it"),
        (HEAD + ADA + "Ben,ADA@example.org,1\n", 3, "stands in line 2", "address of their own"),
        (HEAD + ADA, 2, "on this line alone", "the other one of the pair"),
        (HEAD + ADA + BEN + "Cy,cy@example.org,1\n", 2, "on 3 lines: 2, 3 and 4", "two people"),
        (HEAD + ADA + BEN + "Fay,fay@example.org,1,facilitator\n", 4, "facilitator and is in pair", "Empty the pair"),
        (HEAD + ADA + BEN + "Fay,fay@example.org,,boss\n", 4, "role: “boss” is no role", "facilitator"),
        (HEAD + ADA + "Ben,ben@example.org,1,,Londn\n", 3, "zone: “Londn”", "Europe/London"),
        (HEAD + ADA + "Ben,ben@example.org,1,,,late\n", 3, "hours: “late” are no hours", "09:00-20:00"),
        (HEAD + ADA + "Ben,ben@example.org,1,,,,Ben Smith\n", 3, "slack: “Ben Smith”", "such as T0123ABC:U0456DEF"),
        (HEAD + ADA + "Smith, Ben,ben@example.org,1,,,,,\n", 3, "no email address", "Correct it"),
        (HEAD + ADA + "Ben,ben@example.org,1,,,,,,left\n", 3, "9 cells", "between quotes"),
        (HEAD + ADA + 'Ben,"ben@example.org,1\n', 3, "cannot be read from this line", "Close it"),
        (HEAD + "Ada\x1b[2J,ada@example.org,1\n" + BEN, 2, "cannot be seen", "type it afresh"),
    ],
)  # fmt: skip
def test_a_mistake_among_people_is_named_with_its_line_and_what_to_do(
    text: str, line: int, what: str, remedy: str
) -> None:
    found = people_faults(text)
    hit = [fault for fault in found if what in fault.what and remedy in fault.remedy]
    assert hit, found
    assert hit[0].line == line


def test_all_mistakes_among_people_are_named_at_once() -> None:
    text = HEAD + "Ada,nonsense,1,,Mars/Base\n" + BEN + ",cy@example.org,2\nDan,dan@example.org,3\n"
    assert [(fault.line, fault.what.split(":")[0]) for fault in sorted(people_faults(text))] == [
        (2, "email"),
        (2, "zone"),
        (4, "name"),
        (4, "pair"),
        (5, "pair"),
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(40), b"name,email,pair\n\x81\x8d,a@x.org,1\n"])
def test_a_file_that_is_no_csv_is_refused_with_what_to_do(content: bytes) -> None:
    (fault,) = people_faults(content)
    assert "CSV UTF-8" in fault.remedy


def test_ids_on_platforms_are_read_and_held_by_one_person_each() -> None:
    text = HEAD + "Ada,ada@example.org,1,,,,T01:U01,29:abc\nBen,ben@example.org,1,,,,t01:u01,\n"
    found = people(text)
    assert found.people[0].accounts == {Platform.SLACK: "T01:U01", Platform.TEAMS: "29:abc"}
    assert [(fault.line, fault.what.split(":")[0]) for fault in found.faults] == [(3, "slack")]
