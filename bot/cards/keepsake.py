"""The end: the card that says so, and the keepsake, which is what opened for the two of a pair and still stands.

It is made from what an opening is made from, so it holds a word only while its author lets their partner see it.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.cards.dates import day_of
from bot.cards.live import Desk, agreed, desk, is_after_last, is_last, listens, question_text
from bot.cards.opening import voices
from bot.conversation.state import RoundState
from bot.messages import Action, Button, Card, CardKind, Divider, Link, Part, Quote, Role, Text
from bot.rows import Prompts
from bot.view import MemberView, Post, RoundView, Turn
from bot.when import MINUTE, kept_until, month_after

TITLE = "What opened for the two of you"
NOTHING = (
    "There is nothing here to keep. This page holds what opened for you both, and nothing did that still stands.",
    "What you wrote yourself is yours, and is where it was.",
)


def ending(at: Desk) -> Card:
    """Said once the last opening has come, in the same words whatever came of it."""
    round_ = at.round
    went_on = at.view.conversation.went_on_at is not None
    last = not went_on and (round_ is None or is_last(at.view, round_))
    title = "That was the last question." if last else "Something to keep."
    return Card(
        CardKind.KEEPSAKE,
        (
            Text(title, Role.TITLE),
            Text(
                "Whatever has opened for you and your partner stands together on one page, to read, print or keep."
            ),
            Link("/keepsake", TITLE),
            Text("What you wrote stays yours. You can still read it, change it, take it back or remove it."),
            *_going_on(at),
        ),
        at.post.subject,
    )


def _going_on(at: Desk) -> list[Part]:
    """The offer to go on, while it is one; what the other one said of it stands nowhere."""
    view, c = at.view, at.view.conversation
    if c.went_on_at is not None:
        return [Text("You both wanted to go on. So I go on asking, for the two of you alone.")]
    there = listens(view) and agreed(view) and view.partner_joined and not view.partner_left
    if not there or not is_after_last(view, at.post.posted_at):
        return []
    if c.wants_on:
        return [
            Divider(),
            Text("You would like the two of you to go on.", Role.TITLE),
            Text(_IF_BOTH),
            Text(_deleted(view)),
            Button(Action.NOT_ON, "Rather not, after all"),
        ]
    return [
        Divider(),
        Text("Would you like the two of you to go on?", Role.TITLE),
        Text(_IF_BOTH),
        Text(
            "I then ask the two of you each week, and nothing of it is for the facilitators: you cannot share with "
            "them, they see no numbers of you, and they are not told that you go on. Each of you can stop at any "
            "time. It ends if one of you leaves."
        ),
        Text(_deleted(view)),
        Button(Action.GO_ON, "I would like us to go on"),
    ]


_IF_BOTH = (
    "If both of you say so, a question comes in the week after. If not, none comes. I tell neither of you what the "
    "other one said, and to say nothing looks the same as no."
)


def _deleted(view: MemberView) -> str:
    zone = view.programme_zone
    over = kept_until(zone, view.retention_months, view.modules)
    at = month_after(zone, over - MINUTE).astimezone(ZoneInfo(zone))
    return f"All that is left of your words is deleted in {at:%B %Y}. Going on does not move that."


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
