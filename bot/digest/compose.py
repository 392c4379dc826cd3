"""Putting a week's digest together: pure, from ids and counts. It never sees a word.

Words without names need five people who shared so in the period; else they are held back, counted, and
their authors are told. The order of lines follows from their ids, so it tells nothing of who or when.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.digest.model import THRESHOLD, Counts, Digest, Item, Line
from bot.ids import derive
from bot.model import Facilitators, Programme
from bot.questions.bank import Bank, Depth, Theme


def compose(
    programme: Programme,
    from_at: datetime,
    to_at: datetime,
    items: Sequence[Item],
    counts: Counts,
    bank: Bank,
) -> Digest:
    """The digest of one programme and period."""
    digest_id = derive(programme.id, "digest", to_at.isoformat())
    unnamed = {item.person for item in items if item.facilitators is Facilitators.UNNAMED}
    enough = len(unnamed) >= THRESHOLD
    lines = []
    for item in items:
        lines.append(
            Line(
                id=derive(digest_id, item.part),
                part=item.part,
                person=item.person,
                theme=_theme(bank, item.question).value,
                facilitators=item.facilitators,
                held=item.facilitators is Facilitators.UNNAMED and not enough,
            )
        )
    lines.sort(key=lambda line: line.id)
    question, reason = _question(lines, digest_id, bank)
    held = sum(line.held for line in lines)
    return Digest(
        tenant=programme.tenant,
        id=digest_id,
        programme=programme.id,
        from_at=from_at,
        to_at=to_at,
        question=question,
        reason=reason,
        counts=replace(counts, held=held),
        lines=tuple(lines),
    )


def _theme(bank: Bank, question: str) -> Theme:
    found = bank.questions.get(question)
    return Theme.CHALLENGE if found is None else found.theme


def _question(lines: Sequence[Line], digest_id: str, bank: Bank) -> tuple[str, str]:
    """One question worth taking to the next module, and why: from the theme that most people wrote under."""
    shown = {(line.theme, line.person) for line in lines if not line.held}
    people = Counter(theme for theme, _ in shown)
    if people:
        theme, most = min(people.items(), key=lambda each: (-each[1], each[0]))
        wrote = "One person wrote" if most == 1 else f"{_number(most)} people wrote"
        reason = f"{wrote} about {theme}. This question takes that further."
    else:
        theme = min((theme.value for theme in Theme), key=lambda each: derive(digest_id, each))
        reason = "It follows from no line on this page: it stands on its own."
    fitting = [q for q in bank.questions.values() if q.theme == theme]
    deep = [q for q in fitting if q.depth is not Depth.WHAT] or fitting
    return min(deep, key=lambda q: derive(digest_id, q.id)).id, reason


def _number(count: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    return words[count] if count < len(words) else str(count)
