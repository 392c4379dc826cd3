"""The weekly page where a chat shows it: as numbers and the way to it. What people wrote is on the page alone."""

from collections.abc import Mapping, Sequence

from bot.cards import dates
from bot.digest.model import DigestNumbers
from bot.messages import Card, CardKind, Link, Part, Role, Text
from bot.rows import Announced, Unfit

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


def announced(page: DigestNumbers, *, in_numbers: bool) -> Card:
    """That a weekly page is there, in a channel: with its numbers only where facilitators alone read them."""
    head = Text("This week’s page for the facilitators is ready.", Role.LEAD)
    link = Link(f"/digests/{page.id}", "Read the weekly page")
    parts = (head, Text(page.programme_title), *numbers(page)) if in_numbers else (head, link)
    return Card(CardKind.ANNOUNCED, parts, page.id)


REFUSED: Mapping[Unfit, str] = {
    Unfit.NOT_PRIVATE: "This is no private channel. I announce weekly pages in private channels alone.",
    Unfit.SHARED: "This channel is shared with another organisation. I announce weekly pages in no such channel.",
    Unfit.ARCHIVED: "This channel is archived. I announce weekly pages where they are read.",
    Unfit.NOT_THERE: "I am not in this channel, or it is none. In a private channel, write /invite @Alongside first.",
    Unfit.NOT_ALLOWED: (
        "I may not see who reads a channel in this workspace. Whoever looks after it can allow me that: the "
        "permission is groups:read."
    ),
}
"""Why a channel is not taken, said to the facilitator who asked there."""

_ENDED: Mapping[Unfit, str] = {
    Unfit.NOT_PRIVATE: "the channel is not private any more",
    Unfit.SHARED: "the channel is shared with another organisation now",
    Unfit.ARCHIVED: "the channel was archived",
    Unfit.NOT_THERE: "the channel is gone, or I am not in it any more",
    Unfit.NOT_ALLOWED: "I may not see who reads a channel in that workspace any more",
}


def chosen(*, in_numbers: bool) -> str:
    """What whoever has chosen a channel is told."""
    only = (
        "Only facilitators of your programme read it now, so the numbers of the page stand there, too. As soon as "
        "somebody else does, I say no more than that the page is ready."
        if in_numbers
        else "Others read it, too, so I say no more than that the page is ready, with a link."
    )
    return (
        f"Done. Each new weekly page is announced in this channel. {only} To end it: /alongside digest stop"
    )


def where(found: Announced | None, zone: str) -> str:
    """Where weekly pages are announced, for the facilitators; nothing if nobody has asked for it."""
    if found is None:
        return ""
    if found.ended_at is None:
        return f"In {found.place.platform.value.title()}, each page is announced in a private channel."
    day, why = dates.date(found.ended_at, zone), _ENDED[found.why or Unfit.NOT_THERE]
    return (
        f"Since {day} the weekly page is announced in no channel: {why}. Nothing is posted there. To have it "
        "announced again, write “/alongside digest here” in a private channel."
    )


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
