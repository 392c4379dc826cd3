"""`python -m docs.flows`: draws where data goes into docs/governance/dpia.md, from the table that stands there.

The table is the truth, and is what a person edits: a line each for who or what gives what to whom.
"""

import re
from pathlib import Path

START, END = "<!-- drawn from the table above -->", "<!-- end of the drawing -->"
SHAPES = {
    "a person": ("([", "])"),
    "a store": ("[(", ")]"),
    "a service": ("[", "]"),
    "not in use": ("[/", "/]"),
}
"""How each kind of place is drawn."""
_NEVER = "nothing"


def page() -> Path:
    return Path(__file__).parent / "governance" / "dpia.md"


def drawn(text: str) -> str:
    """The page with the picture as its two tables are now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{_picture(before)}\n\n{END}{after}"


def _picture(text: str) -> str:
    places = {row[0]: row[1] for row in _rows(text, "Place")}
    lines = ["```mermaid", "flowchart LR"]
    for place, kind in places.items():
        left, right = SHAPES[kind]
        lines.append(f'    {_id(place)}{left}"{place}"{right}')
    for one, what, other, *_ in _rows(text, "From"):
        unknown = {one, other} - places.keys()
        if unknown:
            raise SystemExit(f"The table of flows names no such place: {', '.join(sorted(unknown))}")
        arrow = "-.->" if what == _NEVER else "-->"
        lines.append(f'    {_id(one)} {arrow}|"{what}"| {_id(other)}')
    return "\n".join([*lines, "```"])


def _rows(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has that name, as their cells."""
    found = re.search(rf"^\| {first} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    if found is None:
        raise SystemExit(f"There is no table whose first column is {first}.")
    return [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in found[1].splitlines()]


def _id(place: str) -> str:
    return re.sub(r"\W+", "_", place.lower())


if __name__ == "__main__":
    page().write_text(drawn(page().read_text(encoding="utf-8")), encoding="utf-8")
