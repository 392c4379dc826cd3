"""One story played with a script for each half of a pair; all that one of them can see, noted at fixed moments.

Two runs that differ only in the partner's script are compared note by note. A note holds what reaches me in any
way: the page as HTML with the name of its delivery, the posts and when they came, the cards that went out, the
mark that live updates carry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from adapters.web.render import FormKeys, keepsake_page, member_page
from bot.cards.keepsake import keepsake
from bot.conversation.state import RoundState, State
from bot.messages import Action, Outgoing
from bot.model import Facilitators
from tests.cast import ADA, BEN, FAY, Character
from tests.properties.world import PAIR_ASKED, THURSDAY_17, TUESDAY_10, Grounds, World

MINE_WORDS = "I was furious, because nobody had asked me about the date."
THEIR_WORDS = "Everyone was there, so I assume that it went well enough."
OTHER_WORDS = "We had decided before you came in, and I kept quiet."
MORE_WORDS = "I would say it again."


class Do(Enum):
    """One thing that somebody can do in a moment of their own."""

    NOTHING = "nothing"
    WRITE = "writes, and leaves it"
    ANSWER = "answers, and shares nothing"
    SHARE = "answers, and shares with the partner"
    SHARE_MORE = "answers, adds to it, and shares both"
    SHARE_OTHER = "answers something else, and shares that"
    SHARE_UP = "answers, and shares with the facilitators only"
    TAKE_BACK = "takes back what was shared with the partner"
    SHARE_NOW = "shares all with the partner"
    UNNAMED = "lets the facilitators see all without a name"
    REWRITE = "changes what was written"
    REMOVE = "removes what was written"
    EDIT = "edits the last message"
    DELETE = "deletes the last message"
    ANOTHER = "asks for another question"
    WHY = "asks why this one"
    PUT_OFF = "puts it off"
    SKIP = "skips it"
    STOP = "stops"
    START = "starts again"
    PAUSE = "pauses"
    AWAY = "goes away until a day"
    LESS_OFTEN = "wants to be asked less often"
    EVERY_WEEK = "wants to be asked every week"
    HOURS = "wants to be written to in the early morning, far away"
    OTHER_HOURS = "wants to be written to at night"
    HELP = "asks for help"
    ALONE = "chooses questions for themselves alone"
    TOGETHER = "comes back from being asked alone"
    WITHDRAW = "withdraws their agreement"
    AGREE = "agrees again"
    CALL = "asks to be called"
    DRAFT = "leaves something half written"
    OLD_BUTTONS = "presses whatever has no place here"


PRIVATE = tuple(each for each in Do if each is not Do.NOTHING)
"""What nobody but its author may be able to tell before the opening."""

REACHES_OPENED = frozenset({Do.TAKE_BACK, Do.SHARE_NOW, Do.REWRITE, Do.REMOVE, Do.EDIT, Do.DELETE})
"""After an opening these change what was opened, which the partner sees: they are left out where they would."""

Script = Mapping[int, tuple[Do, ...]]
"""What is done in which of the moments below."""


def _moments() -> tuple[datetime, ...]:
    week = timedelta(days=7)
    first = [
        TUESDAY_10 + timedelta(minutes=1),
        TUESDAY_10 + timedelta(minutes=30),
        TUESDAY_10 + timedelta(hours=8),
        TUESDAY_10 + timedelta(days=1, minutes=5),
        TUESDAY_10 + timedelta(days=1, hours=9),
        THURSDAY_17 - timedelta(minutes=3),
        THURSDAY_17,
    ]
    between = [THURSDAY_17 + timedelta(minutes=10), THURSDAY_17 + timedelta(days=1)]
    second = [at + week for at in (TUESDAY_10, *first)]
    third = [TUESDAY_10 + 2 * week + timedelta(minutes=1)]
    return (*first, *between, *second, *third)


MOMENTS = _moments()
OPENING = MOMENTS.index(THURSDAY_17)
SECOND_OPENING = MOMENTS.index(THURSDAY_17 + timedelta(days=7))


@dataclass(frozen=True)
class Note:
    """What I can see at one moment, and what has gone out to me by then."""

    at: datetime
    page: str
    posts: tuple[tuple[str, str, str, datetime], ...]
    cards: tuple[Outgoing, ...]
    mark: str


@dataclass(frozen=True)
class Told:
    """One run as I saw it: notes in order, and how its first two openings came out for me."""

    notes: tuple[Note, ...]
    first: tuple[str, ...] | None
    second: tuple[str, ...] | None


def play(grounds: Grounds, mine: Script, theirs: Script) -> Told:
    """Play both scripts; the partner goes first in each moment."""
    world = World(grounds, PAIR_ASKED)
    try:
        sources: dict[tuple[Character, str | None], str] = {}
        notes = []
        for number, at in enumerate(MOMENTS):
            world.wait_until(at)
            for who, script in ((BEN, theirs), (ADA, mine)):
                for each in script.get(number, ()):
                    if each in REACHES_OPENED and _is_opened(world, who):
                        continue
                    _do(world, who, each, sources)
            notes.append(_note(world, ADA))
        first, second = _heard(world, THURSDAY_17), _heard(world, THURSDAY_17 + timedelta(days=7))
        return Told(tuple(notes), first, second)
    finally:
        world.close()


def _note(world: World, who: Character) -> Note:
    page = world.page(who)
    form = FormKeys("/", "csrf", str(page.view.conversation.version))
    drawn = member_page(page.view, page.posts, world.grounds.prompts, form, None, "")
    drawn += keepsake_page(page.view, keepsake(page.view, world.grounds.prompts), form, "")
    return Note(
        at=world.now,
        page=drawn,
        posts=tuple((p.id, p.kind.value, p.subject, p.posted_at) for p in page.posts),
        cards=tuple(each for each in world.house.ledger.posted if each.account == who.account),
        mark=f"{page.view.conversation.version}-{page.posts[-1].id if page.posts else ''}",
    )


def _is_opened(world: World, who: Character) -> bool:
    """Whether the round that somebody is in has opened: what they change in it is seen from then on."""
    view = world.page(who).view
    present = view.rounds.get(view.conversation.round or "")
    return present is not None and present.state is RoundState.OPENED


def _has_opened(world: World) -> bool:
    rounds = world.page(ADA).view.rounds.values()
    return any(round_.state is RoundState.OPENED for round_ in rounds)


def _heard(world: World, opens_at: datetime) -> tuple[str, ...] | None:
    """The words that the partner opened to me at that instant; None if it did not open."""
    for round_ in world.page(ADA).view.rounds.values():
        if round_.opens_at == opens_at and round_.state is RoundState.OPENED:
            return tuple(heard.text or "" for heard in round_.heard)
    return None


def _do(world: World, who: Character, what: Do, sources: dict[tuple[Character, str | None], str]) -> None:
    present = world.page(who).view.conversation.round

    def press(action: Action, subject: str = "", fields: Mapping[str, str] | None = None) -> None:
        world.take_in(world.pressed(who, action, subject, fields))

    def say(text: str) -> None:
        event = world.said(who, text)
        sources[who, present] = event.source
        world.take_in(event)

    def choose(partner: bool | None = None, upward: Facilitators | None = None) -> None:
        fields = {}
        for part in parts():
            if partner is not None:
                fields[f"partner:{part}"] = "yes" if partner else "no"
            if upward is not None:
                fields[f"facilitators:{part}"] = upward.value
        press(Action.CHOOSE, "", fields)

    def parts() -> list[str]:
        view = world.page(who).view
        return [
            part.id
            for round_ in view.rounds.values()
            if round_.id == view.conversation.round
            for part in round_.written
        ]

    def answer(text: str, more: str = "") -> None:
        if world.page(who).view.conversation.state not in (State.ASKED, State.WAITING, State.ANSWERING):
            return
        say(text)
        press(Action.DONE)
        if more:
            say(more)
            press(Action.DONE)
        press(Action.DECLINE)

    words = MINE_WORDS if who is ADA else THEIR_WORDS
    match what:
        case Do.NOTHING:
            pass
        case Do.WRITE:
            say(words)
        case Do.ANSWER:
            answer(words)
            choose(False, Facilitators.NO)
        case Do.SHARE:
            answer(words)
            choose(True, Facilitators.NO)
        case Do.SHARE_MORE:
            answer(words, MORE_WORDS)
            choose(True, Facilitators.NAMED)
        case Do.SHARE_OTHER:
            answer(OTHER_WORDS)
            choose(True, Facilitators.NO)
        case Do.SHARE_UP:
            answer(words)
            choose(False, Facilitators.NAMED)
        case Do.TAKE_BACK:
            choose(False)
        case Do.SHARE_NOW:
            choose(True)
        case Do.UNNAMED:
            choose(None, Facilitators.UNNAMED)
        case Do.REWRITE | Do.REMOVE:
            for part in parts()[:1]:
                if what is Do.REMOVE:
                    press(Action.REMOVE, part)
                else:
                    press(Action.EDIT, part, {f"text:{part}": OTHER_WORDS})
        case Do.EDIT | Do.DELETE:
            if (who, present) in sources:
                text = None if what is Do.DELETE else OTHER_WORDS
                world.take_in(world.edited(who, sources[who, present], text))
        case Do.OLD_BUTTONS:
            view = world.page(who).view
            rounds = [*view.rounds, "nonsense"]
            old = (Action.SAY_BACK, Action.ANSWER_BACK, Action.READ, Action.UNSAY, Action.UNSAY_ANSWER)
            for action in (*old, Action.LATER, Action.LESS_OFTEN):
                for round_ in rounds[-1:] if _has_opened(world) else rounds:
                    press(action, round_, {"text": "Why is that?"})
        case Do.CALL:
            press(Action.ASK_CALL, "", {"to": FAY.id, "how": OTHER_WORDS})
        case Do.DRAFT:

            async def keep() -> None:
                async with world.store.write() as tx:
                    await tx.people.keep_draft(who.reader, "message", "Half a sentence", world.now)

            world.do(keep())
        case Do.AWAY:
            press(Action.AWAY, "", {"back": (world.now.date() + timedelta(days=5)).isoformat()})
        case Do.HOURS:
            press(Action.HOURS, "", {"zone": "Pacific/Auckland", "from": "08:00", "to": "09:00"})
        case Do.OTHER_HOURS:
            press(Action.HOURS, "", {"zone": "Europe/London", "from": "21:00", "to": "23:59"})
        case _:
            press(Action[what.name])


# ---- comparing


def differences(one: Sequence[Note], other: Sequence[Note]) -> list[str]:
    """At which moments, and in what, two runs differ for me."""
    found = []
    for a, b in zip(one, other, strict=True):
        for name in ("at", "posts", "cards", "mark", "page"):
            if getattr(a, name) != getattr(b, name):
                found.append(f"{a.at:%a %d %H:%M}: {name}")
    return found


def without_the_words(note: Note, heard: tuple[str, ...] | None) -> Note:
    """A note of an opened round with a blank for each of the words that were opened."""
    page = note.page
    for text in heard or ():
        page = page.replace(text, "…")
    return replace(note, page=page, cards=())
