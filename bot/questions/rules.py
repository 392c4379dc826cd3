"""What makes a question acceptable, rule by rule, for the bank and for anything a model proposes alike.

A model proposes, the rules dispose: a question with a single fault is not asked. The rules look at words and
form, not at meaning, so they lean strict; words a person quoted or chose are never held against them.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.questions import openness, patterns
from bot.questions.openness import is_open
from bot.questions.patterns import AUXILIARY, SUBJECT, WH
from bot.questions.wording import (
    Syllables,
    blanked,
    content_words,
    likeness,
    long_words,
    plain,
    question_sentence,
    quotations,
    reading_grade,
    sentences,
    words,
)

__all__ = ["Fault", "Kind", "Rule", "faults", "is_open"]

LONGEST = 25
HIGHEST_GRADE = 9.5
MOST_LONG_WORDS = 2
ALIKE = 0.7


class Rule(StrEnum):
    """The value is the rule as one would say it."""

    ONE_MARK = "exactly one question mark"
    OPEN = "open"
    SCALE = "no scores"
    LENGTH = "at most 25 words"
    PLAIN = "plain English"
    SINGLE = "one thing at a time"
    LEADING = "not leading"
    ADVICE = "no advice"
    LABEL = "no imposed label"
    FEELING = "feelings only in the person's own words"
    THERAPY = "no therapy voice"
    BLAME = "no blame"
    DEMAND = "no demand"
    PRESUMES = "nothing presumed"
    JARGON = "no jargon"
    ANYBODY = "could not be asked of anybody"
    ONE_SIDED = "the same for either half"
    ECHO = "echoes the answer"
    REPEAT = "not asked before"
    VOICE = "in the bot's voice"


class Kind(StrEnum):
    """Where a question comes from. Only a follow-up made from an answer owes that answer an echo."""

    QUESTION = "question"
    BRIDGE = "bridging question"
    FALLBACK = "fallback follow-up"
    MADE = "follow-up made from an answer"


@dataclass(frozen=True, slots=True)
class Fault:
    rule: Rule
    why: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as the rules see it: `low` and `sentence` hold the bot's own part, quotations blanked."""

    text: str
    low: str
    sentence: str
    kind: Kind
    own: str
    answer: str | None
    earlier: tuple[str, ...]
    syllables: Syllables | None


def faults(
    text: str,
    *,
    kind: Kind = Kind.QUESTION,
    own_words: Collection[str] = frozenset(),
    answer: str | None = None,
    earlier: Collection[str] = (),
    syllables: Syllables | None = None,
) -> tuple[Fault, ...]:
    """Every fault of a question, in the order of the rules; none if it may be asked.

    `own_words` are words the person chose, for themselves or anybody; with an answer, its words are theirs
    too. `earlier` are questions they were asked before. Reading ease is judged where `syllables` is given.
    """
    asking = _asking(text, kind, own_words, answer, tuple(earlier), syllables)
    found = ((rule, check(asking)) for rule, check in _CHECKS.items())
    return tuple(Fault(rule, why) for rule, why in found if why is not None)


def _asking(
    text: str,
    kind: Kind,
    own_words: Collection[str],
    answer: str | None,
    earlier: tuple[str, ...],
    syllables: Syllables | None,
) -> Asking:
    # Quotation marks set words aside only where there is an answer they can have come from.
    judged = plain(blanked(text)) if answer is not None else re.sub(r"[“”\"]", "", plain(text))
    own = " | ".join(" ".join(words(entry)) for entry in [*own_words, answer or ""])
    return Asking(
        text=text,
        low=re.sub(r"\s+", " ", judged.lower()).strip(),
        sentence=question_sentence(judged).lower(),
        kind=kind,
        own=f" {own} ",
        answer=answer,
        earlier=earlier,
        syllables=syllables,
    )


# Each check returns what is wrong, or None.


def one_mark(a: Asking) -> str | None:
    count = a.low.count("?")
    return None if count == 1 else f"it has {count or 'no'} question marks"


def open_form(a: Asking) -> str | None:
    return openness.why_closed(a.sentence, strictly=True)


def no_scale(a: Asking) -> str | None:
    return "it asks for a score" if openness.SCALE.search(a.low) else None


def short(a: Asking) -> str | None:
    count = len(words(a.sentence))
    return None if count <= LONGEST else f"the question has {count} words"


def plain_english(a: Asking) -> str | None:
    if a.syllables is None:
        return None
    bots_part = re.sub(r"“[x .]*”", " ", a.low)
    long = long_words(bots_part, a.syllables)
    if len(long) > MOST_LONG_WORDS:
        return f"too many long words: {', '.join(long)}"
    grade = reading_grade(bots_part, a.syllables)
    return None if grade <= HIGHEST_GRADE else f"its reading grade is {grade:.1f}"


_JOINED = re.compile(
    # A second question joined on: "and what will you do", "or did they". An embedded clause is one thing with
    # two sides ("what you say and what you do"), and so is anything after "between".
    rf"\b(?:and|or|but),? (?:then )?(?:{WH}(?! {SUBJECT}\b)|{AUXILIARY} {SUBJECT}\b)|"
    rf"\band (?:\w+ )?{WH}\W*\?"
)
_IN_A_ROW = re.compile(rf"^{WH}(?<!when)(?! {SUBJECT}\b) [^,;]*[,;] {WH} {AUXILIARY} {SUBJECT}\b")


def single(a: Asking) -> str | None:
    joined = _JOINED.search(a.sentence)
    if joined and "between " not in a.sentence[: joined.start()]:
        return "it asks two things"
    begun = [part for part in sentences(a.low) if re.match(rf"{WH} {AUXILIARY}\b", part)]
    return "it asks two things" if _IN_A_ROW.match(a.sentence) or len(begun) > 1 else None


def not_leading(a: Asking) -> str | None:
    return _found(patterns.LEADING, a, "it leads: “{}”")


def no_advice(a: Asking) -> str | None:
    return _found(patterns.ADVICE, a, "it advises: “{}”")


def no_label(a: Asking) -> str | None:
    return _not_own(patterns.LABEL, a, "it puts a word on somebody: “{}”")


def feelings_own(a: Asking) -> str | None:
    return _not_own(patterns.FEELING, a, "it names a feeling for somebody: “{}”")


def no_therapy_voice(a: Asking) -> str | None:
    return _found(patterns.THERAPY, a, "it speaks like a therapist: “{}”")


def no_blame(a: Asking) -> str | None:
    if patterns.WHY_NOT.search(a.low) or ("why" in words(a.low) and not patterns.WHAT_MATTERS.search(a.low)):
        return "“why” asks for a defence; ask what or how"
    return _found(patterns.BLAME, a, "it blames: “{}”")


def no_demand(a: Asking) -> str | None:
    """A scene may be set before the question and a few words may follow it; nobody is ordered to tell."""
    parts = sentences(a.low)
    asked = next((n for n, part in enumerate(parts) if "?" in part), len(parts))
    if any(patterns.ORDER.match(part) for part in parts[: asked + 1]):
        return "it orders an answer instead of asking for one"
    after = parts[asked + 1 :]
    if len(after) > 1 or any(not patterns.CODA.match(part) or len(words(part)) > 8 for part in after):
        return "it goes on after its question"
    return None


def nothing_presumed(a: Asking) -> str | None:
    return _found(patterns.PRESUMES, a, "it takes something for granted: “{}”")


def no_jargon(a: Asking) -> str | None:
    return _not_own(patterns.JARGON, a, "it is jargon: “{}”")


def not_for_anybody(a: Asking) -> str | None:
    return "it could be asked of anybody, anywhere" if patterns.ANYBODY.search(a.sentence) else None


def same_for_both(a: Asking) -> str | None:
    return _not_own(patterns.ONE_SIDED, a, "only one half of a pair could be asked: “{}”")


def echoes(a: Asking) -> str | None:
    if a.kind is not Kind.MADE:
        return None
    said = plain(a.answer or "")
    if invented := [quote for quote in quotations(plain(a.text)) if quote not in said]:
        return f"it quotes what was not written: “{invented[0]}”"
    # A clause said back whole is an echo even where every word of it is small ("I let it go").
    if any(len(words(quote)) > 1 for quote in quotations(a.text)):
        return None
    shared = content_words(a.text) & content_words(said)
    return None if shared else "it uses none of the answer's own words"


def not_a_repeat(a: Asking) -> str | None:
    return "it was asked before" if any(likeness(a.text, old) >= ALIKE for old in a.earlier) else None


def in_voice(a: Asking) -> str | None:
    return _found(patterns.OUT_OF_VOICE, a, "the bot does not speak so: “{}”")


def _found(pattern: re.Pattern[str], a: Asking, why: str) -> str | None:
    found = pattern.search(a.low) or pattern.search(a.sentence)
    return why.format(found.group(0).strip(" ,.;")) if found else None


def _not_own(pattern: re.Pattern[str], a: Asking, why: str) -> str | None:
    """The first match that is not among the person's own words."""
    for found in pattern.finditer(a.low):
        if f" {' '.join(words(found.group(0)))} " not in a.own:
            return why.format(found.group(0))
    return None


_CHECKS: dict[Rule, Callable[[Asking], str | None]] = {
    Rule.ONE_MARK: one_mark,
    Rule.OPEN: open_form,
    Rule.SCALE: no_scale,
    Rule.LENGTH: short,
    Rule.PLAIN: plain_english,
    Rule.SINGLE: single,
    Rule.LEADING: not_leading,
    Rule.ADVICE: no_advice,
    Rule.LABEL: no_label,
    Rule.FEELING: feelings_own,
    Rule.THERAPY: no_therapy_voice,
    Rule.BLAME: no_blame,
    Rule.DEMAND: no_demand,
    Rule.PRESUMES: nothing_presumed,
    Rule.JARGON: no_jargon,
    Rule.ANYBODY: not_for_anybody,
    Rule.ONE_SIDED: same_for_both,
    Rule.ECHO: echoes,
    Rule.REPEAT: not_a_repeat,
    Rule.VOICE: in_voice,
}
