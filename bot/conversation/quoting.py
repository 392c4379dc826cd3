"""What may be quoted back to its writer, whatever it says.

A poor echo is worse than none: every rule here takes a quote away, and none adds one.
"""

import re
import unicodedata
from itertools import pairwise

from bot.conversation.clauses import Clause, Lexicon
from bot.conversation.grammar import COMPLEMENTS, CONDITIONS, base

_PRONOUNS = frozenset(["i", "we", "he", "she", "they", "it", "you", "this"])
_STRETCHED = re.compile(r"(.)\1\1")
_STUTTER = re.compile(r"^(\w+)-\1$")


def may_be_quoted(clause: Clause, answer: str, around: str, lexicon: Lexicon, names: frozenset[str]) -> bool:
    """Whether these words can stand in quotation marks without harm, whatever they say.

    `around` is the normalised text of the sentence before and the sentence itself.
    """
    norms = [word.norm for word in clause.words]
    start, end = clause.span
    return not (
        clause.borrowed
        or clause.asked
        or len(norms) > 12
        or clause.after in CONDITIONS
        or _hangs_on(clause)
        or norms[-1] in lexicon.loose_ends
        or any(n.endswith("'d") or n in ("would", "could", "might", "may", "you", "your") for n in norms)
        or any(n.startswith("you'") for n in norms)
        or any(a == b and a not in lexicon.degrees for a, b in pairwise(norms))
        or any(_is_slip(n, lexicon) for n in norms)
        or has_any(clause.text, lexicon.swearing | lexicon.courtesies)
        or has_any(around, lexicon.topics)
        or any(n in names or n.removesuffix("'s") in names for n in norms)
        or any(f" {name} " in f" {clause.text} " for name in names if " " in name)
        or any(_is_named(answer[w.start : w.end], w.norm, lexicon) for w in clause.words[1:])
        or not _stands_free(answer, start, end)
    )


def is_conditional(sentence: str) -> bool:
    """Whether a sentence (normalised) holds a condition; "as if" is none."""
    return any(
        f" {word} " in f" {sentence.replace('as if', ' ')} "
        for word in ("if", "unless", "suppose", "supposing", "whenever")
    )


def _hangs_on(clause: Clause) -> bool:
    """Its meaning needs what comes before or after it."""
    if clause.opened == "or":
        return True
    if clause.mark != "":
        return False
    return (
        base(clause.after) in ("i", "we", "he", "she", "they", "it", "you", "this")
        or clause.after in COMPLEMENTS
    )


def _is_slip(norm: str, lexicon: Lexicon) -> bool:
    """A slip quoted back looks like mocking; so do digits, stutters and stretched words."""
    return (
        norm in lexicon.slips
        or any(c.isdigit() for c in norm)
        or _STRETCHED.search(norm) is not None
        or _STUTTER.match(norm) is not None
        or (len(norm) > 2 and norm.isascii() and not any(c in "aeiouy" for c in norm))
    )


def _is_named(word: str, norm: str, lexicon: Lexicon) -> bool:
    """A capital inside is a name, unless it is I, a title, or a feeling written loud."""
    if not word[0].isupper() or base(norm) == "i" or norm in lexicon.titles:
        return False
    return not (word.isupper() and (norm in lexicon.feelings or norm in lexicon.degrees or norm == "not"))


def has_any(text: str, phrases: frozenset[str]) -> bool:
    """Whole words or phrases in a normalised text; an entry "abc*" is the beginning of a word."""
    words = text.split(" ")
    if not phrases.isdisjoint(words):
        return True
    padded = f" {text} "
    return any(
        (" " + p.removesuffix("*") if p.endswith("*") else f" {p} ") in padded
        for p in phrases
        if " " in p or p.endswith("*")
    )


def _stands_free(answer: str, start: int, end: int) -> bool:
    """Neither edge touches something that belongs to the word: an accent, an underscore, a slash, an @."""
    edges = answer[start - 1 : start] + answer[end : end + 1]
    return not any(
        c in "/@-_\\&+=#" or (unicodedata.category(c)[0] in "MC" and not c.isspace()) for c in edges
    )
