"""What `/reflect` asks for, and which question a channel is shown: pure, and told by the bank alone."""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256

from bot.questions.bank import Bank, TeamQuestion, Theme
from bot.questions.wording import words

OWN_LIMIT = 300
"""Characters of a question in the starter's own words."""

FEWEST = 3
"""Words: of fewer nobody makes a question, so they were meant as a theme."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A theme, or a question in somebody's own words, or neither; `unclear` if it names no theme that there is."""

    theme: Theme | None = None
    own: str = field(default="", repr=False)
    unclear: bool = False


def wanted(text: str) -> Wanted:
    """What stands behind the command."""
    said = " ".join(text.split())
    if not said:
        return Wanted()
    names = {theme.name.lower(): theme for theme in Theme} | {theme.value: theme for theme in Theme}
    near = get_close_matches(said.casefold(), names, n=1, cutoff=0.8)
    if near:
        return Wanted(theme=names[near[0]])
    if len(words(said)) < FEWEST and not said.endswith("?"):
        return Wanted(unclear=True)
    return Wanted(own=said)


def question_for(
    bank: Bank, *, theme: Theme | None, asked: Collection[str], passed: Collection[str], key: str
) -> TeamQuestion | None:
    """A question for a channel: one that it has not been `asked`, if there is one; never one that was `passed` over."""
    left = [each for each in bank.teams.values() if theme in (None, each.theme) and each.id not in passed]
    fresh = [each for each in left if each.id not in asked]
    return min(fresh or left, key=lambda each: _lot(key, each.id), default=None)


def _lot(key: str, id_: str) -> str:
    return sha256(f"{key}\x1f{id_}".encode()).hexdigest()
