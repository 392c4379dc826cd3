"""What a digest is made of. It stores ids and counts; the words are read when somebody reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.model import Facilitators

THRESHOLD = 5
"""From how many people on words without names appear; counted after every filter, and again when read."""


@dataclass(frozen=True, slots=True)
class Item:
    """One part of an answer in a period, as composing needs it: no words."""

    part: str
    person: str
    question: str
    facilitators: Facilitators


@dataclass(frozen=True, slots=True)
class Line:
    """One part in one digest; `held` means that too few shared without a name for it to appear."""

    id: str
    part: str
    person: str
    theme: str
    facilitators: Facilitators
    held: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """`people` could answer, `answered` did; `kept` parts stayed between their authors, `held` were held back."""

    people: int
    answered: int
    kept: int
    held: int


@dataclass(frozen=True, slots=True)
class DigestNumbers:
    """A digest as it stands now, without a word of it: `lines` can be read, and `waiting` ask for something still."""

    id: str
    programme_title: str
    zone: str
    from_at: datetime
    to_at: datetime
    counts: Counts
    lines: int
    waiting: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class Digest:
    tenant: str
    id: str
    programme: str
    from_at: datetime
    to_at: datetime
    question: str
    reason: str
    counts: Counts
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as a facilitator sees it; `by` is empty where the author chose no name.

    `question` is what it answers, and `added` that it answers what was asked further. Under a name it always
    stands there; without one only if enough people gave a line to it, as pairs have questions of their own.
    """

    id: str
    text: str = field(repr=False)
    theme: str
    by: str
    taken_to: str
    reply: str = field(default="", repr=False)
    question: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """Two answers to one question, both shared by name, from a round that opened."""

    question: str
    one: str = field(repr=False)
    one_by: str
    two: str = field(repr=False)
    two_by: str


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest as one facilitator may see it now: whatever was taken back since is gone.

    `left_out` are lines that stand on the page and not in a mail.
    """

    id: str
    programme_title: str
    zone: str
    from_at: datetime
    to_at: datetime
    next_module: str
    question: str
    reason: str
    counts: Counts
    taken_back: int
    lines: tuple[LineView, ...]
    beside: tuple[Beside, ...]
    left_out: int = 0

    @property
    def themes(self) -> Sequence[tuple[str, Sequence[LineView]]]:
        """The lines by what they are about."""
        found: dict[str, list[LineView]] = {}
        for line in self.lines:
            found.setdefault(line.theme, []).append(line)
        return list(found.items())
