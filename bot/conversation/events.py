"""What the engine is told, and what it asks for in return: two closed unions, without any I/O.

An event already holds everything that deciding needs (a follow-up, another question), because `step` looks
nothing up. Effects are requests: `bot.apply` carries them out inside the same transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.conversation.state import Standing
from bot.messages import CardKind
from bot.model import Conversation, Facilitators, Hours

# ---- events


@dataclass(frozen=True, slots=True)
class Spoke:
    """The person wrote something. `source` is the id of the message, `part` whose box it was written in.

    `known` says that a deletion or a newer edit of it came first and has been dealt with, `care` that it
    speaks of danger.
    """

    source: str
    text: str = field(repr=False)
    at: datetime
    part: str = ""
    known: bool = False
    care: bool = False


@dataclass(frozen=True, slots=True)
class Amended:
    """A message was edited, or deleted (`text` is None).

    `known` says that the message has been dealt with already; `part` is where its words are kept, if they are.
    """

    source: str
    text: str | None = field(repr=False)
    at: datetime
    part: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """What is being written is complete: said so by the person, or (`quiet`) by a quiet time.

    `prompt` and `quote` are the follow-up to ask if this was the answer; `rest` that nothing is to be asked,
    `empty` that every message of it has been deleted since.
    """

    prompt: str = ""
    quote: tuple[int, int] | None = None
    rest: bool = False
    empty: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class ReadOn:
    """They have read who is speaking."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """They agree to a wording of the terms, which is stored with its version.

    `missed` is as when somebody starts again, for whoever had withdrawn.
    """

    version: str
    wording: str
    at: datetime
    missed: CardKind | None = None


@dataclass(frozen=True, slots=True)
class Withdrew:
    """They withdraw their agreement to the terms. Nobody else learns of it."""


@dataclass(frozen=True, slots=True)
class ChoseWords:
    """The words they use for themselves; empty is a choice too."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proposed:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Confirmed:
    version: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The clock: this person's question of a round is due. `last` says that none follows it."""

    round: str
    question: str
    opens_at: datetime
    remind_at: datetime | None
    silent_until: datetime | None
    last: bool = False


@dataclass(frozen=True, slots=True)
class Reminded:
    """The clock: the one reminder of this round is due. `drafting` says that they have begun to write."""

    drafting: bool


@dataclass(frozen=True, slots=True)
class OpeningCame:
    """The clock: the opening instant of a round has been dealt with.

    `told` is False for whoever is not to hear of it: nobody opens with them, or they were never asked. `last` says
    that no round follows this one.
    """

    round: str
    opened: bool
    told: bool = True
    last: bool = False


@dataclass(frozen=True, slots=True)
class Another:
    question: str
    reason: str


@dataclass(frozen=True, slots=True)
class PutOff:
    """`until` is None where no reminder would come before the opening."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Skipped:
    pass


@dataclass(frozen=True, slots=True)
class Declined:
    """No to the follow-up."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one part; None leaves that as it stands.

    `chats` goes with `partner`: whether the partner may see it in an organisation's chat, too. `by_mail` goes with
    `facilitators`: that it was chosen where it said that they get words by mail.
    """

    partner: bool | None
    facilitators: Facilitators | None
    chats: bool = False
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Chose:
    """Who sees what: part id -> choice. Parts that are not named stay as they are."""

    choices: Mapping[str, Choice]


@dataclass(frozen=True, slots=True)
class ChooseAgain:
    pass


@dataclass(frozen=True, slots=True)
class Rewrote:
    """One part of an answer reads differently now, or was removed (`text` is None)."""

    part: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SaidBack:
    round: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadTurn:
    round: str
    read: bool


@dataclass(frozen=True, slots=True)
class AnsweredBack:
    round: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unsaid:
    """They took back what they said after an opening, or with `answer` what they answered to the other's."""

    round: str
    answer: bool


@dataclass(frozen=True, slots=True)
class AskedForCall:
    """They want to be called by the person `to`; `how` is how that can be done, in their words."""

    to: str
    how: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NeedsNoCall:
    call: str


@dataclass(frozen=True, slots=True)
class WentAlone:
    """They want questions for themselves alone, or with their partner again. Nobody else learns of it."""

    alone: bool


@dataclass(frozen=True, slots=True)
class WantsOn:
    """After the end: they would like the two of them to go on, or would not after all. Nobody else learns of it."""

    wants: bool
    round: str


@dataclass(frozen=True, slots=True)
class Muted:
    """They want no more, or again, of what the partner says back. The partner never learns of it."""

    muted: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A card that changes nothing: help, why."""

    card: CardKind
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """Stop, pause, start again, or the end of a pause.

    `exactly` says that the end of a pause was chosen: it may also become shorter.
    `missed` says which notice of the present round's opening could not be given meanwhile, if one could not.
    """

    standing: Standing
    until: datetime | None = None
    told: bool = True
    missed: CardKind | None = None
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class TookBackAll:
    pass


@dataclass(frozen=True, slots=True)
class LessOften:
    """How many weeks there are between questions from now on; also the answer to "less often, later, or stop?"."""

    every: int


@dataclass(frozen=True, slots=True)
class ChoseHours:
    """When they want to be written to. The partner never learns of it."""

    hours: Hours


@dataclass(frozen=True, slots=True)
class Reached:
    """They opened the page, or installed the app."""


@dataclass(frozen=True, slots=True)
class Stray:
    """Something that cannot be done here, such as a press on an old button."""

    subject: str = ""


Event: TypeAlias = (
    Spoke
    | Amended
    | Finished
    | ReadOn
    | Agreed
    | Withdrew
    | ChoseWords
    | Proposed
    | Confirmed
    | Asked
    | Reminded
    | OpeningCame
    | Another
    | PutOff
    | Skipped
    | Declined
    | Chose
    | ChooseAgain
    | Rewrote
    | SaidBack
    | ReadTurn
    | AnsweredBack
    | Unsaid
    | AskedForCall
    | NeedsNoCall
    | WentAlone
    | WantsOn
    | Muted
    | Wanted
    | StandingChanged
    | TookBackAll
    | LessOften
    | ChoseHours
    | Reached
    | Stray
)

# ---- effects


class To(StrEnum):
    SELF = "self"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Send:
    """A card is to go out. `proactive` ones wait for the reader's hours and are dropped after a stop."""

    card: CardKind
    subject: str = ""
    to: To = To.SELF
    proactive: bool = False


@dataclass(frozen=True, slots=True)
class BeginPart:
    """A part of an answer starts, seen by nobody else. `prompt` is the follow-up it answers."""

    part: str
    round: str
    ordinal: int
    prompt: str = ""
    quote: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep a message's words under a part."""

    part: str
    source: str
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Amend:
    """A kept message reads differently, or is gone (`text` is None). The newest event wins."""

    part: str
    source: str
    text: str | None = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Bury:
    """A message was deleted before it arrived: remember that, so that it is never kept."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClosePart:
    part: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    part: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Share:
    part: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class WithdrawAll:
    pass


@dataclass(frozen=True, slots=True)
class Consent:
    version: str
    wording: str


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """It counts no longer, nor does what was shared for an opening or a weekly page that is still to come.

    What was being written is complete.
    """


@dataclass(frozen=True, slots=True)
class KeepWordsForMe:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepHours:
    """These are somebody's hours now; what is planned for them moves into them where it can."""

    hours: Hours


@dataclass(frozen=True, slots=True)
class JoinPair:
    pass


@dataclass(frozen=True, slots=True)
class Propose:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Confirm:
    version: int


@dataclass(frozen=True, slots=True)
class ChangeQuestion:
    question: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarkSkipped:
    pass


@dataclass(frozen=True, slots=True)
class SayBack:
    round: str
    text: str = field(repr=False)
    asks: bool


@dataclass(frozen=True, slots=True)
class SettleTurn:
    """The reader opened what was said back, or chose to leave it unread."""

    round: str
    read: bool


@dataclass(frozen=True, slots=True)
class AnswerTurn:
    round: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskCall:
    """Somebody is to call; `how` is how they can reach whoever asks."""

    to: str
    how: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndCall:
    call: str


@dataclass(frozen=True, slots=True)
class Unsay:
    """The words are gone for both; that something was said and taken back stays."""

    round: str
    answer: bool


Effect: TypeAlias = (
    Send
    | BeginPart
    | Keep
    | Amend
    | Bury
    | ClosePart
    | Rewrite
    | Share
    | WithdrawAll
    | Consent
    | WithdrawConsent
    | KeepWordsForMe
    | KeepHours
    | JoinPair
    | Propose
    | Confirm
    | ChangeQuestion
    | MarkSkipped
    | SayBack
    | SettleTurn
    | AnswerTurn
    | Unsay
    | AskCall
    | EndCall
)


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one event: the conversation as it is now, and what is to be done."""

    conversation: Conversation
    effects: tuple[Effect, ...] = ()
