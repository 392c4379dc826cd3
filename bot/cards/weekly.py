"""The weekly page where a chat shows it: as numbers and the way to it. What people wrote is on the page alone."""

from collections.abc import Sequence

from bot.cards import dates
from bot.digest.model import DigestNumbers
from bot.messages import Card, CardKind, Link, Part, Role, Text

NO_WORDS = "What people wrote is on your page alone, and never here."
NONE_YET = "There is no weekly page yet."


def numbers(page: DigestNumbers) -> Sequence[Part]:
    """What stands on a weekly page, as numbers, and the link to it."""
    counts = page.counts
    return (
        Text(dates.span(page.from_at, page.to_at, page.zone), Role.WHEN),
        Text(_lines(page), Role.TITLE),
        Text(f"{counts.answered} of {counted(counts.people, 'person', 'people')} answered."),
        Text(
            f"Kept by their authors, or shared with their partner only: {counts.kept}.\n"
            f"Held back, because fewer than five people shared without a name: {counts.held}.\n"
            f"Taken back since: {page.taken_back}."
        ),
        Link(f"/digests/{page.id}", "Read the weekly page"),
    )


def weekly(page: DigestNumbers) -> Card:
    """The newest weekly page, for one facilitator."""
    parts = (Text(page.programme_title, Role.LEAD), *numbers(page), Text(NO_WORDS, Role.HINT))
    return Card(CardKind.DIGEST, parts, page.id)


def _lines(page: DigestNumbers) -> str:
    if page.waiting:
        return f"{counted(page.waiting, 'line waits', 'lines wait')} for you."
    if page.lines:
        return "Every line has been taken further or answered."
    if page.counts.held or page.taken_back:
        return "Nothing can be shown now. Something was shared with you; below it says why it is not there."
    return "A quiet week. Nobody shared anything with you."


def counted(number: int, one: str, more: str) -> str:
    """A number with what it counts."""
    return f"{number} {one if number == 1 else more}"
