"""Cuts an answer into clauses, on offsets into the answer.

A quote is always answer[start:end], untouched. Matching is done on a normalised copy, word by word, so
"dont", "Don’t" and "don't" are one word and the offsets stay true. The words it cuts by stand in grammar.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from bot.conversation.grammar import (
    DROPPED,
    FILLER_PHRASES,
    FILLERS,
    HANGING,
    LINKS,
    STICKY,
    SUBJECTS,
    SUBORDINATORS,
    TRAILERS,
    base,
    normalise,
)

Span = tuple[int, int]

_WORD = re.compile(r"[^\W_]+(?:[-'’ʼ‘][^\W_]+)*")
_QUOTED = re.compile(
    r'"[^"\n]{0,600}(?:"|$|\n)|[“„«][^”»]{0,600}(?:[”»]|$)'
    r"|(?<!\w)['‘](?=\w).{1,300}?['’](?!\w)|^[ \t]*>.*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The vocabulary the follow-ups listen for, and what is never quoted. Loaded by `prompts.followups`."""

    feelings: frozenset[str]
    glad: frozenset[str]
    felt_only: frozenset[str]
    weary: frozenset[str]
    fears: frozenset[str]
    willing: frozenset[str]
    feeling_verbs: frozenset[str]
    literal_objects: frozenset[str]
    degrees: frozenset[str]
    adverbs: frozenset[str]
    mind_verbs: frozenset[str]
    mind_verbs_about_us: frozenset[str]
    denied: frozenset[str]
    denied_past: frozenset[str]
    moods_of_others: frozenset[str]
    duty_verbs: frozenset[str]
    imposed_verbs: frozenset[str]
    duty_being: frozenset[str]
    topics: frozenset[str]
    relatives: frozenset[str]
    swearing: frozenset[str]
    policy: frozenset[str]
    addressing: frozenset[str]
    courtesies: frozenset[str]
    slips: frozenset[str]
    sayings: frozenset[str]
    told_after: frozenset[str]
    left_behind: frozenset[str]
    titles: frozenset[str]
    loose_ends: frozenset[str]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the answer: where it stands, and how it is compared."""

    start: int
    end: int
    norm: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, stripped of fillers: `words` are number `first` to `last` of the answer's.

    `opened` is the connective it began with, `after` the word that follows and `mark` what stands between
    ("" is nothing, "," a clause's end, "." or "?" a sentence's); `borrowed` says that the words are not the
    writer's own (quotation marks, a pasted line); `sentence` numbers the sentence it stands in.
    """

    words: tuple[Word, ...]
    first: int
    last: int
    opened: str
    after: str
    mark: str
    borrowed: bool
    sentence: int
    asked: bool

    @property
    def text(self) -> str:
        return " ".join(word.norm for word in self.words)

    @property
    def span(self) -> Span:
        return self.words[0].start, self.words[-1].end


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as words and clauses; `sentences` holds the number of each word's sentence."""

    words: tuple[Word, ...]
    clauses: tuple[Clause, ...]
    sentences: tuple[int, ...]

    def text(self, until: int | None = None) -> str:
        return " ".join(word.norm for word in self.words[:until])

    def sentence(self, number: int, until: int | None = None) -> str:
        pairs = zip(self.words[:until], self.sentences, strict=False)
        return " ".join(word.norm for word, own in pairs if own == number)


def read_words(answer: str, start: int = 0) -> list[Word]:
    return [Word(m.start(), m.end(), normalise(m.group())) for m in _WORD.finditer(answer, start)]


def split(answer: str, lexicon: Lexicon, start: int = 0) -> Reading:
    """The answer from `start` on, in order; clauses that are nothing but fillers are left out."""
    words = read_words(answer, start)
    if not words:
        return Reading((), (), ())
    gaps = [answer[a.end : b.start] for a, b in pairwise(words)] + [answer[words[-1].end :] + "\n"]
    marks = [_mark(gap, words[i].norm) for i, gap in enumerate(gaps)]
    for i, mark in enumerate(marks):
        if mark == "," and _lists_feelings(words, marks, i + 1, lexicon):
            marks[i] = ""
    borrowed = [m.span() for m in _QUOTED.finditer(answer, start)]
    dictated = len(words) >= 14 and sum(mark != "" for mark in marks[:-1]) < len(words) / 16
    cuts = _cuts(answer, words, marks, dictated, lexicon)
    sentences, questions = _sentences(marks)
    clauses = []
    for a, b in pairwise([*cuts, len(words)]):
        first, last, opened = _strip(words, a, b)
        if first >= last:
            continue
        clauses.append(
            Clause(
                words=tuple(words[first:last]),
                first=first,
                last=last,
                opened=opened,
                after=words[last].norm if last < len(words) else "",
                mark=marks[last - 1],
                borrowed=any(s < words[last - 1].end and words[first].start < e for s, e in borrowed),
                sentence=sentences[first],
                asked=sentences[first] in questions,
            )
        )
    return Reading(tuple(words), tuple(clauses), tuple(sentences))


def with_tail(reading: Reading, clause: Clause, following: Clause) -> Clause | None:
    """The clause together with the "because …" or "when …" that hangs on it, if twelve words hold both."""
    words = reading.words
    hanging = words[clause.last].norm if clause.last < len(words) else ""
    if clause.mark != "" or hanging not in HANGING or following.last - clause.first > 12:
        return None
    if following.mark == "":
        return None  # "because she gets vouchers [and I get a salary]": half a reason is none
    return replace(
        following,
        words=words[clause.first : following.last],
        first=clause.first,
        opened=clause.opened,
        borrowed=clause.borrowed or following.borrowed,
    )


def _mark(gap: str, before: str) -> str:
    """What stands between two words: "" nothing, "," a clause's end, "." or "?" a sentence's."""
    if gap.isspace() and "\n" not in gap:
        return ""
    if "?" in gap:
        return "?"
    if any(c in ".!…\n\r\u2028\u2029" for c in gap):
        return "."
    if before.endswith("s") and gap.strip() in ("'", "’") and gap[:1] in "'’":
        return ""  # the patients' group
    return "," if gap.strip() else ""


def _cuts(
    answer: str, words: Sequence[Word], marks: Sequence[str], dictated: bool, lexicon: Lexicon
) -> list[int]:
    cuts = [0]
    for i in range(1, len(words)):
        norm, previous = words[i].norm, words[i - 1].norm
        following = base(words[i + 1].norm) if i + 1 < len(words) else ""
        if marks[i - 1] != "":
            cuts.append(i)
        elif norm == "but" and previous not in ("nothing", "anything", "all"):
            if not _lists_feelings(words, marks, i, lexicon):
                cuts.append(i)
        elif norm in SUBORDINATORS and not _is_no_conjunction(norm, previous):
            cuts.append(i - 1 if previous == "even" and cuts[-1] < i - 1 else i)
        elif norm in LINKS and following in SUBJECTS:
            listed = _lists_feelings(words, marks, i, lexicon)
            if not listed and not _shares_subject(answer, words[cuts[-1] : i], following):
                cuts.append(i)
        elif (
            dictated
            and base(norm) in ("i", "we", "he", "she", "they")
            and i - cuts[-1] >= 4
            and previous not in STICKY
            and previous not in lexicon.sayings
        ):
            cuts.append(i)
    return cuts


def _is_no_conjunction(norm: str, previous: str) -> bool:
    """'As if', 'a while', 'at once': the word is there, the clause is not."""
    return (
        (norm == "if" and previous == "as")
        or (norm == "while" and previous in ("a", "the", "my", "our", "worth", "little", "long", "quite"))
        or (norm == "once" and previous in ("at", "just", "only", "not", "than"))
        or (norm == "though" and previous in ("as", "even"))
        or (norm in ("when", "where", "which") and previous in ("know", "knew", "say", "said", "about", "of"))
    )


def _shares_subject(answer: str, piece: Sequence[Word], following: str) -> bool:
    """'My partner and I', 'She and I', 'Ann and I': two names of one subject, not two clauses."""
    if following not in ("i", "we", "he", "she", "they") or len(piece) > 3:
        return False
    first = piece[0]
    return first.norm in ("my", "our", "the", "his", "her", "their", "both", "he", "she", "they", "me") or (
        len(piece) < 3 and answer[first.start].isupper() and first.norm not in ("i", "we")
    )


def _lists_feelings(words: Sequence[Word], marks: Sequence[str], i: int, lexicon: Lexicon) -> bool:
    """'I was angry, hurt and a bit ashamed': the tail belongs to the clause before the comma."""
    feelings, degrees = _words_of_feeling(lexicon)
    for n in range(i, min(i + 6, len(words))):
        norm = words[n].norm
        if norm in feelings and marks[n] != "":
            return True
        if norm not in feelings and norm not in degrees and norm not in ("and", "but", "then"):
            return False
    return False


@lru_cache(maxsize=4)
def _words_of_feeling(lexicon: Lexicon) -> tuple[frozenset[str], frozenset[str]]:
    feelings = lexicon.feelings | lexicon.glad | lexicon.felt_only | lexicon.weary
    return frozenset(" ".join(feelings).split()), frozenset(" ".join(lexicon.degrees).split())


def _strip(words: Sequence[Word], a: int, b: int) -> tuple[int, int, str]:
    """Take fillers off both ends; the connective it opened with is remembered."""
    opened = ""
    changed = True
    while changed and a < b:
        changed = False
        for phrase in FILLER_PHRASES:
            if tuple(w.norm for w in words[a : min(b, a + len(phrase))]) == phrase:
                opened = "although" if phrase == ("even", "though") else opened
                a, changed = a + len(phrase), True
        if a < b and words[a].norm in FILLERS | DROPPED:
            norm = words[a].norm
            opened = (
                norm if norm in DROPPED or (norm in ("but", "and", "or", "so") and not opened) else opened
            )
            a, changed = a + 1, True
    while a < b and (
        words[b - 1].norm in TRAILERS or [w.norm for w in words[max(a, b - 2) : b]] == ["you", "know"]
    ):
        b -= 2 if words[b - 1].norm == "know" else 1
    if a < b and words[a].norm in SUBORDINATORS:
        opened = words[a].norm
    return a, b, opened


def _sentences(marks: Sequence[str]) -> tuple[list[int], frozenset[int]]:
    numbers, questions, number = [], set(), 0
    for mark in marks:
        numbers.append(number)
        if mark in (".", "?"):
            if mark == "?":
                questions.add(number)
            number += 1
    return numbers, frozenset(questions)
