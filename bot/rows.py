"""What the engine and what it asks hand each other: small, frozen, and without behaviour.

Ids and instants for the most part; whatever holds somebody's words hides them from `repr`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.conversation.followups import Frames, Lexicon
from bot.messages import CardKind
from bot.model import (
    Account,
    Hours,
    Module,
    Pair,
    Person,
    Platform,
    Programme,
    Reader,
    Role,
)
from bot.questions.bank import Bank
from bot.questions.choose import Asked
from bot.safety.signpost import Floor, Signpost
from bot.view import Post


@dataclass(frozen=True, slots=True)
class Prompts:
    """All the words that the product itself speaks with, loaded once."""

    bank: Bank
    frames: Frames
    lexicon: Lexicon
    floor: Floor
    signposts: tuple[Signpost, ...]


class DueKind(StrEnum):
    """What the clock can owe; in this order where two fall on the same instant."""

    CLOSE = "1 close"
    OPEN = "2 open"
    TEAM = "2 team"
    RESUME = "3 resume"
    PLAN = "4 plan"
    ASK = "5 ask"
    REMIND = "6 remind"
    DIGEST = "7 digest"
    CALL = "8 call"
    DELETE = "9 delete"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that the clock owes: the row (`id`, and `person` where it is one half's) and its moment."""

    kind: DueKind
    tenant: str
    id: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A message that has been dealt with; `part` is where its words are kept, if they are."""

    part: str


@dataclass(frozen=True, slots=True)
class Queued:
    """One row of the outbox: ids only. `attempt` is the fence that a late worker fails on; `lane` says whom it waits
    with.
    """

    tenant: str
    id: str
    person: str
    kind: CardKind
    subject: str
    proactive: bool
    attempt: int
    lane: str
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class ToSend:
    """One card that is to go out: ids, and from when on. `id` follows from what caused it.

    `by_mail` makes it a notice that the card is there, in a queue of its own: a mail server that is away holds up
    no page.
    """

    to: Reader
    id: str
    kind: CardKind
    subject: str
    proactive: bool
    at: datetime
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A post as it stands in a chat: where, by which receipt, and whether it looks like something; see `looks`."""

    post: Post
    platform: Platform
    receipt: str
    looks: Callable[[str], bool] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class DigestSummary:
    """One digest in a list: its period, nothing of what it holds."""

    id: str
    from_at: datetime
    to_at: datetime


class Unfit(StrEnum):
    """Why a weekly page is not announced in a channel. Stored, so a value never changes its meaning."""

    NOT_PRIVATE = "not private"
    SHARED = "shared"
    ARCHIVED = "archived"
    NOT_THERE = "not there"
    NOT_ALLOWED = "not allowed"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it is at this moment: why nothing is announced there, if so, and who reads it besides the app."""

    unfit: Unfit | None
    readers: frozenset[Account] = frozenset()


@dataclass(frozen=True, slots=True)
class Announced:
    """The channel in which a programme's weekly page is announced, or was until `ended_at`, and why no longer."""

    place: Account
    ended_at: datetime | None = None
    why: Unfit | None = None


@dataclass(frozen=True, slots=True)
class Half:
    """One of a pair as planning needs them.

    They are asked in their own `hours`. An opening is planned from the hours that they were `set_up` with, so that
    what one of them chooses for themselves shows in nothing that the other one sees. `wants_on` is what they said after
    the end.
    """

    person: str
    hours: Hours
    set_up: Hours
    joined: bool
    wants_on: bool = False


@dataclass(frozen=True, slots=True)
class PairPlan:
    """What planning a pair's next round reads: only what both have seen.

    `closed_at` is when its closing round opens or did, if it has been planned; `went_on_at` since when the two go on by
    themselves.
    """

    pair: Pair
    programme: Programme
    modules: tuple[Module, ...]
    halves: tuple[Half, Half]
    asked: tuple[Asked, ...]
    bridges: tuple[str, ...]
    closed_at: datetime | None = None
    went_on_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a round at its opening: who, whether they were asked, and whether they share something closed.

    For somebody who is asked `alone` nothing opens, and nothing is said of it.
    """

    person: str
    asked: bool
    shared: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class ToAsk:
    """One person's half of a round that is planned and not asked yet; `due_at` is where `planned_at` was moved to."""

    round: str
    planned_at: datetime
    due_at: datetime
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What choosing a follow-up reads: the author's own words and what they were asked before."""

    text: str = field(repr=False)
    recent: tuple[str, ...]
    quoted_in_a_row: int


@dataclass(frozen=True, slots=True)
class CallAsked:
    """A call that nobody has answered yet: who was asked for it, and when."""

    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallWanted:
    """Somebody who would like to be called, for whoever they asked; `how` is how they can be reached."""

    id: str
    name: str
    how: str = field(repr=False)
    asked_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deletion:
    """A programme's next deletion, and once it has been announced, what was written before when is deleted."""

    at: datetime
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deletion that has happened: how many texts, of how many people, that were written before when."""

    at: datetime
    before: datetime
    texts: int
    people: int


@dataclass(frozen=True, slots=True)
class Week:
    """One round of a pair whose opening has come: how many of the two have answered it."""

    opens_at: datetime
    answered: int


@dataclass(frozen=True, slots=True)
class GlancePerson:
    """Somebody of a programme; `free` says that they are in no pair whose other half is still there.

    `chat` is where they are reached besides their page. `lost_at` is since when a chat reaches them no more, and
    `lost_with` says that it reaches nobody of their workspace.
    """

    id: str
    name: str
    role: Role
    joined: bool
    left: bool
    has_address: bool
    free: bool
    chat: Platform | None = None
    lost_at: datetime | None = None
    lost_with: bool = False


@dataclass(frozen=True, slots=True)
class GlancePair:
    """A pair, and its rounds, the oldest first; `ended` says that its last one has been."""

    id: str
    one: GlancePerson
    two: GlancePerson
    weeks: tuple[Week, ...]
    held: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """A programme as its facilitators see it beside the words: who takes part, as numbers."""

    programme: Programme
    modules: tuple[Module, ...]
    pairs: tuple[GlancePair, ...]
    people: tuple[GlancePerson, ...]
    announced: Announced | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose browser this is."""

    reader: Reader
    role: Role


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that somebody is signed in on: the hash of its token, what it is, and since when."""

    token: str = field(repr=False)
    about: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A programme in a list: whose it is and what it is called."""

    tenant: str
    organisation: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ProgrammeNow:
    """A programme as it stands; the last digest ended at `digest_from`.

    Authors were told that their lines are taken to the modules in `promised`.
    """

    programme: Programme
    modules: tuple[Module, ...]
    promised: frozenset[str]
    digest_from: datetime


@dataclass(frozen=True, slots=True)
class PersonNow:
    """A person as they stand; a facilitator counts as joined."""

    person: Person
    email: str
    accounts: Mapping[Platform, str]
    joined: bool


@dataclass(frozen=True, slots=True)
class PairNow:
    """A pair as it stands: when its next round is planned, when the last that is planned opens, and the closing one."""

    pair: Pair
    plan_at: datetime | None
    last_opens_at: datetime | None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """A workspace that has let our app in, and the token that the app speaks with there.

    `refresh` is what a new token is asked for with, empty where tokens do not run out. `version` counts the tokens.
    """

    team: str
    name: str
    bot: str
    scopes: frozenset[str]
    installed_at: datetime
    token: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    version: int = 0
