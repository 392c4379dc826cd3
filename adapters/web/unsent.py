"""What somebody sent and we did not take: their words, to stand on the page that says so.

No page of ours is kept by a browser, so there may be nothing to go back to: the words are in the answer itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.fields import clean

_LABELS: Mapping[str, str] = {
    "message": "What you wrote",
    "text": "What you wrote back",
    "challenge": "Your challenge",
    "words": "Your words for yourself",
    "reply": "Your answer",
    "how": "How they can reach you",
}
_CHANGE, _CHANGED = "text:", "In the box where words can be changed"
_KEYS = frozenset({"csrf", "nonce", "subject", "action", "box"})

BOXES, FIELDS = 12, 60
"""More than any form of ours has: a made-up one must not be answered with a page many times its size."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the form that was sent: the name of its field, and what stood in it."""

    name: str
    label: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unsent:
    """The boxes of a form that was not taken, and the form to send it again as it was, where that can help.

    `hidden` and `action` are None where it cannot: then the words are there to be copied.
    """

    boxes: tuple[Box, ...]
    to: str = ""
    hidden: Mapping[str, str] | None = field(default=None, repr=False)
    action: str | None = None


def boxes(fields: Mapping[str, str]) -> tuple[Box, ...]:
    """The words in a form, in the order in which they stood there."""
    found = []
    for name, value in fields.items():
        label = _CHANGED if name.startswith(_CHANGE) else _LABELS.get(name, "")
        text = clean(value)
        if label and text:
            found.append(Box(name, label, text))
    return tuple(found[:BOXES])


def to_copy(fields: Mapping[str, str]) -> Unsent:
    """The words of a form that would not be taken if it came again."""
    return Unsent(boxes(fields))


def to_send_again(fields: Mapping[str, str], to: str) -> Unsent:
    """The same form, words and choices and all: with the same keys, so however often it comes it counts once."""
    shown = boxes(fields)
    if len(fields) > FIELDS or "action" not in fields:
        return Unsent(shown)
    named = {box.name for box in shown}
    hidden = {name: value for name, value in fields.items() if name not in named and name != "action"}
    return Unsent(shown, to, hidden, fields["action"])


def typed(fields: Mapping[str, str]) -> dict[str, str]:
    """What stood in the boxes of a form, by the names from which a page draws its drafts."""
    kept = {name: value for name, value in fields.items() if name not in _KEYS}
    if fields.get("box"):
        kept[fields["box"]] = fields.get("message") or fields.get("text") or fields.get("how") or ""
    return kept
