"""The order of a member's page: which posts are still worth reading, where one's own words stand, what is last.

Each thing is said once: an older post that would say the same again is left out. What the conversation waits
on stands last. What came before the present question, or step of joining, is folded away as "Earlier".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cards import make
from bot.cards.live import desk, live_kind, withdrew
from bot.cards.sharing import edits, who_can_see
from bot.conversation.state import Standing, State
from bot.messages import Action, Button, Card, CardKind, Input, Quote
from bot.rows import Prompts
from bot.safety.signpost import Floor, has_care
from bot.view import MemberView, Post, RoundView, Written

# About one thing whoever asks: only the newest is worth showing.
_STANDING = frozenset(
    {CardKind.PAUSED, CardKind.STOPPED, CardKind.LEFT, CardKind.STARTED, CardKind.START_AGAIN}
)
_CALLS = frozenset({CardKind.CALL, CardKind.WILL_CALL, CardKind.CANNOT_CALL})
_BY_VIEW = frozenset(
    {
        CardKind.HELLO,
        CardKind.TERMS,
        CardKind.YOUR_WORDS,
        CardKind.CHALLENGE,
        CardKind.READY,
        CardKind.HELP,
        CardKind.LESS_OFTEN,
        CardKind.PARTNER_LEFT,
        CardKind.NOT_NOW,
        CardKind.BEFORE_CONSENT,
        CardKind.ALONE,
        CardKind.ALONE_OFFER,
        CardKind.WITHDRAWN,
    }
)
# Said for the moment: nothing to read once the moment is over.
_PASSING = frozenset(
    {CardKind.NOT_NOW, CardKind.BEFORE_CONSENT, CardKind.HELP, CardKind.WHY, CardKind.NUDGE, CardKind.STARTED}
)
# Only ever shown while the conversation waits on them.
_LIVE_ONLY = frozenset({CardKind.KEPT, CardKind.WHO_SEES})
_WRITING = frozenset({CardKind.KEPT, CardKind.FOLLOW_UP})
_ANSWERING = frozenset({State.ANSWERING, State.FOLLOWED_UP, State.CHOOSING})
_CHAPTERS = frozenset(
    {CardKind.TERMS, CardKind.YOUR_WORDS, CardKind.READY, CardKind.QUESTION, CardKind.OPENED}
)
_ALWAYS_OPEN = frozenset({CardKind.CHALLENGE, CardKind.TURN})


@dataclass(frozen=True, slots=True)
class Own:
    """The reader's own words, after what they answer: a quote, and the way to change it."""

    card: Card
    by: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One card of the letter, the own words that follow it, and what was said beside it."""

    post: Post
    card: Card
    own: tuple[Own, ...] = ()
    asides: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """`current` is the one of `entries` that may have the filled button; `later` may be used but asks for nothing.

    `new` is the newest of `entries`, to which a reader is led.
    """

    earlier: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    current: Entry | None
    later: Entry | None
    new: Entry | None


def compose(view: MemberView, posts: Sequence[Post], prompts: Prompts, limit: int) -> Letter:
    """The letter as its reader sees it now."""
    view = _as_told(view, posts)
    posts = list(_with_care(view, posts, prompts.floor))
    seen = _seen(view, posts)
    posts = [replace(post, posted_at=seen) for post in _once(posts)]
    live = _live(view, posts, seen)
    # A call that somebody waits for is no thing of the moment, nor of an earlier question.
    calling = _CALLS if any(caller.asked_at for caller in view.callers) else frozenset[CardKind]()
    told = _still_said(posts, live, (_PASSING | _CALLS) - calling)
    waits = _waiting(view, posts, live)
    told += waits
    earlier = _before_chapter([post for post in posts if post.kind not in calling], live)
    making = _Making(view, prompts, live, frozenset(_asides(posts, live)))
    entries = making.entries([post for post in told if post.id not in earlier or post in waits])
    folded = making.entries([post for post in told if post.id in earlier and post not in waits])
    waiting = [entry for entry in folded if _asks(entry)]
    folded = [entry for entry in folded if entry not in waiting and entry.post.kind is not CardKind.WAITING]
    entries = [*waiting, *entries]
    changeable = _changeable(entries)
    entries = [making.with_words(entry, changeable, noted=False) for entry in entries]
    folded = [making.with_words(entry, changeable, noted=True) for entry in folded]
    current, later = _current(view, entries, waits)
    entries = [entry for entry in entries if entry is not later]
    newest = next((entry for entry in entries if posts and _is(entry.post, posts[-1])), current)
    new = newest or (entries[-1] if entries else None)
    return Letter(tuple(folded[-limit:]), tuple(entries), current, later, new)


def _current(
    view: MemberView, entries: Sequence[Entry], waits: Sequence[Post]
) -> tuple[Entry | None, Entry | None]:
    """What is open now, and what could be used later.

    After care was shown nothing is asked by itself; a choice is asked for without the question that led to it.
    Whoever has withdrawn finds the way to agree again, and is not asked to.
    """
    found = [entry for post in waits for entry in entries if _is(entry.post, post)]
    if not found:
        return next((entry for entry in reversed(entries) if _is_open(entry.card)), None), None
    *before, last = found
    if withdrew(view):
        told = next((entry for entry in entries if entry.post.kind is CardKind.WITHDRAWN), None)
        return told, last
    if last.post.kind is CardKind.WHO_SEES:
        care = replace(last.post, kind=CardKind.CARE)
        rested = next((entry for entry in entries if _is(entry.post, care)), None)
        if rested is not None:
            return rested, last
    asked = last.post.kind is CardKind.LESS_OFTEN and before and before[0].post.kind is CardKind.QUESTION
    return last, before[0] if asked else None


def _as_told(view: MemberView, posts: Sequence[Post]) -> MemberView:
    """That the partner has come is told by a card, in the reader's own hours: the page does not say it before."""
    told = any(post.kind is CardKind.CHALLENGE for post in posts)
    return view if told else replace(view, partner_joined=False)


def _with_care(view: MemberView, posts: Sequence[Post], floor: Floor) -> Iterator[Post]:
    """The posts, and where words of harm answer one, the signposts after it: they leave no post of their own."""
    round_ = view.rounds.get(view.conversation.round or "")
    met = {
        (CardKind.FOLLOW_UP, part.id) if part.ordinal else (CardKind.QUESTION, round_.id)
        for part in (round_.written if round_ else ())
        if round_ and has_care(part.text, floor)
    }
    for post in posts:
        yield post
        if round_ and (post.kind, post.subject) in met:
            yield Post("care", CardKind.CARE, round_.id, post.posted_at)


def _waiting(view: MemberView, posts: Sequence[Post], live: Post | None) -> list[Post]:
    """What the page ends with: the live post; after two questions without an answer, the choice that follows them.

    Whoever answers after all is not asked that in the middle of it.
    """
    waits = [] if live is None else [live]
    choice = next((post for post in reversed(posts) if post.kind is CardKind.LESS_OFTEN), None)
    if choice is None or view.conversation.standing is not Standing.SILENT:
        return waits
    return [choice, *waits] if view.conversation.state in _ANSWERING else [*waits, choice]


def _seen(view: MemberView, posts: Sequence[Post]) -> datetime:
    """The day that dates are measured from: the newest post's."""
    if posts:
        return posts[-1].posted_at
    moments = [round_.asked_at or round_.opens_at for round_ in view.rounds.values()]
    known = view.next_ask_at or view.conversation.agreed_at
    return max(moments) if moments else known or datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _once(posts: Sequence[Post]) -> list[Post]:
    newest = {_topic(post): post.id for post in posts}
    return [post for post in posts if newest[_topic(post)] == post.id]


def _topic(post: Post) -> tuple[str, str]:
    if post.kind in _CALLS:
        return "call", ""
    if post.kind in _STANDING:
        return "standing", ""
    return post.kind.value, "" if post.kind in _BY_VIEW else post.subject


def _live(view: MemberView, posts: Sequence[Post], seen: datetime) -> Post | None:
    """The post that the conversation waits on, made up if it is still on its way."""
    waiting = live_kind(view)
    if waiting is None:
        return None
    kind, subject = waiting
    found = next((post for post in reversed(posts) if post.kind is kind and post.subject == subject), None)
    return found or Post("", kind, subject, seen)


def _is(post: Post, other: Post | None) -> bool:
    return other is not None and (post.kind, post.subject) == (other.kind, other.subject)


def _asides(posts: Sequence[Post], live: Post | None) -> Iterator[Post]:
    """What was said about the live question, to be set beside it."""
    if live is not None and live.kind is CardKind.QUESTION:
        for post in posts:
            if post.kind is CardKind.WHY and post.subject in ("", live.subject):
                yield post


def _still_said(posts: Sequence[Post], live: Post | None, passing: frozenset[CardKind]) -> list[Post]:
    """The posts besides the live one that are worth reading still; `passing` ones only for the moment."""
    lasting = max((n for n, post in enumerate(posts) if post.kind not in passing), default=-1)
    return [
        post
        for n, post in enumerate(posts)
        if not _is(post, live)
        and post.kind not in _LIVE_ONLY
        and post.kind is not CardKind.LESS_OFTEN
        and (
            post.kind not in passing
            or n == len(posts) - 1
            or (n > lasting and post.kind not in (CardKind.HELP, CardKind.CALL))
        )
    ]


def _is_open(card: Card) -> bool:
    """Whether a card asks for something, beyond what it keeps behind a fold."""
    folded = False
    for part in card.parts:
        if isinstance(part, Input):
            folded = bool(part.fold)
            if not folded:
                return True
        elif isinstance(part, Button):
            if not (folded or part.fold):
                return True
        else:
            folded = False
    return False


def _asks(entry: Entry) -> bool:
    """Whether a card waits for its reader however long ago it came: what they have decided waits no more."""
    decides = any(isinstance(part, Button) and part.primary for part in entry.card.parts)
    return entry.post.kind in _ALWAYS_OPEN and decides and _is_open(entry.card)


def _before_chapter(posts: Sequence[Post], live: Post | None) -> frozenset[str]:
    """What came before the newest question, opening or step of joining."""
    if live is not None and not live.id and live.kind in _CHAPTERS:
        return frozenset(post.id for post in posts)
    newest = max((n for n, post in enumerate(posts) if post.kind in _CHAPTERS), default=0)
    return frozenset(post.id for post in posts[:newest])


@dataclass(frozen=True, slots=True)
class _Making:
    view: MemberView
    prompts: Prompts
    live: Post | None
    asides: frozenset[Post]

    def entries(self, posts: Sequence[Post]) -> list[Entry]:
        """The cards of these posts that have something to say."""
        opened = {post.subject for post in posts if post.kind is CardKind.OPENED}
        return [
            Entry(post, card, asides=tuple(self._beside(post)))
            for post in posts
            # The opening shows the answer to what was said back already.
            if post not in self.asides
            and not (post.kind is CardKind.TURN_ANSWER and post.subject in opened)
            and (card := make(post, self.view, self.prompts)) is not None
        ]

    def with_words(self, entry: Entry, changeable: frozenset[str], *, noted: bool) -> Entry:
        """A card and one's own words that answer it, `noted` with who can see them.

        Words that no card of the page lets their author change get a way to do so of their own.
        """
        return replace(entry, own=tuple(self._own(entry.post, changeable, noted)))

    def _beside(self, post: Post) -> Iterator[Card]:
        for aside in self.asides if _is(post, self.live) else ():
            card = make(aside, self.view, self.prompts)
            if card is not None:
                yield card

    def _own(self, post: Post, changeable: frozenset[str], noted: bool) -> Iterator[Own]:
        at = desk(post, self.view, self.prompts)
        for round_ in self.view.rounds.values():
            for part in round_.written:
                if part.text and _answers(post, round_, part):
                    fixed = part.id in changeable or self._is_being_written(round_)
                    parts = [] if fixed else edits((part,), self.view)
                    seen_by = who_can_see(at, round_, part.sharing) if noted else ""
                    quote = Quote(part.text, note=seen_by[:1].upper() + seen_by[1:])
                    card = Card(CardKind.WAITING, (quote, *parts), round_.id)
                    yield Own(card, f"You, on {at.when.moment(part.first_at)}")

    def _is_being_written(self, round_: RoundView) -> bool:
        return (
            self.live is not None and self.live.kind in _WRITING and self.view.conversation.round == round_.id
        )


def _changeable(entries: Sequence[Entry]) -> frozenset[str]:
    """The parts that some card of the page lets their author change."""
    return frozenset(
        part.subject
        for entry in entries
        for part in entry.card.parts
        if isinstance(part, Button) and part.action is Action.REMOVE
    )


def _answers(post: Post, round_: RoundView, part: Written) -> bool:
    if part.ordinal == 0:
        return post.kind is CardKind.QUESTION and post.subject == round_.id
    return post.kind is CardKind.FOLLOW_UP and post.subject == part.id
