"""Asking: the question, why it is asked, what happens while somebody answers, and the one follow-up."""

from bot.cards.live import (
    Desk,
    box,
    follow_up_text,
    is_after_last,
    is_last,
    is_ours,
    is_over,
    part_in,
    question_text,
    why_alone,
)
from bot.conversation.engine import takes_words
from bot.conversation.state import Standing, State
from bot.messages import Action, Button, Card, CardKind, Input, Part, Quote, Role, Text

ONLY_YOU = "Only you can see this until you choose otherwise."


def message(at: Desk, ordinal: int, hint: str = ONLY_YOU) -> Input:
    """The one box for an answer. Its draft bears the id of the part that is being written."""
    draft = box(at.view, ordinal)
    return Input("message", "Message", hint, at.view.drafts.get(draft, ""), draft=draft)


def send(at: Desk, ordinal: int, *, primary: bool) -> Button:
    return Button(Action.SEND, "Send", primary, subject=box(at.view, ordinal))


def question(at: Desk) -> Card | None:
    round_ = at.round
    text = question_text(at.prompts, round_.question) if round_ else ""
    if round_ is None or not text:
        return None
    over = is_over(at.view, round_)
    asked = f"Asked on {at.when.moment(round_.asked_at or at.post.posted_at)}."
    opening = at.when.moment(round_.opens_at)
    if not round_.solo:
        asked += f" Its opening was on {opening}." if over else f" Opens on {opening}."
    parts: list[Part] = [Text(asked, Role.WHEN)]
    if at.view.challenge is not None and at.view.challenge.confirmed:
        parts.append(Quote(at.view.challenge.text, by="Your challenge"))
    parts.append(Text(text, Role.LEAD))
    if is_last(at.view, round_) and not over:
        parts.append(Text("This is the last question. After it I ask nothing more."))
    if is_ours(at.view, round_):
        parts.append(Text("You both wanted to go on. The facilitators see nothing of this."))
    if round_.solo:
        parts.append(Text(f"{why_alone(at.view)} This question is yours alone."))
    elif over and at.live:
        parts.append(Text("You can still answer it, for yourself."))
    elif round_.apart and not over:
        parts.append(
            Text(
                "You have this one in place of the question for both of you. If you both share, each answer "
                "stands under its own question."
            )
        )
    if at.live:
        parts += [message(at, 0), send(at, 0, primary=True)]
        if not over:
            parts += [Button(Action.ANOTHER, "Another question"), Button(Action.PUT_OFF, "Not now")]
        parts += [Button(Action.SKIP, "Skip it"), Button(Action.WHY, "Why this one?")]
    return Card(CardKind.QUESTION, tuple(parts), at.post.subject)


def why(at: Desk) -> Card | None:
    round_ = at.round or at.view.rounds.get(at.view.conversation.round or "")
    asked = at.prompts.bank.questions.get(round_.question) if round_ else None
    if round_ is None or asked is None:
        return None
    reasons = [round_.reason] if asked.why in round_.reason else [asked.why, round_.reason]
    parts = [Text("Why this one", Role.TITLE), *(Text(reason) for reason in reasons if reason)]
    return Card(CardKind.WHY, tuple(parts), at.post.subject)


def kept(at: Desk) -> Card:
    if not at.live:
        return Card(CardKind.KEPT, (Text("Kept.", Role.TITLE),), at.post.subject)
    return Card(
        CardKind.KEPT,
        (
            Text("Kept. Only you can see it.", Role.TITLE),
            message(
                at,
                at.view.conversation.part,
                "If there is more, write it here. A few quiet minutes also end it.",
            ),
            Button(Action.DONE, "That’s it", primary=True),
            send(at, at.view.conversation.part, primary=False),
        ),
        at.post.subject,
    )


def follow_up(at: Desk) -> Card | None:
    found = part_in(at.view, at.post.subject)
    if found is None:
        return None
    text, quoted = follow_up_text(at.prompts, *found)
    if not text:
        return None
    # What was asked further and not answered is past: it asks for nothing any more.
    answered = at.live or bool(found[1].text)
    parts: list[Part] = [Text(text, Role.LEAD if answered else Role.HINT, quoted)]
    if at.live:
        parts += [
            message(at, 1),
            send(at, 1, primary=True),
            Button(Action.DECLINE, "I have said enough"),
        ]
    return Card(CardKind.FOLLOW_UP, tuple(parts), at.post.subject)


def nudge(at: Desk) -> Card | None:
    round_ = at.round
    if round_ is None:
        return None
    day = at.when.day(round_.asked_at) if round_.asked_at else ""
    still = (
        f"The question from {day} is still here, if you want it."
        if day
        else "The question is still here, if you want it."
    )
    opens = (
        "" if round_.solo or is_over(at.view, round_) else f" It opens on {at.when.moment(round_.opens_at)}."
    )
    return Card(CardKind.NUDGE, (Text(still + opens),), at.post.subject)


def less_often(at: Desk) -> Card:
    if at.view.conversation.standing is not Standing.SILENT:
        # What was chosen is said by the card that answered it, and by none if nothing was.
        return Card(CardKind.LESS_OFTEN, (Text("I had asked twice."),), at.post.subject)
    if at.view.conversation.went_on_at is not None:
        # There is no module to come that a later could mean.
        return Card(
            CardKind.LESS_OFTEN,
            (
                Text("I have asked twice. Less often, every week, or stop?", Role.LEAD),
                Text("If you press none of them, I stay quiet. Nobody is told."),
                Button(Action.LESS_OFTEN, "Less often: every other week"),
                Button(Action.EVERY_WEEK, "Every week, as before"),
                Button(Action.STOP, "Stop"),
            ),
            at.post.subject,
        )
    return Card(
        CardKind.LESS_OFTEN,
        (
            Text("I have asked twice. Less often, later, or stop?", Role.LEAD),
            Text("If you press none of them, I stay quiet until the next module. Nobody is told."),
            Button(Action.LESS_OFTEN, "Less often: every other week"),
            Button(Action.LATER, "Later: from the next module"),
            Button(Action.STOP, "Stop"),
        ),
        at.post.subject,
    )


def not_now(at: Desk) -> Card:
    c = at.view.conversation
    if takes_words(c):
        way = "There is a question open: you can write to that one."
    elif c.state is State.CHOOSING:
        way = "There is something open first: who may see what you wrote."
    elif at.view.next_ask_at is not None:
        way = f"The next question comes on {at.when.moment(at.view.next_ask_at)}."
    elif is_after_last(at.view, at.when.seen):
        way = "There is no question to come any more."
    else:
        way = "The next question comes when it is due."
    return Card(
        CardKind.NOT_NOW,
        (
            Text("That has no place here just now. Nothing was kept or changed.", Role.TITLE),
            Text(way),
        ),
        at.post.subject,
    )
