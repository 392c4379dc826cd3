"""What one reader may see, already filtered: the only things from which a card can be made.

The store fills these in SQL, by tenant, reader and consent. A card cannot leak what its view does not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation.state import RoundState
from bot.messages import CardKind
from bot.model import Conversation, Hours, Module, Sharing


@dataclass(frozen=True, slots=True)
class Written:
    """One part of an answer as its author sees it. `prompt` is the key of the follow-up that it answers.

    `quote` is where in the answer the follow-up found its quotation, if the answer has not changed since.
    `opened` says that the partner has been shown this part at an opening, `mailed` that it was put into a mail to the
    facilitators.
    """

    id: str
    ordinal: int
    text: str = field(repr=False)
    sharing: Sharing
    closed: bool
    first_at: datetime
    prompt: str = ""
    quote: tuple[int, int] | None = None
    opened: bool = False
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One part of the partner's answer, opened to this reader. `text` is None once it was taken back.

    Neither is it there in a view for a chat unless its author allows that: it is to be read `elsewhere`, on the page.
    """

    ordinal: int
    text: str | None = field(repr=False)
    prompt: str = ""
    changed: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """The one thing somebody said back after an opening, and its one answer.

    For the one it was sent to, `text` stays None until they choose to read it, and `declined` says that they
    chose not to; the sender never learns which. What its author took back is None for both. `elsewhere` says that
    what the other one wrote is to be read on the page, and is in no chat.
    """

    mine: bool
    text: str | None = field(repr=False)
    asks: bool
    answer: str | None = field(default=None, repr=False)
    declined: bool = False
    taken_back: bool = False
    answer_taken_back: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round as one of the two sees it; `question` is their own, `other_question` the partner's if opened.

    `reason` is how their question came to be chosen, in a sentence for them. `apart` says that it is not the
    question that was planned for both: what the partner was asked in the end does not show in it. `closing` says
    that it was planned as the last one of the programme.
    """

    id: str
    question: str
    opens_at: datetime
    state: RoundState
    solo: bool
    bridge: str
    asked_at: datetime | None = None
    skipped: bool = False
    written: tuple[Written, ...] = ()
    other_question: str = ""
    heard: tuple[Heard, ...] = ()
    turns: tuple[Turn, ...] = ()
    reason: str = ""
    apart: bool = False
    pair: str = ""
    closing: bool = False


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """The pair's challenge in one version. `confirmed` says that both agreed to these words."""

    version: int
    text: str = field(repr=False)
    mine: bool
    i_confirmed: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class FateView:
    """What became of a line in a digest, for its author.

    `stands` says that facilitators can read it there: it was not held back, and is shared as it was then.
    """

    line: str
    text: str | None = field(repr=False)
    module: str = ""
    reply: str | None = field(default=None, repr=False)
    part: str = ""
    held: bool = False
    stands: bool = False
    digest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who can be asked for a call, and how that stands if they have been: then `call` is its id.

    `outside` says that they belong to neither organisation, `seen_at` when they said that they will, and `gone`
    that they are no longer here: they cannot be asked, and do not call.
    """

    person: str
    name: str
    outside: bool
    call: str = ""
    asked_at: datetime | None = None
    seen_at: datetime | None = None
    how: str = field(default="", repr=False)
    gone: bool = False


@dataclass(frozen=True, slots=True)
class MemberView:
    """Everything a pair member may see that a card could need.

    `chats` says that somebody of their programme is reached in a chat, so that it matters who may read there, and
    `words_by_mail` that their programme lets the facilitators have words by mail.
    """

    conversation: Conversation
    name: str
    hours: Hours
    programme_title: str
    programme_zone: str
    retention_months: int
    contact: str
    modules: tuple[Module, ...]
    words_for_me: str = field(repr=False)
    partner_joined: bool
    partner_left: bool
    partner_name: str = field(repr=False)
    rounds: Mapping[str, RoundView]
    challenge: ChallengeView | None = None
    proposal: ChallengeView | None = None
    fates: Mapping[str, FateView] = field(default_factory=dict)
    drafts: Mapping[str, str] = field(default_factory=dict, repr=False)
    next_ask_at: datetime | None = None
    callers: tuple[Caller, ...] = ()
    chats: bool = False
    words_by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """One card that was sent: the receipt. The card itself is made anew each time from a view."""

    id: str
    kind: CardKind
    subject: str
    posted_at: datetime
