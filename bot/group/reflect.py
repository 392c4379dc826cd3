"""A team's round: a table of moves, the events that make them, and the pure `step`.

Whoever starts a round is shown its question alone; used, it stands in their channel. Answers stay unseen until the
round closes, by the clock or by whoever started it; until then nothing that anybody is shown depends on them, also not
how many there are. A move that the table does not list changes nothing and is answered kindly.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias, assert_never

from bot.conversation.state import after
from bot.errors import Conflict
from bot.model import Account

OPEN_FOR = timedelta(hours=24)
"""How long a round takes answers, unless whoever started it closes it sooner."""

KEPT_UNUSED = timedelta(days=1)
"""How long a question that was shown to whoever asked for it can still be used."""

ENOUGH = 5
"""From how many answers without a name on these are shown: of fewer one could guess who wrote them."""


class TeamState(StrEnum):
    SHOWN = "shown"
    ASKED = "asked"
    CLOSED = "closed"
    DROPPED = "dropped"


class TeamMove(StrEnum):
    ANOTHER = "another question"
    USE = "use"
    DROP = "drop"
    ANSWER = "answer"
    TAKE_BACK = "take back"
    CLOSE = "close"


TEAM = {
    TeamState.SHOWN: {
        TeamMove.ANOTHER: TeamState.SHOWN,
        TeamMove.USE: TeamState.ASKED,
        TeamMove.DROP: TeamState.DROPPED,
    },
    TeamState.ASKED: {
        TeamMove.ANSWER: TeamState.ASKED,
        TeamMove.TAKE_BACK: TeamState.ASKED,
        TeamMove.CLOSE: TeamState.CLOSED,
        TeamMove.DROP: TeamState.DROPPED,
    },
    TeamState.CLOSED: {TeamMove.TAKE_BACK: TeamState.CLOSED},
    TeamState.DROPPED: {},
}


@dataclass(frozen=True, slots=True)
class TeamRound:
    """One question to one channel, its `place`. `question` is the bank's; "" where `starter` asks in their own words.

    `passed` are those that the starter did not want. `due_at` is when the clock closes it, or lets it go if nobody has
    used it; `version` counts what has been done.
    """

    tenant: str
    id: str
    programme: str
    starter: Account
    place: Account
    question: str
    state: TeamState
    begun_at: datetime
    due_at: datetime | None
    passed: tuple[str, ...] = ()
    version: int = 0


# ---- what can happen


@dataclass(frozen=True, slots=True)
class Swapped:
    """Another question, in place of one; without another there is none left."""

    by: Account
    instead_of: str
    question: str


@dataclass(frozen=True, slots=True)
class Used:
    by: Account


@dataclass(frozen=True, slots=True)
class Dropped:
    """It is not to be asked; nobody but the clock does it without being whoever started it."""

    by: Account | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    by: Account
    named: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TookBack:
    by: Account


@dataclass(frozen=True, slots=True)
class Ended:
    """By whoever started it, or by the clock."""

    by: Account | None = None


@dataclass(frozen=True, slots=True)
class Unposted:
    """The channel did not take the question: the bot is not in it, or may not write there."""


TeamEvent: TypeAlias = Swapped | Used | Dropped | Answered | TookBack | Ended | Unposted


# ---- what follows


class Says(StrEnum):
    """What the bot keeps standing somewhere; each is brought up to how things are when it is sent."""

    QUESTION = "question"
    ANSWERS = "answers"
    MINE = "mine"
    """To somebody who answered, in private: what became of it."""
    NOT_THERE = "unasked"
    """To whoever started it, in private: it could not be asked."""


@dataclass(frozen=True, slots=True)
class Say:
    what: Says


@dataclass(frozen=True, slots=True)
class TellAuthors:
    """Everybody who answered is told in private how their answer stands."""


@dataclass(frozen=True, slots=True)
class KeepAnswer:
    by: Account
    named: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ForgetAnswer:
    by: Account


@dataclass(frozen=True, slots=True)
class ForgetQuestion:
    """The starter's own words, if it was in these."""


TeamEffect: TypeAlias = Say | TellAuthors | KeepAnswer | ForgetAnswer | ForgetQuestion


class Reply(StrEnum):
    """What whoever did something is told at once, and nobody else."""

    PREVIEW = "preview"
    NO_OTHER = "no other"
    STARTED = "started"
    DROPPED = "dropped"
    KEPT = "kept"
    TAKEN_BACK = "taken back"
    CLOSED = "closed"
    LATE = "late"
    NOT_YOURS = "not yours"
    STRAY = "stray"


@dataclass(frozen=True, slots=True)
class TeamStep:
    round: TeamRound
    effects: tuple[TeamEffect, ...]
    reply: Reply


def step(round_: TeamRound, event: TeamEvent, now: datetime) -> TeamStep:
    """What follows from one event. Whatever cannot be done leaves the round as it was."""
    match event:
        case Swapped(by=by, instead_of=instead_of, question=question):
            if by != round_.starter:
                return _nothing(round_, Reply.NOT_YOURS)
            if round_.state is TeamState.SHOWN and instead_of != round_.question:
                # The same press twice.
                return _nothing(round_, Reply.PREVIEW)
            if round_.state is TeamState.SHOWN and not question:
                return _nothing(round_, Reply.NO_OTHER)
            passed = (*round_.passed, instead_of)
            return _moved(round_, TeamMove.ANOTHER, (), Reply.PREVIEW, question=question, passed=passed)
        case Used(by=by):
            if by != round_.starter:
                return _nothing(round_, Reply.NOT_YOURS)
            if round_.state is TeamState.ASKED:
                return _nothing(round_, Reply.STARTED)
            closes = now + OPEN_FOR
            return _moved(round_, TeamMove.USE, (Say(Says.QUESTION),), Reply.STARTED, due_at=closes)
        case Dropped(by=by):
            if by is not None and by != round_.starter:
                return _nothing(round_, Reply.NOT_YOURS)
            if round_.state is not TeamState.SHOWN:
                return _nothing(round_, Reply.STRAY)
            return _moved(round_, TeamMove.DROP, (ForgetQuestion(),), Reply.DROPPED, due_at=None)
        case Answered(by=by, named=named, text=text):
            if round_.state is TeamState.CLOSED or _is_over(round_, now):
                return _nothing(round_, Reply.LATE)
            return _moved(round_, TeamMove.ANSWER, (KeepAnswer(by, named, text),), Reply.KEPT)
        case TookBack(by=by):
            effects: tuple[TeamEffect, ...] = (ForgetAnswer(by),)
            if round_.state is TeamState.CLOSED:
                # Without it there may be too few without a name for the others of these to stand.
                effects = (*effects, Say(Says.ANSWERS), TellAuthors())
            return _moved(round_, TeamMove.TAKE_BACK, effects, Reply.TAKEN_BACK)
        case Ended(by=by):
            if by is not None and by != round_.starter:
                return _nothing(round_, Reply.NOT_YOURS)
            shown = (Say(Says.QUESTION), Say(Says.ANSWERS), TellAuthors())
            return _moved(round_, TeamMove.CLOSE, shown, Reply.CLOSED, due_at=None)
        case Unposted():
            if round_.state is not TeamState.ASKED:
                return _nothing(round_, Reply.STRAY)
            lost = (Say(Says.NOT_THERE),)
            return _moved(round_, TeamMove.DROP, lost, Reply.DROPPED, due_at=None)
        case _:
            assert_never(event)


def _is_over(round_: TeamRound, now: datetime) -> bool:
    """Whether its moment has come, though the clock has not closed it yet: what was said is said to the minute."""
    return round_.state is TeamState.ASKED and round_.due_at is not None and now >= round_.due_at


def _moved(
    round_: TeamRound, move: TeamMove, effects: tuple[TeamEffect, ...], reply: Reply, **change: Any
) -> TeamStep:
    try:
        state = after(TEAM, round_.state, move)
    except Conflict:
        return _nothing(round_, Reply.STRAY)
    changed = replace(round_, state=state, version=round_.version + 1, **change)
    return TeamStep(changed, effects, reply)


def _nothing(round_: TeamRound, reply: Reply) -> TeamStep:
    return TeamStep(round_, (), reply)


# ---- what a reader may see


@dataclass(frozen=True, slots=True)
class TeamAnswer:
    """One answer of a round that has closed, or a reader's own."""

    id: str
    by: Account
    named: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TeamWritten:
    """Something that somebody wrote in a channel, for themselves: an answer to the bank's `question`, or to one in a
    starter's own words, which are not theirs; or with `asks`, their own question."""

    at: datetime
    question: str
    asks: bool
    named: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TeamView:
    """A round as a card needs it. `asked` is the question, `own` whether it is the starter's, to the letter.

    `answers` are those that stand where everybody reads them: none before the round has closed.
    """

    round: TeamRound
    asked: str = field(repr=False)
    own: bool
    zone: str
    retention_months: int
    answers: tuple[TeamAnswer, ...] = ()
