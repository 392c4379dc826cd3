"""What facilitators ask for in Slack: the weekly page as numbers, their programme, and the people in it.

Each is made anew when it is asked for and seen by whoever asked alone, so nothing of it goes on standing in Slack.
To anybody else these words are words that are not known.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from enum import StrEnum

from adapters.glance import GlanceView, view_of
from adapters.house import House
from adapters.slack import commands
from bot.cards import weekly
from bot.errors import Conflict, PostFailed, Unavailable
from bot.messages import Card, CardKind, Link, Part, Text
from bot.messages import Role as As
from bot.model import Account, Platform, Reader, Role


class Asked(StrEnum):
    """Everything that a facilitator can ask for."""

    DIGEST = "digest"
    HERE = "digest here"
    STOP = "digest stop"
    PROGRAMME = "programme"
    PEOPLE = "people"
    HELP = "help"


HELP = (
    "Only you see what I answer. You can write: "
    + ", ".join(f"/alongside {each}" for each in (*Asked, commands.NOT_HERE))
    + "."
)
STOPPED = "Done. Weekly pages are announced in no channel any more. You are still told yourself, as before."
NOTHING_TO_STOP = "Weekly pages are announced in no channel, so nothing was changed."
NOT_NOW = "Slack did not say who reads this channel, so nothing was changed. Try again in a minute."
BESIDE = 20
"""How many people stand in one text: far fewer than it has room for."""


async def reader_of(house: House, account: Account) -> Reader | None:
    """Whose account this is, if they facilitate a programme."""
    async with house.store.read() as tx:
        reader = await tx.people.at(account)
        if reader is None or (await tx.people.get(reader)).role is not Role.FACILITATOR:
            return None
        return reader


async def answer(house: House, reader: Reader, text: str) -> Card:
    """What a facilitator is answered at once."""
    match _asked(text):
        case Asked.DIGEST:
            return await _newest(house, reader)
        case Asked.STOP:
            stopped = await house.announce_no_more(reader)
            return said(STOPPED if stopped else NOTHING_TO_STOP)
        case Asked.PROGRAMME | Asked.PEOPLE as asked:
            async with house.store.read() as tx:
                found = await tx.glances.glance(reader)
            by_mail = Platform.MAIL in house.posters
            glance = view_of(found, house.now(), reader.person, by_mail=by_mail)
            return programme(glance) if asked is Asked.PROGRAMME else people(glance)
        case Asked.HELP | Asked.HERE:
            return said(HELP)
        case None:
            return said(f"{_nearest(text)} {HELP}")


def is_here(text: str) -> bool:
    """Whether weekly pages are to be announced where this was written: Slack has to be asked about that place."""
    return _asked(text) is Asked.HERE


async def here(house: House, reader: Reader, place: Account) -> Card:
    """Announce weekly pages in this channel, if that can be."""
    try:
        return said(await house.announce_here(reader, place))
    except (PostFailed, Unavailable, Conflict):
        return said(NOT_NOW)


async def _newest(house: House, reader: Reader) -> Card:
    async with house.store.read() as tx:
        digests = await tx.digests.summaries(reader)
        if not digests:
            return said(weekly.NONE_YET)
        return weekly.weekly(await tx.glances.numbers(reader, digests[0].id))


def programme(glance: GlanceView) -> Card:
    """The programme as its page shows it: who takes part, as numbers of a pair."""
    parts: list[Part] = [Text(glance.title, As.LEAD), *(Text(each) for each in glance.lost)]
    parts += [
        Text(f"{each.names}. Nobody has answered the last {each.questions} questions. I do not know why.")
        for each in glance.quiet
    ]
    parts.append(Text("Who answered", As.TITLE))
    if glance.days:
        days = ", ".join(glance.days)
        parts.append(Text(f"How many of each pair answered the questions that opened on {days}.", As.HINT))
        parts += _texts([f"{names}: {', '.join(cells)}" for names, cells in glance.answered])
    else:
        parts.append(Text("Nothing has opened yet."))
    if glance.ended:
        parts.append(Text(f"The programme has ended for: {'; '.join(glance.ended)}."))
    modules = [
        f"{title}, {when}{'. Questions are about this one now' if now else ''}."
        for title, when, now in glance.modules
    ]
    parts += [Text("Modules", As.TITLE), *_texts(modules)]
    rhythm = [*glance.rhythm, *([glance.announced] if glance.announced else ())]
    parts += [Text("How it goes", As.TITLE), *_texts(rhythm)]
    parts.append(Link("/programme", "The programme at a glance"))
    return _card(parts)


def people(glance: GlanceView) -> Card:
    """Who takes part, and how each is reached."""
    said = [
        ". ".join(each.rstrip(".") for each in (f"{person.name}{', ' if is_ else ''}{is_}", where) if each)
        + "."
        for person, is_, where, _ in glance.people
    ]
    parts: list[Part] = [Text(glance.title, As.LEAD), *_texts(said)]
    parts += [
        Text("Whether somebody has paused or stopped stands nowhere here.", As.HINT),
        Link("/programme", "The programme at a glance"),
    ]
    return _card(parts)


def _texts(lines: Sequence[str]) -> Iterator[Text]:
    for start in range(0, len(lines), BESIDE):
        yield Text("\n".join(lines[start : start + BESIDE]))


def _asked(text: str) -> Asked | None:
    said = _said(text)
    return Asked.HELP if not said else next((each for each in Asked if each == said), None)


def _nearest(text: str) -> str:
    near = get_close_matches(_said(text), [*Asked, commands.NOT_HERE], n=1)
    guess = f" Did you mean /alongside {near[0]}?" if near else ""
    return f"I do not know that one, so nothing was done.{guess}"


def _said(text: str) -> str:
    return " ".join(text.casefold().split())


def said(text: str) -> Card:
    """A remark, and the way to the page."""
    return _card([Text(text), Link("/", "Your page")])


def _card(parts: Sequence[Part]) -> Card:
    return Card(CardKind.HELP, tuple(parts))
