"""The weekly page as a mail, where a programme lets words go by mail: what one facilitator may read at that moment.

Each line stands in it once, to the letter. What a mail cannot be trusted with stays on the page: who wants a call,
which pair has gone quiet, and what became of a line.
"""

from dataclasses import dataclass
from html import escape

from bot.cards import dates
from bot.cards.digest import module_name
from bot.cards.live import question_text
from bot.cards.notice import notice
from bot.digest.model import DigestView, LineView
from bot.messages import Card, CardKind, Link, Part, Quote, Role, Text
from bot.rows import Prompts

ROOM = 30_000
"""Bytes of HTML that the lines of one mail may take. They stand in it as plain text too, both in base64, and from
102 KB on Gmail cuts a mail off."""
AROUND = 600
"""Bytes that stand around one line at most: what it answers, whose it is, and how it is set."""

CANNOT_BE_TAKEN_BACK = (
    "A mail cannot be taken back. What somebody changes or takes back from now on is changed on the page, and not in "
    "this mail. It is for you alone."
)


@dataclass(frozen=True, slots=True)
class WeeklyMail:
    """A mail with words in it, and which lines those are."""

    card: Card
    lines: tuple[str, ...]


def weekly_mail(view: DigestView, prompts: Prompts) -> WeeklyMail:
    """The mail about a weekly page, with as many of its lines as a mail has room for."""
    title, _, link = notice(CardKind.DIGEST, view.id).parts
    assert isinstance(link, Link)
    question = question_text(prompts, view.question)
    fitting = _fitting(view)
    parts: list[Part] = [
        title,
        Text(CANNOT_BE_TAKEN_BACK),
        Text(f"{view.programme_title}, {dates.span(view.from_at, view.to_at, view.zone)}", Role.WHEN),
        Text("Who took part", Role.TITLE),
        Text(f"{view.counts.answered} of {_people(view.counts.people)} answered."),
    ]
    if question:
        module = module_name(view.next_module) if view.next_module else "the next module"
        parts += [Text(f"To take to {module}", Role.TITLE), Text(question, Role.LEAD)]
    for theme, lines in view.themes:
        here = [line for line in lines if line.id in fitting]
        parts += [Text(theme[:1].upper() + theme[1:], Role.TITLE)] if here else []
        parts += [_quoted(line, prompts) for line in here]
    if not fitting:
        parts.append(Text("There is no line in this mail."))
    parts.append(Text("What is not here", Role.TITLE))
    parts += [Text(said) for said in _missing(view, len(view.lines) - len(fitting))]
    parts.append(link)
    return WeeklyMail(Card(CardKind.DIGEST, tuple(parts), view.id), tuple(fitting))


def _fitting(view: DigestView) -> dict[str, LineView]:
    """The lines for which there is room, in their order. None is ever cut."""
    left, found = ROOM, dict[str, LineView]()
    for line in (line for _, lines in view.themes for line in lines):
        size = len(escape(line.text).encode()) + len("<br>") * len(line.text.splitlines()) + AROUND
        if size <= left:
            left -= size
            found[line.id] = line
    return found


def _quoted(line: LineView, prompts: Prompts) -> Quote:
    asked = question_text(prompts, line.question)
    return Quote(
        line.text, line.by or "without a name", asked=f"Added to: {asked}" if line.added and asked else asked
    )


def _missing(view: DigestView, too_long: int) -> list[str]:
    """What does not stand in this mail, and where it can be read if anywhere."""
    told = [
        "Who would like a call, which pairs have gone quiet, and what became of a line: that stands on the page alone."
    ]
    if too_long:
        told.append(f"{_lines(too_long)} too much for one mail. The page has room for all.")
    if view.left_out:
        told.append(f"{_lines(view.left_out)} shared where nothing was said of mail. The page has them.")
    return [
        *told,
        f"Kept by their authors, or shared with their partner only: {view.counts.kept}.",
        f"Held back, because fewer than five people shared without a name: {view.counts.held}.",
        f"Taken back since: {view.taken_back}.",
    ]


def _lines(number: int) -> str:
    return "One line was" if number == 1 else f"{number} lines were"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
