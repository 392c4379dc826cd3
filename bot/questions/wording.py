"""Taking a question's text apart: sentences, words, quotations, likeness, the reading grade.

It keeps one rule: what stands inside quotation marks is a person's own, and can be set aside before the
bot's part is judged. How a syllable is counted comes from outside.
"""

import re
from collections.abc import Callable

Syllables = Callable[[str], int]

_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:'[A-Za-z]+)*")
_SENTENCE_END = re.compile(r"(?<=[.?!…])[\"”]?\s+|(?<=[.?!…][\"”])\s+|\n+")
_QUOTATION = re.compile(r"“([^”]*)”|\"([^\"]*)\"")
_FUNCTION_WORDS = """
    a about above after again against all almost also although always am an and another any anybody
    anyone anything are aren't around as at away back be because been before being below between both
    but by came can can't cannot come could couldn't did didn't do does doesn't doing done don't down
    each either else even ever every everybody everyone everything few for from further get gets getting
    give go goes going gone got had hadn't has hasn't have haven't having he he'd he's her here hers
    herself him himself his how i i'd i'll i'm i've if in into is isn't it it's its itself just kind
    know less let like lot made make makes many may maybe me might mine more most much must my myself
    neither no nobody none nor not nothing now of off often on once one only onto or other others our
    ours ourselves out over own perhaps put quite rather really said same say says see seem seemed she
    she'd she's should shouldn't since so some somebody someone something sometimes somewhere sort still
    such take than that that's the their theirs them themselves then there there's these they they'd
    they'll they're they've thing things think this those though through till to too toward towards
    under until up upon us use very want was wasn't way we we'd we'll we're we've well went were weren't
    what what's when where whether which while who who's whom whose why will with within without won't
    would wouldn't yes yet you you'd you'll you're you've your yours yourself
"""
_PASSED_OVER = frozenset(_FUNCTION_WORDS.split())


def plain(text: str) -> str:
    """The text with straight apostrophes, so that one pattern fits whatever a phone sends."""
    return text.replace("’", "'").replace("ʼ", "'")


def words(text: str) -> tuple[str, ...]:
    """The words in lower case; a contraction is one word."""
    return tuple(word.lower() for word in _WORD.findall(plain(text)))


def content_words(text: str) -> frozenset[str]:
    """The words that carry the matter: what an echo has to repeat and a near-duplicate shares."""
    return frozenset(word for word in words(text) if len(word) > 2 and word not in _PASSED_OVER)


def sentences(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _SENTENCE_END.split(text) if part.strip())


def quotations(text: str) -> tuple[str, ...]:
    """What stands inside quotation marks, untouched."""
    return tuple(curly or straight for curly, straight in _QUOTATION.findall(text) if curly or straight)


def without_quotations(text: str) -> str:
    """The bot's own part of a text."""
    return _QUOTATION.sub("“”", text)


def blanked(text: str) -> str:
    """The text with each quoted word replaced by an x: nothing in it is judged, its length still counts."""

    def blank(found: re.Match[str]) -> str:
        ended = "." if found.group(0)[-2:-1] in ".?!…" else ""
        return "“" + " ".join("x" for _ in words(found.group(0))) + ended + "”"

    return _QUOTATION.sub(blank, text)


def question_sentence(text: str) -> str:
    """The sentence that asks. Where none ends in a question mark, the last one: it is what a reader hears."""
    parts = sentences(text)
    asking = [part for part in parts if part.rstrip('"” ').endswith("?")]
    return (asking or list(parts) or [""])[-1]


def likeness(one: str, other: str) -> float:
    """How alike two questions read, 0 to 1: their shared words as a part of all their words."""

    def overlap(left: frozenset[str], right: frozenset[str]) -> float:
        return len(left & right) / len(left | right) if left | right else 0.0

    everything = overlap(frozenset(words(one)), frozenset(words(other)))
    mine, theirs = content_words(one), content_words(other)
    # Two or three shared words say little, so short questions are compared on everything they say.
    return max(everything, overlap(mine, theirs)) if min(len(mine), len(theirs)) >= 4 else everything


def reading_grade(text: str, syllables: Syllables) -> float:
    """Flesch-Kincaid grade of the whole text: long sentences and long words raise it."""
    found = words(text)
    if not found:
        return 0.0
    per_sentence = len(found) / max(1, len(sentences(text)))
    return 0.39 * per_sentence + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


def long_words(text: str, syllables: Syllables) -> tuple[str, ...]:
    """The words of three or more syllables."""
    return tuple(word for word in words(text) if syllables(word) >= 3)
