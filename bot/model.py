"""The nouns. Frozen, without behaviour beyond what follows from their own fields.

Times are UTC and aware; a wall time always stands beside the IANA zone that it belongs to.
Anything that holds a person's words hides them from `repr`.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from bot.conversation.state import PairState, RoundState, Standing, State


class Platform(StrEnum):
    WEB = "web"
    SLACK = "slack"
    TEAMS = "teams"
    MAIL = "mail"
    """Carries notices alone: that there is something to read, and where; never the words."""


CHATS = frozenset({Platform.SLACK, Platform.TEAMS})
"""Where what was said stays as it was posted, in a place that belongs to an organisation."""


class Role(StrEnum):
    MEMBER = "member"
    FACILITATOR = "facilitator"
    OUTSIDE = "outside"
    """Belongs to neither organisation, and can be asked for a call; reads nothing else."""
    FORMER = "former"
    """Facilitated, or could be asked for a call, and was removed: a name in what was noted, and nothing more."""


class Facilitators(StrEnum):
    """What the facilitators may see of one part of an answer."""

    NO = "no"
    NAMED = "named"
    UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Tenant:
    """The organisation that owns programmes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where a person is reached; `external` is the platform's own name for them."""

    platform: Platform
    external: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Who is reached in a chat no more: one account; or `everybody` whose account's name begins so, a workspace.

    `at` is when that was true of a workspace: one that has let the app in again since then is not lost.
    """

    platform: Platform
    external: str
    everybody: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is asking. Every read that returns words takes one."""

    tenant: str
    person: str


@dataclass(frozen=True, slots=True)
class Hours:
    """When a person may be written to: wall times in their own zone; `start` is before `end`.

    On the days in `closed`, holidays of their programme, they are not written to at all.
    """

    zone: str
    start: time
    end: time
    closed: Container[date] = field(default=frozenset(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Person:
    tenant: str
    id: str
    programme: str
    role: Role
    name: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class Module:
    tenant: str
    id: str
    programme: str
    number: int
    title: str
    theme: str
    starts_on: date

    @property
    def called(self) -> str:
        """The module as people say it: "module 2, Holding trust"."""
        return f"module {self.number}, {self.title}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """A moment of every week: weekday (Monday is 0) and wall time in a zone."""

    weekday: int
    at: time
    zone: str


@dataclass(frozen=True, slots=True)
class Programme:
    """One leadership programme of one tenant, with its rhythm.

    `ask` is when the week's question is asked, `open_days` and `open_at` when it opens after that,
    `digest` when facilitators read of the week. `retention_months` is how long words are kept. People are
    written to between `hours_start` and `hours_end`, unless they have hours of their own, and not on the
    holidays that `holidays` names, if it names any. `words_by_mail` says that the mail about the weekly page may
    carry what people shared with the facilitators.
    """

    tenant: str
    id: str
    title: str
    zone: str
    ask: Weekly
    open_days: int
    open_at: time
    digest: Weekly
    retention_months: int
    contact: str
    hours_start: time = time(9)
    hours_end: time = time(20)
    holidays: str = ""
    words_by_mail: bool = False

    @property
    def hours(self) -> Hours:
        return Hours(self.zone, self.hours_start, self.hours_end)


@dataclass(frozen=True, slots=True)
class Pair:
    tenant: str
    id: str
    programme: str
    one: str
    two: str
    state: PairState

    def partner_of(self, person: str) -> str:
        """The other half."""
        return self.two if person == self.one else self.one


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who may see one part of an answer besides its author. The default is nobody.

    `chats` says that the partner may also see it where they are reached, in an organisation's Slack or Teams, and
    `by_mail` that its author read, where they chose the facilitators, that these get it by mail as well.
    """

    partner: bool = False
    facilitators: Facilitators = Facilitators.NO
    chats: bool = False
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to, word for word, when, and when they withdrew it if they did."""

    version: str
    wording: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One person's side of everything, as the engine needs it: states, due times and ids, no words.

    `round`, `question` and `opens_at` belong to the round this person was last asked in; `over` says that
    its opening instant has been dealt with. `part` is the ordinal being written: 0 the answer, 1 the
    follow-up's. `close_at` is when quiet closes what is being written, `remind_at` when this person is
    reminded, `resume_at` when a pause ends. `pair_state` is how far the pair has come, `muted` that this
    person does not want what the partner says back. `alone` says that they chose questions for themselves alone,
    `unopened` how many of their answers in a row did not open, `held` that nothing is sent to this pair.
    `wants_on` says that they would like the two to go on after the end, which their partner learns only if both would;
    `went_on_at` is since when the two do, without anything for facilitators.
    The terms that they agree to name `retention_months` and `contact` of their programme, and `words_by_mail`. `chats`
    says that they are reached in a chat, and `partner_chats` that their partner is.
    """

    tenant: str
    person: str
    version: int
    state: State
    standing: Standing
    programme: str
    pair: str | None = None
    partner: str | None = None
    agreed_at: datetime | None = None
    round: str | None = None
    question: str | None = None
    opens_at: datetime | None = None
    over: bool = False
    part: int = 0
    close_at: datetime | None = None
    remind_at: datetime | None = None
    resume_at: datetime | None = None
    unanswered: int = 0
    every: int = 1
    answered: bool = False
    pair_state: PairState | None = None
    muted: bool = False
    alone: bool = False
    unopened: int = 0
    held: bool = False
    wants_on: bool = False
    went_on_at: datetime | None = None
    retention_months: int = field(default=0, repr=False, compare=False)
    contact: str = field(default="", repr=False, compare=False)
    chats: bool = field(default=False, compare=False)
    partner_chats: bool = field(default=False, compare=False)
    words_by_mail: bool = field(default=False, repr=False, compare=False)

    @property
    def challenge(self) -> bool:
        """Whether the pair has confirmed its challenge."""
        return self.pair_state is PairState.CONFIRMED


@dataclass(frozen=True, slots=True)
class Ask:
    """One person's half of a round: when they are asked, and which question."""

    person: str
    at: datetime
    question: str


@dataclass(frozen=True, slots=True)
class Round:
    """One question to both, two answers, one opening at a fixed instant that nothing moves.

    `closing` says that it was planned as the last one of its programme.
    """

    tenant: str
    id: str
    pair: str
    programme: str
    state: RoundState
    question: str
    bridge: str
    opens_at: datetime
    solo: bool
    asks: tuple[Ask, ...] = field(default=())
    closing: bool = False
