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
    """A file cannot be used as it is. Nothing of it was applied."""

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.file = file
        self.faults = tuple(sorted(set(faults)))
        count = len(self.faults)
        said = [f"{_where(file, each.line)}: {each.what}\n    {each.remedy}" for each in self.faults]
        mistakes = "one mistake" if count == 1 else f"{count} mistakes"
        super().__init__("\n".join([*said, "", f"{file} has {mistakes}. Nothing was changed."]))


def _where(file: str, line: int) -> str:
    return f"{file}, line {line}" if line else file
