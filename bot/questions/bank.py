"""What the bank of questions is made of. The words themselves live in prompts/.

Nothing here reads a file: `prompts.bank` loads the words into these types and refuses a faulty bank whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Theme(StrEnum):
    """What a question is about; the value is how a person reads it."""

    CHALLENGE = "the shared challenge"
    ASSUMPTIONS = "assumptions"
    POWER = "power and decisions"
    VOICE = "voice and tokenism"
    FOLLOWING = "following and leading"
    LANGUAGE = "language and identity"
    TRUST = "trust"
    FEELING = "strong feeling"
    EXPECTATIONS = "expectations and accountabilities"
    ROLES = "roles and expertise"
    TIME = "time and pay"
    DIFFERENCE = "difference"
    CHANGED = "what changed"
    NEXT = "what next"


class Depth(IntEnum):
    """What happened, what it means, what follows: a person is taken one step at a time."""

    WHAT = 1
    SO_WHAT = 2
    NOW_WHAT = 3


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the bank. `id` is stable for ever: stored rounds refer to it.

    `why` is the real reason it is asked, told to anybody who asks for it; `followups` are the two that
    the bank falls back on, each a question sentence of its own.
    """

    id: str
    text: str
    theme: Theme
    depth: Depth
    why: str
    followups: tuple[str, str]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bridge:
    """A question for the moment of the opening: the same for both, content-free."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class TeamQuestion:
    """A question for a whole channel: it speaks of nobody's partner and of no pair's challenge."""

    id: str
    text: str
    theme: Theme


@dataclass(frozen=True, slots=True)
class Bank:
    """Everything that can be asked, by id."""

    questions: Mapping[str, Question]
    bridges: Mapping[str, Bridge]
    teams: Mapping[str, TeamQuestion] = field(default_factory=dict)
