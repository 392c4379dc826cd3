"""What the engine needs from outside, as protocols: a few methods each, named after what they are for.

A `Tx` is one short transaction. Nothing in here is called over a network while one is open, except the
database itself. Every read that returns words takes the reader and is filtered by tenant and consent in SQL.
"""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias, runtime_checkable

from bot.audit import Entry
from bot.conversation.events import Amend, BeginPart, Choice, Keep
from bot.conversation.state import PairMove, PairState
from bot.digest.model import Counts, Digest, DigestNumbers, DigestView, Item
from bot.group.reflect import TeamAnswer, TeamRound, TeamView, TeamWritten
from bot.messages import Card, CardKind, Outgoing
from bot.model import (
    Account,
    Consent,
    Conversation,
    Hours,
    Lost,
    Module,
    Pair,
    Person,
    Platform,
    Programme,
    Reader,
    Round,
    Tenant,
)
from bot.rows import (
    Announced,
    Browser,
    CallAsked,
    CallWanted,
    Channel,
    Deleted,
    Deletion,
    DigestSummary,
    Draft,
    Due,
    Glance,
    Installed,
    Known,
    Listed,
    PairNow,
    PairPlan,
    PersonNow,
    ProgrammeNow,
    Queued,
    Side,
    SignedIn,
    Standing,
    ToAsk,
    ToSend,
    Unfit,
)
from bot.view import MemberView, Post

Calendar: TypeAlias = Callable[[str], Container[date]]
"""The days on which nobody is written to, by the name that a programme gives its holidays; "" names none."""


# ---- the parts of a transaction


class Claims(Protocol):
    async def claim(self, account: Account, key: str, now: datetime) -> bool:
        """Whether this delivery is seen for the first time; what follows is about its account's tenant."""


class Conversations(Protocol):
    async def at(self, account: Account, source: str = "") -> tuple[Conversation, Known | None] | None:
        """Whose account this is, and what became of the message `source` if it has been dealt with."""

    async def of(self, reader: Reader) -> Conversation: ...

    async def save(self, before: Conversation, now: Conversation) -> None:
        """Raises Conflict if somebody else has saved since `before` was read."""


class People(Protocol):
    async def get(self, reader: Reader) -> Person: ...

    async def find(self, called: str) -> Sequence[Person]:
        """Everybody in any organisation with this id, address or name. For whoever runs the service."""

    async def programme(self, tenant: str, programme: str) -> Programme: ...

    async def at(self, account: Account) -> Reader | None:
        """Whose account this is, in any organisation."""

    async def account(self, reader: Reader, platforms: Collection[Platform]) -> Account | None:
        """Where this person is reached on one of these platforms, if they are anywhere."""

    async def address(self, reader: Reader, *, notices: bool) -> Account | None:
        """Their email address, if there is one; with `notices` only if they have not turned those off."""

    async def known_by(self, address: str) -> Sequence[Reader]:
        """Everybody, in whichever programme, who has this email address."""

    async def unreached(self, tenant: str, programme: str) -> Sequence[str]:
        """Who is not reached by mail: the last one to them was refused for good."""

    async def keep_hours(self, reader: Reader, hours: Hours) -> None:
        """Hours of somebody's own choice, in place of those that they were set up with."""

    async def take_notices(self, reader: Reader, *, on: bool) -> None:
        """Turn notices by mail on or off."""

    async def names(self, tenant: str, programme: str) -> frozenset[str]:
        """What everybody of a programme is called, in full and in pieces: never to be quoted."""

    async def consent(
        self, reader: Reader, version: str, wording: str, cause: str, now: datetime
    ) -> None: ...

    async def withdraw(self, reader: Reader, now: datetime) -> Sequence[str]:
        """Nothing that they agreed to counts any longer; the versions of what did. All of it stays to be read."""

    async def consents(self, reader: Reader) -> Sequence[Consent]: ...

    async def call_me(self, reader: Reader, text: str, now: datetime) -> None:
        """Keep the words that a person uses for themselves."""

    async def keep_draft(self, reader: Reader, box: str, text: str, now: datetime) -> None:
        """Keep what is half written; an empty text forgets it."""


class Answers(Protocol):
    async def begin(self, reader: Reader, part: BeginPart, now: datetime) -> None: ...

    async def keep(self, reader: Reader, message: Keep) -> None: ...

    async def amend(self, reader: Reader, message: Amend, now: datetime) -> None: ...

    async def bury(self, reader: Reader, source: str, at: datetime) -> None: ...

    async def close(self, reader: Reader, part: str, now: datetime) -> None: ...

    async def rewrite(self, reader: Reader, part: str, text: str | None, now: datetime) -> bool: ...

    async def draft(self, reader: Reader, part: str) -> Draft: ...


class Shares(Protocol):
    async def lock(self, reader: Reader, parts: Collection[str]) -> None:
        """Take the lock that the opening of these parts' round takes: what follows falls on one side of it."""

    async def share(self, reader: Reader, part: str, choice: Choice, now: datetime) -> None: ...

    async def withdraw_all(self, reader: Reader, now: datetime) -> None: ...

    async def withdraw_ahead(self, reader: Reader, now: datetime) -> None:
        """Take back what nobody has been shown yet: for an opening, or for a weekly page, that is still to come.

        What was being written is complete.
        """


class Pairs(Protocol):
    async def move(self, tenant: str, pair: str, seen: PairState, move: PairMove) -> PairState:
        """Raises Conflict if the pair is no longer where it was seen."""

    async def hold(self, tenant: str, pair: str, at: datetime | None) -> None:
        """From `at` on nothing is sent to either of a pair of the bot's own accord; None lets it write again."""

    async def go_on(self, tenant: str, pair: str, now: datetime) -> None:
        """From now on the two are by themselves: nothing of theirs is for facilitators any more."""

    async def end(self, tenant: str, pair: str) -> None:
        """Plan and ask nothing more for a pair that has ended; what was asked already goes on to its opening."""

    async def propose(self, reader: Reader, pair: str, text: str, cause: str, now: datetime) -> int:
        """The version of this wording."""

    async def confirm(self, reader: Reader, pair: str, version: int, now: datetime) -> bool: ...

    async def plan(self, tenant: str, pair: str) -> PairPlan: ...

    async def plan_at(self, tenant: str, pair: str, seen: datetime | None, at: datetime | None) -> bool:
        """Move the next planning; False if it had been moved already."""


class Rounds(Protocol):
    async def add(self, planned: Round, reason: str) -> None: ...

    async def get(self, tenant: str, round_id: str) -> Round: ...

    async def ask(self, due: Due, now: datetime, *, asked: bool, alone: bool) -> bool: ...

    async def to_ask(self, reader: Reader, now: datetime) -> Sequence[ToAsk]:
        """What this person is to be asked after `now`."""

    async def move_ask(self, reader: Reader, ask: ToAsk, at: datetime) -> bool:
        """Ask at another moment; False if it has been moved or asked since."""

    async def change(self, reader: Reader, round_id: str, question: str, reason: str) -> None: ...

    async def skip(self, reader: Reader, round_id: str, now: datetime) -> None: ...

    async def seen_by(self, reader: Reader) -> frozenset[str]:
        """The questions that this person has been asked, those they swapped away included."""

    async def open(self, due: Due, now: datetime) -> tuple[Side, ...] | None:
        """Lock the round and read both sides; None if it has been dealt with."""

    async def opened(self, tenant: str, round_id: str, *, opened: bool, now: datetime) -> None: ...


class Turns(Protocol):
    async def say(self, reader: Reader, round_id: str, text: str, asks: bool, now: datetime) -> bool: ...

    async def settle(self, reader: Reader, round_id: str, read: bool, now: datetime) -> None: ...

    async def answer(self, reader: Reader, round_id: str, text: str, now: datetime) -> bool: ...

    async def unsay(self, reader: Reader, round_id: str, answer: bool, now: datetime) -> None:
        """Delete the reader's own words: what they said back, or with `answer` what they answered."""


class Outbox(Protocol):
    async def enqueue(self, rows: Sequence[ToSend]) -> None:
        """In this order for each person; a row whose id is known is not put there again."""

    async def lanes(self, now: datetime, room: Reader | None = None) -> Sequence[str]:
        """The lanes in which something is due that nobody holds: for everybody, or for one room, mail apart."""

    async def lease(
        self, now: datetime, limit: int, lane: str, room: Reader | None = None
    ) -> Sequence[Queued]:
        """The oldest due rows of a lane, one of each room; or that of one room."""

    async def in_flight(self, room: Reader) -> bool:
        """Whether something for this person is being sent at this moment."""

    async def sent(
        self, row: Queued, account: Account | None, receipt: str, now: datetime, look: str = ""
    ) -> bool:
        """Settle a row, with the receipt of its post; without an account it had nothing to say any more.

        `look` is how it stands there now, if it will go on standing there as it is.
        """

    async def wait(self, rows: Sequence[Queued], until: datetime) -> None:
        """Put rows back as they were, each in its place; having been leased costs them no attempt."""

    async def later(self, row: Queued, at: datetime) -> bool:
        """Put a row off as it is; others of its room may go first."""

    async def failed(self, row: Queued, reason: str, retry_at: datetime | None) -> bool: ...

    async def let_go(self, reader: Reader, kinds: Sequence[CardKind], subject: str) -> CardKind | None:
        """Which of these cards was let go unsaid, because its reader had stopped or paused, and not said since."""

    async def next_at(self) -> datetime | None: ...


class Shown(Protocol):
    """What stands in somebody's chat. Nothing there is made anew by being looked at."""

    async def lately(self, reader: Reader, limit: int) -> Sequence[Standing]:
        """The last posts, the oldest first."""

    async def about(self, reader: Reader, kinds: Collection[CardKind]) -> Sequence[Standing]:
        """Every post of these kinds."""

    async def redrawn(self, reader: Reader, post: Standing, look: str) -> None:
        """It looks like this now; without a look it is there no more."""


class Reached(Protocol):
    """Where people are reached in chats, and where no more."""

    async def in_chat(self, reader: Reader) -> Account | None: ...

    async def part(self, reader: Reader, platform: Platform) -> bool:
        """Take somebody's account away; False if they have none there."""

    async def places(self, platform: Platform) -> Mapping[str, int]:
        """How many people are to be reached in each place of a chat, in all organisations together."""

    async def lose(self, lost: Lost, now: datetime) -> Sequence[Reader]:
        """Take away every account that is reached no more, and note that; whose they were.

        What was posted in a workspace that is gone is out of reach, and is not to be changed any more.
        """


class Calls(Protocol):
    """Who wants to be called by whom. Only those two ever read of it."""

    async def ask(self, me: Reader, to: str, how: str, call: str, now: datetime, again_at: datetime) -> bool:
        """False if `to` cannot be asked by them, or has been already."""

    async def end(self, me: Reader, call: str, now: datetime) -> None:
        """It is not wanted any more."""

    async def waiting(self, tenant: str, call: str) -> CallAsked | None:
        """A call as long as it is wanted and nobody has said that they will."""

    async def again(self, due: Due, at: datetime) -> bool:
        """Move the next reminder; False if it had been moved already."""

    async def wanted(self, reader: Reader) -> Sequence[CallWanted]:
        """The calls that this reader was asked for, those first that they have not answered."""

    async def will_call(self, reader: Reader, call: str, now: datetime) -> str | None:
        """Who asked, told for the first time that this reader will call; None for anybody else, or a second time."""

    async def have_spoken(self, reader: Reader, call: str, now: datetime) -> bool: ...

    async def cannot(self, reader: Reader) -> Mapping[str, str]:
        """The calls that this reader was asked for do not come: who waits for each. How to reach them is forgotten."""


class Retention(Protocol):
    async def due(self, row: Due) -> Deletion | None:
        """The deletion that a due row is about; None if somebody else has dealt with it."""

    async def move(self, row: Due, due_at: datetime, to: Deletion) -> bool: ...

    async def modules(self, tenant: str, programme: str) -> Sequence[Module]: ...

    async def with_words(self, tenant: str, programme: str, before: datetime) -> Sequence[str]:
        """The members who wrote something before then that is still kept."""

    async def delete(self, tenant: str, programme: str, before: datetime, now: datetime) -> None: ...

    async def longest(self, tenant: str) -> int:
        """The most months for which any programme of an organisation keeps words."""

    async def last(self, tenant: str, programme: str) -> Deleted | None: ...

    async def oldest(self, tenant: str, programme: str) -> datetime | None:
        """When the oldest words that are kept were written."""


class Digests(Protocol):
    async def period(self, due: Due) -> tuple[Programme, datetime] | None: ...

    async def claim(self, due: Due, to_at: datetime, next_at: datetime) -> bool: ...

    async def items(
        self, tenant: str, programme: str, from_at: datetime, to_at: datetime
    ) -> tuple[Sequence[Item], Counts]: ...

    async def add(self, digest: Digest) -> None: ...

    async def facilitators(self, tenant: str, programme: str) -> Sequence[str]: ...

    async def summaries(self, reader: Reader) -> Sequence[DigestSummary]: ...

    async def view(self, reader: Reader, digest: str) -> DigestView: ...

    async def by_mail(self, reader: Reader, digest: str) -> DigestView | None:
        """What of it this reader may get by mail; None if their programme lets no words go by mail."""

    async def mailed(self, reader: Reader, digest: str, lines: Collection[str], now: datetime) -> None:
        """Note which lines are put into a mail."""

    async def take(self, reader: Reader, line: str, now: datetime) -> tuple[str, str] | None: ...

    async def reply(self, reader: Reader, line: str, text: str, now: datetime) -> str | None: ...


class Glances(Protocol):
    async def glance(self, reader: Reader) -> Glance:
        """The programme that this reader facilitates. Raises Unknown for anybody else."""

    async def numbers(self, reader: Reader, digest: str) -> DigestNumbers:
        """One weekly page of theirs as numbers: no word of it is read. Raises Unknown."""


class Announcements(Protocol):
    """The channel in which each programme's weekly pages are announced. It holds nobody's words."""

    async def of(self, tenant: str, programme: str) -> Announced | None: ...

    async def choose(self, tenant: str, programme: str, place: Account) -> None:
        """Announce here from now on, and in no other channel."""

    async def end(self, tenant: str, programme: str, place: Account, why: Unfit, now: datetime) -> bool:
        """Announce there no more, which the facilitators are told; False if it was another channel by then."""

    async def stop(self, tenant: str, programme: str) -> bool:
        """False if there was none."""


class Views(Protocol):
    async def member(self, reader: Reader, *, everything: bool = False, in_chat: bool = False) -> MemberView:
        """With the last rounds, or with `everything` this person was ever asked.

        `in_chat` leaves out what the partner wants read on the page alone.
        """

    async def posts(self, reader: Reader, limit: int) -> Sequence[Post]: ...


class Links(Protocol):
    """Links to sign in with. Whoever holds one comes in, so only the hash of its token is kept."""

    async def make(
        self, reader: Reader, token: str, now: datetime, expires_at: datetime, *, once: bool
    ) -> None: ...

    async def use(self, token: str, now: datetime) -> SignedIn | None:
        """Whose link this is; None if it is nobody's, has run out, or was to be used once and has been."""

    async def of(self, token: str) -> SignedIn | None:
        """Whose link this was, even if it has run out; None if it is nobody's."""

    async def end(self, reader: Reader, now: datetime) -> None:
        """None of somebody's links lets anybody in any more; that they can be written to no more stays."""

    async def tried(self, key: str, since: datetime) -> int:
        """How often something has been tried since then, this time included; the same for all replicas."""


class Erasure(Protocol):
    async def erase(self, reader: Reader, now: datetime) -> None:
        """Everything that somebody wrote, their name and address, and every way in; it cannot be undone."""

    async def remove(self, reader: Reader) -> None:
        """Somebody's role, address, every way in, and what waits for them. What they wrote to others stays."""


class Purge(Protocol):
    async def purge(self, now: datetime) -> Mapping[str, int]:
        """Delete what nobody needs any more; how many rows of each kind that were. None of it holds words."""


class Audit(Protocol):
    """Who saw, changed, took with them or removed what; each entry follows from the one before."""

    def note(self, entry: Entry) -> None:
        """Note something that is done here: it is written with everything else of this transaction, or not at all."""

    async def noted(self, entry: Entry, since: datetime) -> bool:
        """Whether the same has been noted since then."""

    async def forget(self, tenant: str, until: datetime, now: datetime) -> int:
        """Remove what was noted before `until`, and note that; how many entries those were."""


class Sessions(Protocol):
    async def find(self, token: str, now: datetime) -> SignedIn | None:
        """Whose browser holds the token with this hash, if it is still valid."""

    async def of(self, reader: Reader, now: datetime) -> Sequence[Browser]:
        """Where somebody is signed in, the latest first."""

    async def end(self, reader: Reader, tokens: Collection[str]) -> None: ...

    async def add(
        self, reader: Reader, token: str, now: datetime, expires_at: datetime, browser: str = ""
    ) -> None: ...


class Setup(Protocol):
    """Setting up a programme; twice the same changes nothing.

    What reads here locks what it reads, so that a change is made to what was seen.
    """

    async def programmes(self, tenant: str | None = None) -> Sequence[Listed]:
        """Every programme of one organisation; without one, of all: whoever runs the service looks after them."""

    async def programme_now(self, tenant: str, programme: str) -> ProgrammeNow | None: ...

    async def people_now(self, tenant: str, programme: str) -> Sequence[PersonNow]: ...

    async def former(self, tenant: str, programme: str) -> Mapping[str, str]:
        """Who was removed from a programme: their names by their ids."""

    async def pairs_now(self, tenant: str, programme: str) -> Sequence[PairNow]: ...

    async def holders(self, accounts: Collection[Account]) -> Mapping[Account, Reader]:
        """Whose these accounts are, in any organisation."""

    async def tenant(self, tenant: Tenant) -> None: ...

    async def rename(self, tenant: Tenant) -> None: ...

    async def programme(self, programme: Programme, digest_from: datetime, digest_at: datetime) -> None: ...

    async def change_programme(self, programme: Programme) -> None: ...

    async def digest_at(self, programme: Programme, at: datetime) -> None:
        """Move the next digest; it still begins where the last one ended."""

    async def module(self, module: Module) -> None: ...

    async def change_modules(self, before: Sequence[Module], after: Sequence[Module]) -> None:
        """Make the modules `after` of those `before`: by their ids, whatever their numbers."""

    async def person(self, person: Person, account: Account, email: str = "") -> None: ...

    async def change_person(self, person: Person, email: str) -> None: ...

    async def reach(self, reader: Reader, account: Account) -> None:
        """Reach somebody at this account, in place of another on the same platform."""

    async def sign_out(self, reader: Reader) -> None:
        """Every link that was sent to somebody stops working, and every browser of theirs is signed out."""

    async def pair(self, pair: Pair, plan_at: datetime) -> None: ...

    async def plan_pair(self, pair: Pair, at: datetime) -> None:
        """Move a pair's next planning."""


class Teams(Protocol):
    """Teams' rounds in channels. Whoever answers need not be in any programme: they are known by their account."""

    async def add(self, reader: Reader, round_: TeamRound, own: str) -> None:
        """Keep a round that `reader` starts, with the question in their `own` words if it is in these."""

    async def locked(self, tenant: str, round_id: str) -> TeamRound | None:
        """A round, and its lock: whatever is done to it next falls on one side of its close."""

    async def save(self, round_: TeamRound) -> None: ...

    async def open_at(self, tenant: str, place: Account) -> TeamRound | None:
        """The round that takes answers in this channel now."""

    async def asked_at(self, tenant: str, place: Account) -> Sequence[str]:
        """The bank's questions that this channel has been asked."""

    async def view(self, tenant: str, round_id: str) -> TeamView | None:
        """What may stand where everybody in the channel reads it."""

    async def mine(self, tenant: str, round_id: str, answer: str) -> TeamAnswer | None:
        """One answer, for its author."""

    async def authors(self, tenant: str, round_id: str) -> Sequence[str]:
        """The ids of all answers."""

    async def keep(self, round_: TeamRound, answer: TeamAnswer, terms: str, now: datetime) -> None:
        """Keep an answer in place of an earlier one, with the version of what it was sent under."""

    async def forget(self, round_: TeamRound, answer: str) -> None: ...

    async def forget_question(self, round_: TeamRound) -> None: ...

    async def of(self, reader: Reader) -> Sequence[str]:
        """The rounds that stand in channels and that somebody started or answered."""

    async def written(self, reader: Reader) -> Sequence[TeamWritten]:
        """Everything that somebody has written in channels, the earliest first."""

    async def receipt(self, tenant: str, round_id: str, about: str) -> str:
        """The platform's name for what stands there about something, or nothing."""

    async def posted(self, tenant: str, round_id: str, about: str, receipt: str) -> None: ...


class Installations(Protocol):
    """Workspaces that have let our app in by themselves. What belongs to whom there is asked of the accounts."""

    async def has(self, team: str) -> bool: ...

    async def get(self, team: str) -> Installed | None: ...

    async def every(self) -> Sequence[Installed]: ...

    async def keep(self, installed: Installed) -> None:
        """Keep what a workspace gave us, in place of what it gave before."""

    async def claim(self, installed: Installed) -> bool:
        """Whether we alone may ask for a new token just now: what it is asked for with works once."""

    async def renew(self, before: Installed, now: Installed) -> bool:
        """Put new tokens in the place of those that were read; False if others stand there by now."""

    async def begin(self, state: str, browser: str, expires_at: datetime) -> None:
        """Note that a browser has set out to install the app; both by their hashes."""

    async def finish(self, state: str, browser: str, now: datetime) -> bool:
        """Whether this very browser had set out, not too long ago, and has not come back yet."""


class Clock(Protocol):
    async def due(self, now: datetime, limit: int) -> Sequence[Due]: ...

    async def next_at(self) -> datetime | None: ...


class Tx(Protocol):
    """One transaction: everything in it happens, or nothing."""

    @property
    def claims(self) -> Claims: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def people(self) -> People: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def shares(self) -> Shares: ...

    @property
    def pairs(self) -> Pairs: ...

    @property
    def rounds(self) -> Rounds: ...

    @property
    def turns(self) -> Turns: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def digests(self) -> Digests: ...

    @property
    def shown(self) -> Shown: ...

    @property
    def reached(self) -> Reached: ...

    @property
    def calls(self) -> Calls: ...

    @property
    def retention(self) -> Retention: ...

    @property
    def glances(self) -> Glances: ...

    @property
    def views(self) -> Views: ...

    @property
    def announcements(self) -> Announcements: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def links(self) -> Links: ...

    @property
    def erasure(self) -> Erasure: ...

    @property
    def purge(self) -> Purge: ...

    @property
    def setup(self) -> Setup: ...

    @property
    def teams(self) -> Teams: ...

    @property
    def installations(self) -> Installations: ...

    @property
    def audit(self) -> Audit: ...


class Store(Protocol):
    def write(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that commits when its block ends, and rolls back if the block raises."""

    def read(self) -> AbstractAsyncContextManager[Tx]: ...

    async def scrub(self) -> None:
        """Make sure that what has been erased is not left behind in the files of the database."""


# ---- the far side


class Poster(Protocol):
    async def post(self, outgoing: Outgoing) -> str:
        """Send a card; the receipt is the platform's own name for the post. Raises PostFailed."""


@runtime_checkable
class Chat(Poster, Protocol):
    """A place where what was posted goes on standing as it is, until it is changed."""

    def look(self, card: Card) -> str:
        """How a card is drawn there: two that are alike need no change."""

    async def change(self, receipt: str, card: Card) -> None:
        """Draw a post anew. One that is gone is no failure. Raises PostFailed."""

    async def remove(self, receipt: str) -> None:
        """Raises PostFailed."""


@runtime_checkable
class Channels(Protocol):
    """A platform that has channels, and can say who reads one."""

    async def channel(self, place: Account) -> Channel:
        """A channel as it is now. Raises PostFailed if that could not be found out."""


class Writer(Protocol):
    async def follow_up(self, question: str, answer: str) -> str | None:
        """A proposed follow-up, or None to use the bank's. Off unless somebody switches it on."""


Posters = Mapping[Platform, Poster]

LEASE = timedelta(seconds=60)
"""Longer than the longest delivery: a worker that is slower than this has lost its row."""

PAGE, MAIL = "web:", "mail:"
"""Two lanes. A workspace's is named by its platform, and by what the names of all its accounts begin with."""
