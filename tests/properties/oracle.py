"""Who may see what: kept in the test, from what people did, never from what the product decided.

Each text that somebody writes holds a token. The oracle follows each token: whose it is, where its author's
own page says that it stands, whom its author let see it and since when, and whether it still exists at all.
It reads an author's own page to learn where their words went, and nobody else's for anything.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.model import Facilitators
from tests.cast import NAMES, Character
from tests.properties.world import PARTNER, Page, tokens


class Kind(Enum):
    ANSWER = "part of an answer"
    OWN = "words for oneself"
    CHALLENGE = "the pair's challenge"
    TURN = "said back after an opening"
    TURN_ANSWER = "the answer to what was said back"
    CALL = "how to reach somebody who wants a call"
    DRAFT = "half written"
    REPLY = "a facilitator's answer to a line"


@dataclass
class Word:
    """One token that exists. `where` is the part, round, box or line that it belongs to."""

    author: Character
    kind: Kind
    where: str


@dataclass
class Part:
    """One part of somebody's answer, and what its author chose for it."""

    author: Character
    round: str
    partner: datetime | None = None
    facilitators: Facilitators = Facilitators.NO
    since: datetime | None = None
    closed: datetime | None = None
    removed: bool = False


@dataclass
class Message:
    """What became of one message: the newest event, and whether it can still be changed."""

    at: datetime
    token: str
    part: str = ""
    gone: bool = False


@dataclass
class Oracle:
    agreed: set[Character] = field(default_factory=set)
    stopped: set[Character] = field(default_factory=set)
    words: dict[str, Word] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    messages: dict[tuple[Character, str], Message] = field(default_factory=dict)
    opens: dict[str, datetime] = field(default_factory=dict)
    halves: dict[str, set[Character]] = field(default_factory=dict)
    dealt_with: set[str] = field(default_factory=set)
    shown: dict[str, set[str]] = field(default_factory=dict)
    read: set[tuple[Character, str]] = field(default_factory=set)

    # ---- what somebody's own page tells of their own words

    def look(self, who: Character, page: Page, now: datetime) -> None:
        """Learn from a person's own page which rounds and parts they have; an opening never moves."""
        for round_ in page.view.rounds.values():
            known = self.opens.setdefault(round_.id, round_.opens_at)
            assert known == round_.opens_at, "an opening instant moved"
            if not round_.solo:
                self.halves.setdefault(round_.id, set()).add(who)
            for written in round_.written:
                part = self.parts.setdefault(written.id, Part(who, round_.id))
                assert part.author == who, "somebody else's part stands on this page as their own"
                if written.closed and part.closed is None:
                    part.closed = now

    def part_with(self, page: Page, token: str) -> str:
        """The part of its author's own answers in which a token stands, if it does."""
        for round_ in page.view.rounds.values():
            for written in round_.written:
                if token in tokens(written.text):
                    return written.id
        return ""

    # ---- what people do

    def keep(self, token: str, who: Character, kind: Kind, where: str) -> None:
        assert who in self.agreed or kind is Kind.REPLY, "words were kept before consent"
        self.words[token] = Word(who, kind, where)

    def forget(self, token: str) -> None:
        self.words.pop(token, None)

    def forget_at(self, kind: Kind, who: Character, where: str) -> None:
        for found in [k for k, w in self.words.items() if (w.kind, w.author, w.where) == (kind, who, where)]:
            del self.words[found]

    def rewrite(self, who: Character, part: str) -> bool:
        """The words of a part are replaced or removed: the messages they came in count no more."""
        mine = self.parts.get(part)
        if mine is None or mine.author != who or mine.removed:
            return False
        self.forget_at(Kind.ANSWER, who, part)
        for message in self.messages.values():
            if message.part == part:
                message.gone = True
        return True

    def remove(self, who: Character, part: str) -> None:
        if self.rewrite(who, part):
            self._take_back(self.parts[part])
            # What is still being written is emptied, not ended: more can be written in it.
            self.parts[part].removed = self.parts[part].closed is not None

    def choose(
        self, who: Character, part: str, partner: bool | None, upward: Facilitators | None, now: datetime
    ) -> None:
        mine = self.parts.get(part)
        if mine is None or mine.author != who or mine.removed:
            return
        if who not in self.agreed:
            # Whoever does not agree can take back, and let nobody see more.
            partner, upward = partner and None, upward if upward is Facilitators.NO else None
        if partner is not None:
            mine.partner = (mine.partner or now) if partner else None
        if upward is not None and upward is not mine.facilitators:
            mine.facilitators = upward
            mine.since = None if upward is Facilitators.NO else now

    def take_back_all(self, who: Character) -> None:
        for part in self.parts.values():
            if part.author == who:
                self._take_back(part)

    def withdraw(self, who: Character, shown_up_to: datetime) -> None:
        """Nothing new of theirs counts, and what nobody has been shown by then is taken back."""
        self.agreed.discard(who)
        for name, part in self.parts.items():
            if part.author != who:
                continue
            if name not in self.shown.get(part.round, ()):
                part.partner = None
            if part.since is not None and max(part.since, self.opens[part.round]) > shown_up_to:
                part.facilitators, part.since = Facilitators.NO, None

    def _take_back(self, part: Part) -> None:
        part.partner, part.facilitators, part.since = None, Facilitators.NO, None

    # ---- what the clock does

    def counted(self, round_id: str) -> dict[Character, set[str]]:
        """What each half has shared of a round by its opening instant: closed, with words, not taken back."""
        opens_at = self.opens[round_id]
        found: dict[Character, set[str]] = {who: set() for who in self.halves.get(round_id, ())}
        with_words = {word.where for word in self.words.values() if word.kind is Kind.ANSWER}
        for name, part in self.parts.items():
            if (
                part.round == round_id
                and name in with_words
                and part.closed is not None
                and part.closed <= opens_at
                and part.partner is not None
                and part.partner <= opens_at
            ):
                found.setdefault(part.author, set()).add(name)
        return found

    def waits_for_the_clock(self, now: datetime) -> bool:
        """Whether something is being written, or an opening instant has come: then pages tell what became of it."""
        writing = any(part.closed is None for part in self.parts.values())
        return writing or any(at <= now for name, at in self.opens.items() if name not in self.dealt_with)

    def open(self, now: datetime) -> None:
        """Deal with every opening instant that has come."""
        for round_id, opens_at in self.opens.items():
            if opens_at <= now and round_id not in self.dealt_with:
                self.dealt_with.add(round_id)
                sides = self.counted(round_id)
                if len(sides) == 2 and all(sides.values()):
                    self.shown[round_id] = set().union(*sides.values())

    # ---- who may see a token now

    def may_see(self, reader: Character, found: str) -> bool:
        word = self.words.get(found)
        if word is None:
            return False
        if word.author == reader:
            return True
        if PARTNER.get(word.author) != reader:
            # A facilitator's answer to a line is for its author.
            return word.kind is Kind.REPLY and self.parts[word.where].author == reader
        match word.kind:
            case Kind.ANSWER:
                part = self.parts[word.where]
                return word.where in self.shown.get(part.round, ()) and part.partner is not None
            case Kind.CHALLENGE | Kind.TURN_ANSWER:
                return True
            case Kind.TURN:
                return (reader, word.where) in self.read
            case Kind.OWN | Kind.DRAFT | Kind.CALL | Kind.REPLY:
                return False

    def must_see(self, reader: Character, rounds: set[str]) -> set[str]:
        """What the partner opened to this reader, in the rounds that their page reaches back to."""
        return {
            found
            for found, word in self.words.items()
            if word.kind is Kind.ANSWER
            and PARTNER.get(word.author) == reader
            and self.parts[word.where].round in rounds
            and self.may_see(reader, found)
        }

    def upward(self, found: str, to_at: datetime) -> str | None:
        """Under which name a facilitator may read a token in the digest of a period that ended at `to_at`."""
        word = self.words.get(found)
        if word is None or word.kind is not Kind.ANSWER:
            return None
        part = self.parts[word.where]
        if part.facilitators is Facilitators.NO or self.opens[part.round] > to_at:
            return None
        return NAMES[word.author.id] if part.facilitators is Facilitators.NAMED else ""

    def upward_since(self, part: Part) -> datetime | None:
        """From when on a part counts for a digest: chosen, and its round past its opening."""
        if part.since is None or part.closed is None:
            return None
        return max(part.since, self.opens[part.round])
