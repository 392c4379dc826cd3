"""Reads the bank of questions from its TOML files and refuses a faulty bank whole.

All faults of all files are reported together, so that whoever edits the words corrects them in one go.
Nothing is repaired or guessed: a bank either holds to every rule of `bot.questions.rules`, or is not loaded.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from bot.questions.bank import Bank, Bridge, Depth, Question, TeamQuestion, Theme
from bot.questions.rules import ALIKE, Kind, faults
from bot.questions.wording import Syllables, likeness, words

FRAMEWORKS = frozenset(
    {
        "action-learning",
        "borderline",
        "clean-language",
        "humble-inquiry",
        "immunity-to-change",
        "ladder-of-coproduction",
        "ladder-of-inference",
        "motivational-interviewing",
        "orid",
        "schwartz",
        "troika",
    }
)
THEMES: Mapping[str, Theme] = {theme.name.lower(): theme for theme in Theme}
DEPTHS: Mapping[str, Depth] = {"what": Depth.WHAT, "so what": Depth.SO_WHAT, "now what": Depth.NOW_WHAT}

_QUESTION_FIELDS = frozenset({"id", "text", "depth", "why", "followups", "tags"})
_BRIDGE_FIELDS = frozenset({"id", "text"})
_TEAM_FIELDS = frozenset({"id", "text", "theme"})


@dataclass(frozen=True, slots=True)
class WordFault:
    """One thing that is wrong with one entry of one file."""

    file: str
    id: str
    rule: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.id}: {self.rule}: {self.why}"


class BankFault(Exception):
    """The bank of questions cannot be used as it is."""

    def __init__(self, found: tuple[WordFault, ...]) -> None:
        self.faults = found
        super().__init__("\n".join(["The bank of questions cannot be used as it is.", *map(str, found)]))


def load(folder: Traversable | None = None, syllables: Syllables | None = None) -> Bank:
    """The bank in `folder`, by default Alongside's own; `BankFault` names all that is wrong.

    Reading ease is judged only where `syllables` is given: counting them needs a dictionary.
    """
    reading = _Reading(syllables)
    for path in sorted((folder or files("prompts") / "questions").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            reading.file(path)
    if not reading.questions and not reading.found:
        reading.fault("*", "*", "empty", "there is no question in the whole bank")
    if reading.found:
        raise BankFault(tuple(reading.found))
    return Bank(
        MappingProxyType(reading.questions),
        MappingProxyType(reading.bridges),
        MappingProxyType(reading.teams),
    )


class _Reading:
    """What has been read so far, and everything found wrong with it."""

    def __init__(self, syllables: Syllables | None) -> None:
        self.syllables = syllables
        self.questions: dict[str, Question] = {}
        self.bridges: dict[str, Bridge] = {}
        self.teams: dict[str, TeamQuestion] = {}
        self.found: list[WordFault] = []
        self._ids: dict[str, str] = {}
        self._texts: list[tuple[str, str, frozenset[str]]] = []

    def fault(self, file: str, id_: str, rule: str, why: str) -> None:
        self.found.append(WordFault(file, id_, rule, why))

    def file(self, path: Traversable) -> None:
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            self.fault(path.name, "*", "not TOML", str(broken))
            return
        for key in content.keys() - {"theme", "question", "bridge", "team"}:
            self.fault(path.name, "*", "unknown field", f"“{key}” means nothing here")
        theme = self._theme(path.name, content)
        for entry in _entries(content, "question"):
            self._question(path.name, theme, entry)
        for entry in _entries(content, "bridge"):
            self._bridge(path.name, entry)
        for entry in _entries(content, "team"):
            self._team(path.name, entry)

    def _theme(self, file: str, content: Mapping[str, Any], id_: str = "*") -> Theme | None:
        if "question" not in content and id_ == "*":
            return None
        name = content.get("theme")
        theme = THEMES.get(name) if isinstance(name, str) else None
        if theme is None:
            self.fault(file, id_, "unknown theme", f"“{name}” is none of: {', '.join(THEMES)}")
        return theme

    def _question(self, file: str, theme: Theme | None, entry: Mapping[str, Any]) -> None:
        before = len(self.found)
        id_ = self._id(file, entry, _QUESTION_FIELDS)
        text, why = self._text(file, id_, entry, "text"), self._text(file, id_, entry, "why")
        depth = DEPTHS.get(str(entry.get("depth")))
        if depth is None:
            self.fault(file, id_, "unknown depth", f"“{entry.get('depth')}” is none of: {', '.join(DEPTHS)}")
        followups = _strings(entry.get("followups"))
        if len(set(followups)) != 2 or len(followups) != 2:
            self.fault(file, id_, "two follow-ups", "a question has exactly two, and they differ")
        tags = _strings(entry.get("tags", []))
        if "" in tags or not set(tags) <= FRAMEWORKS:
            self.fault(file, id_, "unknown tag", f"each tag is one of: {', '.join(sorted(FRAMEWORKS))}")
        self._judge(file, id_, text, Kind.QUESTION)
        for followup in followups:
            self._judge(file, id_, followup, Kind.FALLBACK)
        if theme and depth and len(self.found) == before:
            pair = (followups[0], followups[1])
            self.questions[id_] = Question(id_, text, theme, depth, why, pair, tags)

    def _bridge(self, file: str, entry: Mapping[str, Any]) -> None:
        id_ = self._id(file, entry, _BRIDGE_FIELDS)
        text = self._text(file, id_, entry, "text")
        self._judge(file, id_, text, Kind.BRIDGE)
        self.bridges[id_] = Bridge(id_, text)

    def _team(self, file: str, entry: Mapping[str, Any]) -> None:
        id_ = self._id(file, entry, _TEAM_FIELDS)
        text, theme = self._text(file, id_, entry, "text"), self._theme(file, entry, id_)
        self._judge(file, id_, text, Kind.QUESTION)
        if theme is not None:
            self.teams[id_] = TeamQuestion(id_, text, theme)

    def _id(self, file: str, entry: Mapping[str, Any], known: frozenset[str]) -> str:
        id_ = entry.get("id")
        if not isinstance(id_, str) or not id_:
            self.fault(file, "?", "missing field", "it has no id")
            return "?"
        for key in entry.keys() - known:
            self.fault(file, id_, "unknown field", f"“{key}” means nothing here")
        if id_ in self._ids:
            self.fault(file, id_, "duplicate id", f"it is also in {self._ids[id_]}")
        self._ids[id_] = file
        return id_

    def _text(self, file: str, id_: str, entry: Mapping[str, Any], field: str) -> str:
        value = entry.get(field)
        if isinstance(value, str) and value.strip() == value and value:
            return value
        self.fault(file, id_, "missing field", f"“{field}” has to be a text without spaces around it")
        return ""

    def _judge(self, file: str, id_: str, text: str, kind: Kind) -> None:
        if not text:
            return
        for fault in faults(text, kind=kind, syllables=self.syllables):
            self.fault(file, id_, fault.rule.value, f"{fault.why} in “{text}”")
        if kind is Kind.FALLBACK:
            return
        mine = frozenset(words(text))
        for other_id, other, theirs in self._texts:
            # Sharing that few words they cannot be alike, so the closer look is spared.
            if 2 * len(mine & theirs) >= min(len(mine), len(theirs)) and likeness(text, other) >= ALIKE:
                self.fault(file, id_, "duplicate text", f"it reads like {other_id}")
        self._texts.append((id_, text, mine))


def _entries(content: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    found = content.get(kind, [])
    return (entry for entry in found if isinstance(entry, dict)) if isinstance(found, list) else iter(())


def _strings(value: object) -> tuple[str, ...]:
    """The texts of a list; what is no text becomes an empty one, and what is no list a single empty one."""
    if not isinstance(value, list):
        return ("",)
    return tuple(item if isinstance(item, str) else "" for item in value)
