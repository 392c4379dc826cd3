"""Reads where people can turn (signposts/uk.toml, or a programme's own file) and the floor of phrases.

A faulty file is refused whole, with every fault in one message.
"""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.safety.signpost import Floor, Signpost, compile_phrase

_FIELDS = ("name", "how", "when", "about")


class FaultySignposts(ValueError):
    """The signposts or the floor cannot be used."""


def load_signposts(path: Path | None = None) -> tuple[Signpost, ...]:
    text = path.read_text(encoding="utf-8") if path is not None else _packaged("uk.toml")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultySignposts(f"{path} is not TOML: {error}") from None
    return parse_signposts(data)


def load_floor() -> Floor:
    return parse_floor(tomllib.loads(_packaged("floor.toml")))


def parse_signposts(data: dict[str, Any]) -> tuple[Signpost, ...]:
    rows = data.get("signpost", [])
    faults = [] if rows else ["no signpost at all"]
    for number, row in enumerate(rows, start=1):
        faults += [f"signpost {number}: {field} is missing" for field in _FIELDS if not row.get(field)]
        faults += [f"signpost {number}: {field} is unknown" for field in row if field not in _FIELDS]
    _refuse(faults)
    return tuple(Signpost(**{field: str(row[field]) for field in _FIELDS}) for row in rows)


def parse_floor(data: dict[str, Any]) -> Floor:
    groups = data.get("groups", {})
    faults: list[str] = []
    read = {
        kind: _phrases(kind, data.get(kind, {}), groups, faults) for kind in ("risk", "rests", "harmless")
    }
    _refuse(faults)
    return Floor(**read)


def _phrases(
    kind: str, chapters: dict[str, list[str]], groups: dict[str, list[str]], faults: list[str]
) -> tuple[str, ...]:
    written = [phrase for chapter in chapters.values() for phrase in chapter]
    if not written:
        faults.append(f"{kind}: no phrase at all")
    spelt_out = []
    for phrase in written:
        unknown = [name for name in re.findall(r"<(\w+)>", phrase) if name not in groups]
        faults += [f"{kind}: {phrase!r} names an unknown group {name!r}" for name in unknown]
        if unknown:
            continue
        spelt_out.append(re.sub(r"<(\w+)>", lambda m: "/".join(groups[m.group(1)]), phrase))
        try:
            compile_phrase(spelt_out[-1])
        except ValueError as fault:
            faults.append(f"{kind}: {fault}")
    return tuple(spelt_out)


def _packaged(name: str) -> str:
    return (files("prompts") / "signposts" / name).read_text(encoding="utf-8")


def _refuse(faults: list[str]) -> None:
    if faults:
        raise FaultySignposts("; ".join(faults))
