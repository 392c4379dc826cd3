"""Mistakes in a file: each with its line and what to do about it, and all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake: the line it stands in (0 for the file as a whole), what is wrong, and the remedy."""

    line: int
    what: str
    remedy: str


class Faulty(Exception):
    """A file cannot be used as it is. Nothing of it was applied.

    `said` are its mistakes in words, each with its remedy; `sum` says how many there are.
    """

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.file = file
        self.faults = tuple(sorted(set(faults)))
        count = len(self.faults)
        mistakes = "one mistake" if count == 1 else f"{count} mistakes"
        self.said = tuple((f"{_where(file, each.line)}: {each.what}", each.remedy) for each in self.faults)
        self.sum = f"{file} has {mistakes}. Nothing was changed."
        each_said = [f"{what}\n    {remedy}" for what, remedy in self.said]
        super().__init__("\n".join([*each_said, "", self.sum]))


def _where(file: str, line: int) -> str:
    return f"{file}, line {line}" if line else file
