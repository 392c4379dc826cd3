"""What becomes of words that were shared with the facilitators, so that none vanishes upward."""

from bot.cards.live import Desk
from bot.digest.model import THRESHOLD
from bot.messages import Card, CardKind, Link, Part, Quote, Role, Text

_NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def digest(digest_id: str) -> Card:
    """Tells a facilitator that a digest can be read; it holds none of it."""
    return Card(
        CardKind.DIGEST,
        (
            Text("This week’s page is ready: what pairs chose to share with you."),
            Link(f"/digests/{digest_id}", "Read this week’s page"),
        ),
        digest_id,
    )


def held_back(at: Desk) -> Card:
    fate = at.view.fates.get(at.post.subject)
    number = _NUMBERS.get(THRESHOLD, str(THRESHOLD))
    parts: list[Part] = [
        Text("Your line was not in this week’s page for the facilitators.", Role.TITLE),
        Text(f"Fewer than {number} people shared without a name, so they could have guessed whose it was."),
    ]
    if fate is not None and fate.text:
        parts.insert(1, Quote(fate.text, by="You wrote"))
    return Card(CardKind.HELD_BACK, tuple(parts), at.post.subject)


def fate(at: Desk) -> Card | None:
    found = at.view.fates.get(at.post.subject)
    if found is None or not (found.module or found.reply):
        return None
    parts: list[Part] = [Text("What became of your line", Role.TITLE)]
    if found.text:
        parts.append(Quote(found.text, by="You wrote"))
    if found.module:
        parts.append(Text(f"The facilitators are taking it to {module_name(found.module)}."))
    if found.reply:
        parts.append(Quote(found.reply, by="The facilitators answered"))
    return Card(CardKind.FATE, tuple(parts), at.post.subject)


def module_name(module: str) -> str:
    """A module as people say it, by its number or its title: "module 2"."""
    return f"module {module}" if module.isdecimal() else module
