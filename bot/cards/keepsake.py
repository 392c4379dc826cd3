"""The end: the card that says so, and the keepsake, which is what opened for the two of a pair and still stands.

It is made from what an opening is made from, so it holds a word only while its author lets their partner see it.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.cards.dates import day_of
from bot.cards.live import Desk, desk, is_last, question_text
from bot.cards.opening import voices
from bot.conversation.state import RoundState
from bot.messages import Card, CardKind, Link, Part, Quote, Role, Text
from bot.rows import Prompts
from bot.view import MemberView, Post, RoundView, Turn

TITLE = "What opened for the two of you"
NOTHING = (
    "There is nothing here to keep. This page holds what opened for you both, and nothing did that still stands.",
    "What you wrote yourself is yours, and is where it was.",
)


def ending(at: Desk) -> Card:
    """Said once the last opening has come, in the same words whatever came of it."""
    round_ = at.round
    title = (
        "That was the last question." if round_ is None or is_last(at.view, round_) else "Something to keep."
    )
    return Card(
        CardKind.KEEPSAKE,
        (
            Text(title, Role.TITLE),
            Text(
                "Whatever has opened for you and your partner stands together on one page, to read, print or keep."
            ),
            Link("/keepsake", TITLE),
            Text("What you wrote stays yours. You can still read it, change it, take it back or remove it."),
        ),
        at.post.subject,
    )


def keepsake(view: MemberView, prompts: Prompts) -> Sequence[Card]:
    """What opened for the two of this pair, the oldest first, a card for each round in which words still stand."""
    made = []
    for round_ in sorted(view.rounds.values(), key=lambda each: each.opens_at):
        if round_.state is RoundState.OPENED and round_.pair == view.conversation.pair:
            post = Post(round_.id, CardKind.KEEPSAKE, round_.id, round_.opens_at)
            card = _round(desk(post, view, prompts), round_)
            made += [card] if card is not None else []
    return made


def _round(at: Desk, round_: RoundView) -> Card | None:
    """One opening as it can be kept; None if both have taken their words back."""
    mine, theirs = at.view.name or "You", at.view.partner_name or "Your partner"
    both = voices(at, round_, mine, theirs)
    if not any(isinstance(part, Quote) and part.text for part in both):
        return None
    parts: list[Part] = [
        Text(f"Opened on {day_of(round_.opens_at.astimezone(ZoneInfo(at.when.zone)).date())}.", Role.WHEN),
        Text(question_text(at.prompts, round_.question), Role.LEAD),
        *both,
    ]
    said = [
        part
        for turn in sorted(round_.turns, key=lambda turn: not turn.mine)
        for part in _said_back(turn, *((mine, theirs) if turn.mine else (theirs, mine)))
    ]
    bridge = at.prompts.bank.bridges.get(round_.bridge)
    if said and bridge is not None:
        parts.append(Text(bridge.text, Role.HINT))
    return Card(CardKind.KEEPSAKE, (*parts, *said), at.post.subject)


def _said_back(turn: Turn, asker: str, other: str) -> list[Part]:
    """What was said back, and its answer, which does not stand without it. What this reader left unread is not here."""
    if not turn.text:
        return []
    parts: list[Part] = [Quote(turn.text, f"{asker} asked" if turn.asks else f"{asker} said")]
    if turn.answer:
        parts.append(Quote(turn.answer, f"{other} answered"))
    return parts
