"""Reads followups.toml: the questions that may follow a quote, and the words the follow-ups listen for.

A faulty file is refused whole, with every fault in one message.
"""

import tomllib
from dataclasses import fields
from importlib.resources import files
from typing import Any

from bot.conversation.clauses import Lexicon
from bot.conversation.followups import Frame, Frames
from bot.conversation.signals import Signal


class FaultyFollowUps(ValueError):
    """The follow-ups cannot be used."""


def load() -> tuple[Frames, Lexicon]:
    text = (files("prompts") / "followups.toml").read_text(encoding="utf-8")
    return parse(tomllib.loads(text))


def parse(data: dict[str, Any]) -> tuple[Frames, Lexicon]:
    faults: list[str] = []
    frames = _parse_frames(data.get("frame", []), faults)
    words = _parse_words(data.get("words", {}), faults)
    if faults:
        raise FaultyFollowUps("followups.toml: " + "; ".join(faults))
    return Frames(frames), Lexicon(**words)


def _parse_frames(rows: list[dict[str, Any]], faults: list[str]) -> dict[str, Frame]:
    frames: dict[str, Frame] = {}
    for row in rows:
        key, text = str(row.get("key", "")), str(row.get("text", ""))
        unknown = [s for s in row.get("signals", []) if s not in {signal.value for signal in Signal}]
        if not key or key in frames:
            faults.append(f"frame {key!r}: the key is missing or there twice")
        if not text.endswith("?") or text.count("?") != 1 or len(text.split()) > 14:
            faults.append(f"frame {key!r}: one question of at most 14 words, ending in its one question mark")
        if text in {frame.text for frame in frames.values()}:
            faults.append(f"frame {key!r}: the same question as another frame")
        if unknown or not row.get("signals"):
            faults.append(f"frame {key!r}: unknown or no signals {unknown}")
        known = frozenset(Signal(s) for s in row.get("signals", []) if s not in unknown)
        frames[key] = Frame(key, text, known, spare=row.get("spare") is True)
    covered = {signal for frame in frames.values() for signal in frame.signals}
    faults += [f"no frame for {signal.value}" for signal in Signal if signal not in covered]
    return frames


def _parse_words(lists: dict[str, Any], faults: list[str]) -> dict[str, frozenset[str]]:
    expected = [field.name for field in fields(Lexicon)]
    faults += [f"words.{name}: missing" for name in expected if not lists.get(name)]
    faults += [f"words.{name}: unknown" for name in lists if name not in expected]
    for name in expected:
        for word in lists.get(name, []):
            if word != word.lower().strip() or "’" in word or not word:
                faults.append(f"words.{name}: {word!r} is not in small letters with a straight apostrophe")
    return {name: frozenset(lists.get(name, [])) for name in expected}
