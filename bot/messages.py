"""What comes in and what goes out, in nobody's platform's terms.

`Incoming` is a closed union; `key` names one delivery of one event, so that the same event sent five times
has one effect. A `Card` is a closed union of a few plain parts that every platform can draw. Whatever holds
a person's words hides them from `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.model import Account, Reader


class Action(StrEnum):
    """Everything a person can press or send, besides writing."""

    READ_ON = "read-on"
    AGREE = "agree"
    CHOOSE_WORDS = "choose-words"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    SEND = "send"
    DONE = "done"
    ANOTHER = "another"
    WHY = "why"
    PUT_OFF = "put-off"
    SKIP = "skip"
    DECLINE = "decline"
    CHOOSE = "choose"
    CHOOSE_AGAIN = "choose-again"
    EDIT = "edit"
    REMOVE = "remove"
    SAY_BACK = "say-back"
    READ = "read"
    LEAVE_UNREAD = "leave-unread"
    ANSWER_BACK = "answer-back"
    UNSAY = "unsay"
    UNSAY_ANSWER = "unsay-answer"
    MUTE = "mute"
    UNMUTE = "unmute"
    LESS_OFTEN = "less-often"
    EVERY_WEEK = "every-week"
    LATER = "later"
    HELP = "help"
    PAUSE = "pause"
    AWAY = "away"
    HOURS = "hours"
    STOP = "stop"
    TAKE_BACK_ALL = "take-back-all"
    START = "start"
    LEAVE = "leave"
    CALL = "call"
    ASK_CALL = "ask-call"
    NO_CALL = "no-call"
    ALONE = "alone"
    TOGETHER = "together"
    WITHDRAW = "withdraw"
    GO_ON = "go-on"
    NOT_ON = "not-on"


class TeamAction(StrEnum):
    """Everything that can be pressed about a team's round, in its channel or in private."""

    USE = "team-use"
    ANOTHER = "team-another"
    DROP = "team-drop"
    ANSWER = "team-answer"
    SEND = "team-send"
    TAKE_BACK = "team-take-back"
    CLOSE = "team-close"


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a person wrote. `source` is the platform's name for it, `at` when they wrote it.

    `part` is the part of the answer whose box it was written in, where the platform knows.
    """

    key: str
    account: Account
    at: datetime
    source: str
    text: str = field(repr=False)
    part: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier message now reads differently; `text` is None when it was deleted.

    It may arrive before the message that it changes.
    """

    key: str
    account: Account
    at: datetime
    source: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, or a form with its fields, which may hold words. `subject` is the id of what it is about."""

    key: str
    account: Account
    at: datetime
    action: Action
    subject: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """The person can be reached here from now on."""

    key: str
    account: Account
    at: datetime


Incoming: TypeAlias = Said | Edited | Pressed | Joined


class CardKind(StrEnum):
    """Everything the bot can say. Stored with each post, so a value never changes its meaning."""

    HELLO = "hello"
    TERMS = "terms"
    YOUR_WORDS = "your words"
    CHALLENGE = "challenge"
    READY = "ready"
    QUESTION = "question"
    WHY = "why"
    KEPT = "kept"
    FOLLOW_UP = "follow-up"
    WHO_SEES = "who sees"
    WAITING = "waiting"
    NUDGE = "nudge"
    LESS_OFTEN = "less often"
    OPENED = "opened"
    NOT_OPENED = "not opened"
    TURN = "turn"
    TURN_ANSWER = "turn answer"
    CARE = "care"
    HELP = "help"
    PAUSED = "paused"
    STOPPED = "stopped"
    STARTED = "started"
    START_AGAIN = "start again"
    NOT_NOW = "not now"
    BEFORE_CONSENT = "before consent"
    DIGEST = "digest"
    HELD_BACK = "held back"
    FATE = "fate"
    REFLECTION = "reflection"
    WAY_IN = "way in"
    LEFT = "left"
    PARTNER_LEFT = "partner left"
    NEW_PARTNER = "new partner"
    DELETION_AHEAD = "deletion ahead"
    DELETED = "deleted"
    ALONE_OFFER = "alone offer"
    ALONE = "alone"
    INVITATION = "invitation"
    COPY = "copy"
    CALL = "call"
    CALL_WANTED = "call wanted"
    WILL_CALL = "will call"
    CANNOT_CALL = "cannot call"
    KEEPSAKE = "keepsake"
    AFRESH = "afresh"
    """No card: what stands in a chat is to read as it does now."""
    WITHDRAWN = "withdrawn"
    TEAM = "team"
    """What a team's round shows, in its channel or in private: made in `cards/team.py`, from a view of its own."""
    ANNOUNCED = "announced"
    """That a weekly page is there, in the facilitators' channel: made in `cards/weekly.py`."""


class Role(StrEnum):
    """What a text is for; it decides how it is set, never what it says."""

    WHEN = "when"
    TITLE = "title"
    LEAD = "lead"
    BODY = "body"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Text:
    """The bot's own words. `quoting` are a person's own inside them, which stand there between “ and ”."""

    text: str = field(repr=False)
    role: Role = Role.BODY
    quoting: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Quote:
    """A person's own words, to the letter, and whose they are. Without words there is only the note.

    `side` is 1 for the reader's and 2 for the partner's where the two stand beside each other; `asked` is the
    question that the words answer, where it is not the card's own. `account` is whose they are where the platform
    itself says what somebody is called.
    """

    text: str = field(repr=False)
    by: str = ""
    note: str = ""
    side: int = 0
    asked: str = ""
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Exactly one of some options. `chosen` is what stands now."""

    name: str
    legend: str
    options: tuple[Option, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Input:
    """A box to write in. `limit` is in characters.

    `draft` names the box under which what is typed is kept for later; none is kept without it. `fold` are
    the words behind which the box, and the buttons that follow it, may stay out of sight until wanted.
    """

    name: str
    label: str
    hint: str = ""
    value: str = field(default="", repr=False)
    limit: int = 20_000
    lines: int = 5
    draft: str = ""
    fold: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Sends its action, with whatever the card's inputs and choices hold. At most one a card is primary.

    `subject` is the id that it is about where that is not the card's own. What cannot be undone takes two steps:
    the words of `fold` come first, and behind them `hint`, which says what will happen, and the button.
    """

    action: Action | TeamAction
    label: str
    primary: bool = False
    subject: str = ""
    fold: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between what came before and what follows."""


Part: TypeAlias = Text | Quote | Choices | Input | Button | Link | Divider


@dataclass(frozen=True, slots=True)
class Card:
    """One thing the bot says. `subject` is the id it is about and returns with each press."""

    kind: CardKind
    parts: tuple[Part, ...]
    subject: str = ""

    def fallback(self) -> str:
        """The card as plain text: for notifications, screen readers and platforms without cards."""
        lines = []
        for part in self.parts:
            match part:
                case Text(text=text):
                    lines.append(text)
                case Quote(text=text, by=by, note=note, asked=asked):
                    pieces = (f"{by}:" if by else "", asked, f"“{text}”" if text else "", note)
                    lines.append(" ".join(piece for piece in pieces if piece))
                case Choices(legend=legend, options=options):
                    lines.append(legend + " " + " · ".join(option.label for option in options))
                case Input(label=label, hint=hint, fold=fold):
                    if not fold:
                        lines.append(f"{label}. {hint}" if hint else label)
                case Link(href=href, label=label):
                    lines.append(label if href.startswith(("tel:", "sms:")) else f"{label}: {href}")
                case Button(label=label, fold=fold):
                    lines.append(f"[{fold or label}]")
                case Divider():
                    pass
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A card on its way to somebody's account. `id` is the outbox row's: platforms that can deduplicate use it."""

    id: str
    to: Reader
    account: Account
    card: Card
