"""The order of a member's page: which posts are still worth reading, where one's own words stand, what is last.

Each thing is said once: an older post that would say the same again is left out. What the conversation waits
on stands last. What came before the present question, or step of joining, is folded away as "Earlier".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cards import make
from bot.cards.dates import Calendar, calendar
from bot.cards.live import live_kind
from bot.cards.sharing import edits
from bot.messages import Action, Button, Card, CardKind, Input, Quote
from bot.ports import Prompts
from bot.view import MemberView, Post, RoundView, Written

# About one thing whoever asks: only the newest is worth showing.
_STANDING = frozenset({CardKind.PAUSED, CardKind.STOPPED, CardKind.STARTED, CardKind.START_AGAIN})
_BY_VIEW = frozenset(
    {
        CardKind.HELLO,
        CardKind.TERMS,
        CardKind.YOUR_WORDS,
        CardKind.CHALLENGE,
        CardKind.READY,
        CardKind.HELP,
        CardKind.LESS_OFTEN,
        CardKind.NOT_NOW,
        CardKind.BEFORE_CONSENT,
    }
)
# Said for the moment: nothing to read once the moment is over.
_PASSING = frozenset(
    {CardKind.NOT_NOW, CardKind.BEFORE_CONSENT, CardKind.HELP, CardKind.WHY, CardKind.NUDGE, CardKind.STARTED}
)
# Only ever shown while the conversation waits on them.
_LIVE_ONLY = frozenset({CardKind.KEPT, CardKind.WHO_SEES})
_CHAPTERS = frozenset(
    {CardKind.TERMS, CardKind.YOUR_WORDS, CardKind.READY, CardKind.QUESTION, CardKind.OPENED}
)
_ALWAYS_OPEN = frozenset({CardKind.CHALLENGE, CardKind.TURN, CardKind.LESS_OFTEN})


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
    """`later` is a card that may be used but asks for nothing; `new` says that the newest is not `current`."""

    earlier: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    current: Entry | None
    later: Entry | None
    new: bool


def compose(view: MemberView, posts: Sequence[Post], prompts: Prompts, limit: int) -> Letter:
    """The letter as its reader sees it now."""
    seen = _seen(view, posts)
    posts = [replace(post, posted_at=seen) for post in _once(posts)]
    live = _live(view, posts, seen)
    told = [post for post in posts if not _is(post, live)]
    resting = live is not None and _rests(told, live)
    told = _still_said(told)
    making = _Making(view, prompts, calendar(view, seen))
    current = making.entry(live) if live is not None else None
    if current is not None:
        asides = tuple(making.asides(told, current.post))
        told = [post for post in told if not _is_aside(post, current.post)]
        current = replace(current, asides=asides)
    entries = [entry for entry in map(making.entry, told) if entry is not None]
    later = None
    if resting:
        later, current = current, None
    if current is None:
        current = next((entry for entry in reversed(entries) if _is_open(entry.card)), None)
        if resting:
            current = next(
                (entry for entry in reversed(entries) if entry.post.kind is CardKind.CARE), current
            )
        entries = [entry for entry in entries if entry is not current]
    entries, current, later = making.with_words(entries, current, later)
    before = _before_chapter(posts, live)
    opened = {post.subject for post in posts if post.kind is CardKind.OPENED and post.id not in before}
    # The opening says it already, with the answer to what was said back.
    entries = [e for e in entries if e.post.kind is not CardKind.TURN_ANSWER or e.post.subject not in opened]
    earlier = [entry for entry in entries if entry.post.id in before and not _asks(entry)]
    entries = [entry for entry in entries if entry not in earlier]
    new = bool(entries) and entries[-1].post is posts[-1]
    return Letter(tuple(earlier[-limit:]), tuple(entries), current, later, new)


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


def _is_aside(post: Post, live: Post) -> bool:
    return post.kind is CardKind.WHY and live.kind is CardKind.QUESTION and post.subject in ("", live.subject)


def _rests(told: Sequence[Post], live: Post) -> bool:
    """After care was shown, the conversation asks for nothing by itself."""
    return live.kind is CardKind.WHO_SEES and any(
        _is(Post("", CardKind.CARE, live.subject, live.posted_at), p) for p in told
    )


def _still_said(posts: Sequence[Post]) -> list[Post]:
    last = len(posts) - 1
    lasting = [n for n, post in enumerate(posts) if post.kind not in _PASSING and post.kind not in _LIVE_ONLY]
    tail = lasting[-1] if lasting else -1
    return [
        post
        for n, post in enumerate(posts)
        if post.kind not in _LIVE_ONLY
        and (post.kind not in _PASSING or n == last or (n > tail and post.kind is not CardKind.HELP))
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
            if not folded:
                return True
        else:
            folded = False
    return False


def _asks(entry: Entry) -> bool:
    """Whether a card waits for its reader however long ago it came."""
    return entry.post.kind in _ALWAYS_OPEN and _is_open(entry.card)


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
    when: Calendar

    def entry(self, post: Post) -> Entry | None:
        card = make(post, self.view, self.prompts)
        return Entry(post, card) if card is not None else None

    def asides(self, posts: Sequence[Post], live: Post) -> Iterator[Card]:
        for post in posts:
            card = make(post, self.view, self.prompts) if _is_aside(post, live) else None
            if card is not None:
                yield card

    def with_words(
        self, entries: list[Entry], current: Entry | None, later: Entry | None
    ) -> tuple[list[Entry], Entry | None, Entry | None]:
        """Set one's own words after what they answer; those that no other card can change get a fold."""
        shown = [entry.card for entry in (*entries, current, later) if entry is not None]
        changeable = {
            part.subject
            for card in shown
            for part in card.parts
            if isinstance(part, Button) and part.action is Action.EDIT
        }
        writing = current is not None and current.post.kind in (
            CardKind.KEPT,
            CardKind.FOLLOW_UP,
            CardKind.WHO_SEES,
        )
        here = self.view.conversation.round if writing else None
        told = [replace(entry, own=tuple(self._own(entry.post, changeable, here))) for entry in entries]
        if current is not None:
            current = replace(current, own=tuple(self._own(current.post, changeable, here)))
        return told, current, later

    def _own(self, post: Post, changeable: set[str], here: str | None) -> Iterator[Own]:
        for round_ in self.view.rounds.values():
            for part in round_.written:
                if part.text and _answers(post, round_, part):
                    fold = part.id not in changeable and round_.id != here
                    parts = edits((part,), self.view.drafts) if fold else []
                    yield Own(
                        Card(CardKind.WAITING, (Quote(part.text), *parts), round_.id),
                        f"You, on {self.when.moment(part.first_at)}",
                    )


def _answers(post: Post, round_: RoundView, part: Written) -> bool:
    if part.ordinal == 0:
        return post.kind is CardKind.QUESTION and post.subject == round_.id
    return post.kind is CardKind.FOLLOW_UP and post.subject == part.id
