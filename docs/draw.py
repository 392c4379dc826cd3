"""`python -m docs.draw`: draws the tables of moves into docs/ARCHITECTURE.md.

The tables are the truth; a test fails if the drawing is not theirs.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.conversation.state import CONVERSATION, PAIR, ROUND
from bot.group.reflect import TEAM

PAGE = Path(__file__).parent / "ARCHITECTURE.md"
START, END = "<!-- drawn from bot/conversation/state.py -->", "<!-- end of the drawing -->"


def diagram(table: Mapping[Any, Mapping[Any, Any]]) -> str:
    """One table as a Mermaid state diagram; moves between the same two states share an arrow."""
    first = next(iter(table))
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {_name(state)} : {state}" for state in table]
    lines.append(f"    [*] --> {_name(first)}")
    for state, moves in table.items():
        arrows: dict[StrEnum, list[str]] = {}
        for move, after in moves.items():
            arrows.setdefault(after, []).append(str(move))
        lines += [
            f"    {_name(state)} --> {_name(after)} : {', '.join(names)}" for after, names in arrows.items()
        ]
    return "\n".join([*lines, "```"])


def drawing() -> str:
    """All four, under their headings."""
    pieces = []
    for title, table in (
        ("The conversation of one person", CONVERSATION),
        ("A round", ROUND),
        ("A pair", PAIR),
        ("A team’s round", TEAM),
    ):
        pieces.append(f"### {title}\n\n{diagram(table)}")
    return "\n\n".join(pieces)


def drawn(page: str) -> str:
    """The page with the drawing as the tables are now."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{drawing()}\n\n{END}{after}"


def _name(state: StrEnum) -> str:
    return state.replace(" ", "_")


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
