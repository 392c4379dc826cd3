"""When an answer is met with where people can turn, and when it is met without a further question.

A floor of phrases, never a detector: it misses people, so "get help" is always in sight and nothing here
claims to have understood. Anger, idiom and "I am not suicidal" are not risk. Pure: text in, yes or no out.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_APOSTROPHES = re.compile(r"['’ʼ‘`´]")
_STOPS = re.compile(r"[.!?…;]+")
_OTHER = re.compile(r"[^\w|]+|_+")
# "I am not saying that I want to die": only light words may stand between the denial and what is denied.
_DENIED = re.compile(
    r"(?<!why )\b(?:not|never|dont|didnt|doesnt|wouldnt|wont|isnt|arent|wasnt|werent|no|without|havent|hasnt)"
    r"(?: (?:saying|suggesting|mean|that)(?: that)?(?: i| im| i am| id| i would)?)?"
    r"(?: (?:going|want|wanted|wanting|trying|about|planning|thinking|thought|thoughts|wish|to|of|feel|"
    r"feeling|felt|be|been|being|am|have|get|take|ever|really|actually|even|a|an|any|the|signs?|history))* $"
)
_GAP = r"(?: \w+){0,3} "


@dataclass(frozen=True, slots=True)
class Signpost:
    """Somewhere to turn: its name, how to reach it, when it is there, and one plain sentence about it."""

    name: str
    how: str
    when: str
    about: str


@dataclass(frozen=True, slots=True)
class Floor:
    """Phrases, as a reviewer reads them (prompts/signposts/floor.toml says how they are written).

    `harmless` is taken out of a text before `risk` and `rests` are looked for.
    """

    risk: tuple[str, ...]
    rests: tuple[str, ...]
    harmless: tuple[str, ...]


def needs_care(text: str, floor: Floor) -> bool:
    """Whether harm is named: to oneself, from others or to others. Show the signposts, ask nothing today."""
    risk, _, harmless = _compile_floor(floor)
    return _is_said(risk, _quieten(text, harmless))


def has_care(answer: str, floor: Floor) -> bool:
    """Whether an answer is met with signposts: as a whole, or any of the messages that it came in."""
    return any(needs_care(said, floor) for said in {answer, *answer.split("\n\n")})


def rests_questions(text: str, floor: Floor) -> bool:
    """Whether to ask no further question: harm, and also loss, violence, no home, or no strength left."""
    risk, rests, harmless = _compile_floor(floor)
    quiet = _quieten(text, harmless)
    return _is_said(risk, quiet) or _is_said(rests, quiet)


def compile_phrase(phrase: str) -> str:
    """A phrase as a regular expression. `a/b` either, `(word)` may be left out, `end*` any ending, `..` up to
    three words, `|` the end of a sentence; raises ValueError for anything else.
    """
    pattern = ""
    for part in phrase.split():
        if part == "..":
            pattern = pattern.removesuffix(" ") + _GAP
            continue
        optional = part.startswith("(") and part.endswith(")")
        choices = part.strip("()").split("/")
        if not all(re.fullmatch(r"[a-z0-9]+\*?|\|", choice) for choice in choices):
            raise ValueError(f"{phrase!r}: {part!r} is no word")
        words = "|".join(c.replace("*", r"\w*") if c != "|" else r"\|" for c in choices)
        pattern += f"(?:(?:{words}) )?" if optional else f"(?:{words}) "
    if not pattern.endswith(" ") or pattern.startswith(_GAP):
        raise ValueError(f"{phrase!r}: is empty, begins with a gap, or ends in a word that may be left out")
    return pattern


def _is_said(pattern: re.Pattern[str], quiet: str) -> bool:
    return any(
        _DENIED.search(quiet, max(0, m.start() - 80), m.start()) is None for m in pattern.finditer(quiet)
    )


def _quieten(text: str, harmless: re.Pattern[str]) -> str:
    plain = _APOSTROPHES.sub("", text.lower())
    spaced = f" {_OTHER.sub(' ', _STOPS.sub(' | ', plain))} | "
    return harmless.sub("~ ", " ".join(spaced.split()) + " ")


@lru_cache(maxsize=4)
def _compile_floor(floor: Floor) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return _compile_all(floor.risk), _compile_all(floor.rests), _compile_all(floor.harmless)


def _compile_all(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(compile_phrase(p) for p in phrases)})")
