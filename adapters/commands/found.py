"""A line of `alongside check`."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"
    WRONG = "to do"


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked at, how it is, and what to do if anything must be done."""

    verdict: Verdict
    what: str
    remedy: str = ""
