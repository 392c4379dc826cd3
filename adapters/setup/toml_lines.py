"""In which line of a TOML file each key stands. The reader of the standard library does not say.

A small scan, not a second reader: it serves messages only. A key that it does not find gets the line of the
nearest one around it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

Path = tuple[str | int, ...]

_TABLE = re.compile(r"\s*\[(\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of each table and key, by its path: ("module", 0, "title")."""
    found: dict[Path, int] = {}
    numbers: dict[Path, int] = defaultdict(int)
    table: Path = ()
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            # In the middle of a text over several lines: what looks like a key is none.
            inside = "" if inside in line else inside
        elif header := _TABLE.match(line):
            table = _path(header[2])
            if header[1]:
                numbers[table] += 1
                table = (*table, numbers[table] - 1)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + _path(key[1]), number)
            for quotes in ('"""', "'''"):
                if line[key.end() :].count(quotes) == 1:
                    inside = quotes
    return found


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table around it; 0 for the file as a whole."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def _path(dotted: str) -> Path:
    return tuple(piece.strip().strip("\"'") for piece in dotted.split("."))
