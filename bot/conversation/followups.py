"""The one follow-up to an answer: the person's own words and a question, or the bank's own question.

A poor echo is worse than none. The quote is exact, shown to its writer only, and at most two follow-ups in a
row quote; whatever is in doubt falls to the bank. Nothing is random and nothing is kept but the key.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from zlib import crc32

from bot.conversation.clauses import Clause, Lexicon, Reading, Span, read_words, split, with_tail
from bot.conversation.grammar import OWN, SMALL, STANCE
from bot.conversation.quoting import has_any, is_conditional, may_be_quoted
from bot.conversation.signals import Signal, find
from bot.questions.bank import Question

__all__ = ["FollowUp", "Frame", "Frames", "Lexicon", "Span", "choose", "worded"]

# Longer answers are read from here back: what was said last is nearest, and a pasted document stays cheap.
_READ_AT_MOST = 6000
_NOT_AGAIN_WITHIN = 6
_QUOTING_IN_A_ROW = 2
_SHORT = 4
_TRIED_AT_MOST = 12

_WEIGHT = {
    Signal.ASSUMPTION: 2.6,
    Signal.ASSUMPTION_OWNED: 2.6,
    Signal.FEELING_NOW: 2.4,
    Signal.FEELING_PAST: 2.4,
    Signal.FEELING_TOLD: 2.4,
    Signal.GLAD_NOW: 1.8,
    Signal.GLAD_PAST: 1.8,
    Signal.GLAD_TOLD: 1.8,
}
_OTHER_WEIGHT = 2.0
_GLAD = frozenset([Signal.GLAD_NOW, Signal.GLAD_PAST, Signal.GLAD_TOLD])
_FEELINGS = _GLAD | {Signal.FEELING_NOW, Signal.FEELING_PAST, Signal.FEELING_TOLD}
_LENGTH = {3: 0.6, 4: 1.0, 5: 1.2, 6: 1.2, 7: 0.9, 8: 0.6, 9: 0.4, 10: 0.3, 11: 0.2}
_LIST_LINE = re.compile(r"\s*(?:[-*•–·]|\d{1,2}[.)])\s")


@dataclass(frozen=True, slots=True)
class Frame:
    """A question for after a quote, and the signals it fits; a spare one waits until no other is free."""

    key: str
    text: str
    signals: frozenset[Signal]
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Frames:
    """All frames, by key, in the order of the file."""

    by_key: Mapping[str, Frame]

    def fitting(self, signal: Signal) -> tuple[Frame, ...]:
        return tuple(frame for frame in self.by_key.values() if signal in frame.signals)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One question. `quote` is (start, end) into the answer, or None for a question of the bank."""

    key: str
    text: str
    quote: Span | None


@dataclass(frozen=True, slots=True)
class _Find:
    clause: Clause
    signal: Signal
    score: float


def choose(
    answer: str,
    question: Question,
    *,
    lexicon: Lexicon,
    frames: Frames,
    names: frozenset[str],
    recent: Sequence[str],
    quoted_in_a_row: int,
    key: str,
) -> FollowUp:
    """The follow-up to `answer`, given to `question`.

    `names` are the pair's and the programme's and are never quoted; `recent` the keys of this person's last
    follow-ups, newest last; `key` anything that is the same whenever the same choice is made again. Whether a
    question may be asked at all is decided before this is called, by `bot.safety.signpost`.
    """
    if quoted_in_a_row < _QUOTING_IN_A_ROW:
        for found in _read(answer, lexicon, _fold(names)):
            if frame := _least_recent(frames, found.signal, recent, key):
                return FollowUp(frame.key, frame.text, found.clause.span)
    return _from_bank(question, recent, key)


def worded(followup: FollowUp, answer: str) -> str:
    """The follow-up as it is shown: the person's words to the letter, then the question."""
    if followup.quote is None:
        return followup.text
    start, end = followup.quote
    return f"You wrote “{answer[start:end]}”. {followup.text}"


def _read(answer: str, lexicon: Lexicon, names: frozenset[str]) -> Iterator[_Find]:
    """What in the answer can be quoted, the most telling first; nothing if it should be left alone."""
    start = _begin_reading_at(answer)
    reading = split(answer, lexicon, start)
    if len(reading.words) <= _SHORT or _is_left_alone(answer[start:], reading, lexicon):
        return
    finds = _hear(reading, reading.clauses[1:] if start else reading.clauses, lexicon)
    whole = [
        found
        for i, found in enumerate(finds)
        if not any(_halves(found, beside) for beside in finds[max(0, i - 2) : i + 3])
    ]
    whole.sort(key=lambda f: (-f.score, -f.clause.first, -f.clause.last))
    for found in whole[:_TRIED_AT_MOST]:
        if _stands(found.clause, found.signal, answer, reading, lexicon, names):
            yield found


def _hear(reading: Reading, clauses: Sequence[Clause], lexicon: Lexicon) -> list[_Find]:
    """Every clause with a signal, and with the "because …" or "when …" that hangs on it as well."""
    length = len(reading.words)
    in_sentence = Counter(clause.sentence for clause in clauses)
    finds = []
    for clause, following in zip_longest(clauses, clauses[1:]):
        tailed = with_tail(reading, clause, following) if following is not None else None
        for span in (tailed, clause):
            signal = find(span, lexicon, alone=in_sentence[clause.sentence] == 1) if span else None
            parrots = length > 8 and span is not None and len(span.words) > 0.85 * length
            if span is not None and signal is not None and not parrots:
                finds.append(_Find(span, signal, _score(clause, signal, length)))
    return finds


def _stands(
    clause: Clause, signal: Signal, answer: str, reading: Reading, lexicon: Lexicon, names: frozenset[str]
) -> bool:
    """Whether the quote is clean, and the answer around it leaves something to ask."""
    sentence = reading.sentence(clause.sentence)
    if (
        has_any(clause.text, lexicon.left_behind)
        or is_conditional(sentence)
        or has_any(sentence, lexicon.policy | lexicon.relatives)
    ):
        return False
    if signal in (Signal.ASSUMPTION, Signal.ASSUMPTION_OWNED):
        # About a relative it is not ours to ask; after "she said" it has been told where it is from.
        told = reading.sentence(clause.sentence, until=clause.first)
        if has_any(reading.text(until=clause.first), lexicon.relatives) or has_any(told, lexicon.sayings):
            return False
        if has_any(reading.sentence(clause.sentence + 1), lexicon.told_after):
            return False
    around = f"{reading.sentence(clause.sentence - 1)} {sentence}"
    return may_be_quoted(clause, answer, around, lexicon, names)


def _halves(one: _Find, other: _Find) -> bool:
    """'I was sad, I was glad': to quote one of two feelings that stand together is to choose for them."""
    apart = abs(one.clause.sentence - other.clause.sentence)
    if one.clause.first == other.clause.first or apart > 1 or not {one.signal, other.signal} <= _FEELINGS:
        return False
    mixed = (one.signal in _GLAD) != (other.signal in _GLAD)
    return mixed or (apart == 0 and one.clause.opened == other.clause.opened == "")


def _score(clause: Clause, signal: Signal, length: int) -> float:
    norms = [word.norm for word in clause.words]
    return (
        _WEIGHT.get(signal, _OTHER_WEIGHT)
        + _LENGTH.get(len(norms), 0.0)
        + (1.2 if not OWN.isdisjoint(norms) else 0.0)
        + (0.7 if clause.opened == "but" else 0.0)
        + (0.6 if not STANCE.isdisjoint(norms) else 0.0)
        + 0.5 * clause.last / length
    )


def _begin_reading_at(answer: str) -> int:
    if len(answer) <= _READ_AT_MOST:
        return 0
    start = len(answer) - _READ_AT_MOST
    blank = re.compile(r"\s").search(answer, start)
    return blank.end() if blank else len(answer)


def _is_left_alone(text: str, reading: Reading, lexicon: Lexicon) -> bool:
    """Spoken to the bot, a list, a pasted document: not words to hand back."""
    listed = sum(_LIST_LINE.match(line) is not None for line in text.splitlines())
    official = sum(word.norm in lexicon.policy for word in reading.words)
    return listed >= 2 or official >= 3 or "://" in text or has_any(reading.text(), lexicon.addressing)


def _fold(names: frozenset[str]) -> frozenset[str]:
    """Names as they are compared: whole, and each part that is not a mere "of" or "the"."""
    folded = set()
    for name in names:
        parts = [word.norm for word in read_words(name)]
        folded.add(" ".join(parts))
        folded.update(part for part in parts if len(parts) == 1 or part not in SMALL)
    return frozenset(folded - {""})


def _least_recent(frames: Frames, signal: Signal, recent: Sequence[str], key: str) -> Frame | None:
    """The fitting frame used longest ago, none of the last six; unused ones are told apart by `key`."""
    used = {k: n for n, k in enumerate(recent)}
    barred = set(recent[-_NOT_AGAIN_WITHIN:])
    free = [frame for frame in frames.fitting(signal) if frame.key not in barred]
    return min(free, key=lambda f: (f.spare, used.get(f.key, -1), _shuffle(key, f.key)), default=None)


def _from_bank(question: Question, recent: Sequence[str], key: str) -> FollowUp:
    used = {k: n for n, k in enumerate(recent)}
    own = [(f"{question.id}#{n}", text) for n, text in enumerate(question.followups, start=1)]
    chosen, text = min(own, key=lambda pair: (used.get(pair[0], -1), _shuffle(key, pair[0])))
    return FollowUp(chosen, text, None)


def _shuffle(key: str, choice: str) -> int:
    return crc32(f"{key}\0{choice}".encode("utf-8", "surrogatepass"))
