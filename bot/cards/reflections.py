"""What somebody has written, round by round: who can see each part, what became of it, and how to change both."""

from bot.cards.dates import date
from bot.cards.live import Desk, follow_up_text, parts_of, question_text
from bot.cards.opening import spoken
from bot.cards.sharing import choices, edits, who_can_see
from bot.conversation.state import RoundState
from bot.messages import Action, Button, Card, CardKind, Choices, Part, Quote, Role, Text
from bot.view import FateView, RoundView, Written


def reflection(at: Desk) -> Card | None:
    """One round as its author wrote it; None if nothing is written in it."""
    round_ = at.round
    said_back = spoken(round_) if round_ is not None and round_.state is RoundState.OPENED else []
    if round_ is None or not (parts_of(round_) or said_back):
        return None
    parts: list[Part] = [Text(question_text(at.prompts, round_.question), Role.LEAD)]
    if round_.asked_at is not None:
        parts.append(Text(f"Asked on {date(round_.asked_at, at.when.zone)}.", Role.HINT))
    for part in parts_of(round_):
        if part.ordinal:
            asked, quoted = follow_up_text(at.prompts, round_, part)
            parts += [Text(asked, Role.TITLE, quoted)] if asked else []
        parts.append(Quote(part.text, by="Your answer" if part.ordinal == 0 else "What you added"))
        parts.append(Text(_sentence(who_can_see(at, round_, part.sharing))))
        parts += [Text(said) for said in _became(at, part)]
        if part.mailed:
            parts.append(Text(MAILED))
        parts += edits((part,), at.view, _reaches(round_, part))
    parts += said_back
    return Card(CardKind.REFLECTION, tuple(parts), at.post.subject)


def who_sees_it(at: Desk) -> Card | None:
    """The same round's choices: what can still be given, and what can be taken back; None without an answer."""
    round_ = at.round
    if round_ is None or not parts_of(round_):
        return None
    parts = [*choices(at, round_), Button(Action.CHOOSE, "Keep these choices")]
    if not any(isinstance(part, Choices) for part in parts):
        return None
    return Card(CardKind.WHO_SEES, tuple(parts), at.post.subject)


def _became(at: Desk, part: Written) -> list[str]:
    found = [fate for fate in at.view.fates.values() if fate.part == part.id]
    return [said for fate in found for said in _fate(at, fate)]


def _fate(at: Desk, fate: FateView) -> list[str]:
    if fate.held:
        return ["It was held back from the facilitators’ page, as too few people shared without their names."]
    said = []
    if fate.stands and fate.digest_at is not None:
        said.append(f"It stands in the facilitators’ page of {date(fate.digest_at, at.when.zone)}.")
    if fate.module:
        said.append(f"The facilitators take it to {fate.module}.")
    if fate.reply:
        said.append("The facilitators have answered it; their answer is on your page.")
    return said


MAILED = "It was put into a mail to the facilitators. A mail cannot be taken back."


def _reaches(round_: RoundView, part: Written) -> str:
    said = []
    if part.opened and part.sharing.partner and round_.state is RoundState.OPENED:
        said.append(
            "Your partner sees the change at once, marked as changed. What they have read cannot be unread."
        )
    if part.mailed:
        said.append("The mail to the facilitators keeps the words as they were.")
    return " ".join(said)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
