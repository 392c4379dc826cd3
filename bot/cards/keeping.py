"""How long words are kept: said before they are deleted, and when they have been."""

from datetime import date

from bot.cards.dates import day_of
from bot.cards.live import Desk
from bot.messages import Card, CardKind, Link, Role, Text


def deletion_ahead(at: Desk) -> Card | None:
    days = _days(at.post.subject)
    if days is None:
        return None
    on, before = days
    months = at.view.retention_months
    kept = "a month" if months == 1 else f"{months} months"
    return Card(
        CardKind.DELETION_AHEAD,
        (
            Text(f"On {on}, I delete what you wrote before {before}.", Role.TITLE),
            Text(
                f"You agreed that your words are kept for at most {kept}. If you want to keep them, take a copy."
            ),
            Link("/leaving", "Take a copy with you"),
        ),
        at.post.subject,
    )


def deleted(at: Desk) -> Card | None:
    days = _days(at.post.subject)
    if days is None:
        return None
    return Card(
        CardKind.DELETED,
        (
            Text(f"What you wrote before {days[1]} is deleted.", Role.TITLE),
            Text("It is gone from your page, from your partner’s, and from every weekly page."),
        ),
        at.post.subject,
    )


def _days(subject: str) -> tuple[str, str] | None:
    """The two days that a post is about, in words: that of the deletion, and that before which it was written."""
    try:
        on, before = (date.fromisoformat(day) for day in subject.split())
    except ValueError:
        return None
    return day_of(on), day_of(before)
