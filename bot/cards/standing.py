"""Help, care, and every way to be left alone: pause, stop, start again."""

import re
from collections.abc import Sequence

from bot.cards.live import Desk, agreed, is_over, listens, parts_of, withdrew
from bot.conversation.engine import AGAIN, EVERY_WEEK, LATER, LESS_OFTEN, STILL, UNOPENED
from bot.conversation.state import SILENCED, Standing
from bot.messages import Action, Button, Card, CardKind, Link, Part, Role, Text
from bot.model import Facilitators
from bot.safety.signpost import Signpost
from bot.view import MemberView

TAKEN_BACK = "taken back"


def reachable(signposts: Sequence[Signpost]) -> list[Part]:
    """Who can be reached now, in the order of the programme's own file."""
    return [part for signpost in signposts for part in _signpost(signpost)]


def _signpost(signpost: Signpost) -> list[Part]:
    when = signpost.when[:1].upper() + signpost.when[1:]
    return [
        _reach(f"{signpost.name}: {signpost.how}", signpost.how),
        Text(f"{signpost.about} {when}.", Role.HINT),
    ]


_RING = re.compile(r"Ring (\d[\d ]*)")
_WRITE = re.compile(r"Text (\w+) to (\d+)")


def _reach(said: str, how: str) -> Part:
    """What a phone can do by itself is a link; everything else is words."""
    if ring := _RING.match(how):
        return Link(f"tel:{ring[1].replace(' ', '')}", said)
    if write := _WRITE.match(how):
        return Link(f"sms:{write[2]}?body={write[1]}", said)
    return Text(said)


def care(at: Desk) -> Card:
    round_ = at.round
    private = round_ is not None and not any(
        part.sharing.partner or part.sharing.facilitators is not Facilitators.NO for part in parts_of(round_)
    )
    kept = "What you wrote is kept, and only you can see it. " if private else ""
    return Card(
        CardKind.CARE,
        (
            Text("I am a bot and cannot help with this. People can, now.", Role.LEAD),
            *reachable(at.prompts.signposts),
            Text(f"{kept}I have told nobody. I ask nothing more about it."),
            Button(Action.CALL, "I would like a call"),
        ),
        at.post.subject,
    )


def help_(at: Desk) -> Card:
    parts: list[Part] = [
        Text("Who you can reach now", Role.LEAD),
        *reachable(at.prompts.signposts),
        Button(Action.CALL, "I would like a call"),
        Text("How this works", Role.TITLE),
        Text(
            "I am a bot. Nobody reads this as you write. About once a week I ask you and your partner the same "
            f"question.{_apart(at)} Only you can see your answer until you choose otherwise. If you both share, you "
            "see each other’s words at one fixed time. What you share with the facilitators, they read once a week."
        ),
        Text("Every question can be put off or skipped, and every choice can be changed."),
        Text(
            "Pause keeps me quiet for a while. Stop keeps me quiet until you start again. Nobody is told of either."
        ),
        Text(f"About this programme you can turn to {at.view.contact}. They belong to neither organisation."),
    ]
    return Card(CardKind.HELP, tuple(parts), at.post.subject)


def _apart(at: Desk) -> str:
    """That it is not so just now, for somebody who has a question of their own."""
    round_ = at.view.rounds.get(at.view.conversation.round or "")
    if round_ is None or not round_.apart or is_over(at.view, round_):
        return ""
    return " This time yours is another one."


def paused(at: Desk) -> Card:
    until = at.view.conversation.resume_at
    said = (
        f"I will not write to you before {at.when.moment(until)}."
        if until
        else "I will not write until you start again."
    )
    title = {LATER: "Later, then.", STILL: "Still paused.", **_HOW_OFTEN}.get(at.post.subject, "Paused.")
    parts: list[Part] = [Text(title, Role.TITLE)]
    if at.post.subject in _HOW_OFTEN:
        parts.append(Text(f"Once I write again, I ask every {_weeks(at.view.conversation.every)}."))
    parts.append(
        Text(
            f"{said} Nobody has been told. What you chose to share stays as it is, and you can still change it."
        )
    )
    if at.view.conversation.standing is Standing.PAUSED:
        parts.append(Button(Action.START, "Start again now"))
        parts.append(Link("/rhythm", "Choose the day yourself"))
    return Card(CardKind.PAUSED, tuple(parts), at.post.subject)


def stopped(at: Desk) -> Card:
    shared = _shares(at.view)
    still = at.post.subject == STILL
    parts: list[Part] = [Text("You have stopped already." if still else "Stopped.", Role.TITLE)]
    if at.post.subject == TAKEN_BACK:
        parts.append(Text(_all_taken_back(at.view)))
    parts.append(Text("I will not write to you again unless you start. Nobody has been told."))
    parts.append(Text("What you wrote is still yours: you can see it, keep it or delete it here."))
    if at.view.conversation.standing is Standing.STOPPED:
        if shared:
            parts.append(Text("What you chose to share still stands. You can take all of it back."))
            parts.append(Button(Action.TAKE_BACK_ALL, "Take back everything I shared"))
        parts.append(Button(Action.START, "Start again"))
    return Card(CardKind.STOPPED, tuple(parts), at.post.subject)


def withdrawn(at: Desk) -> Card | None:
    """How it stands for somebody who has withdrawn their agreement; nothing once they agree again."""
    if not withdrew(at.view):
        return None
    parts: list[Part] = [Text("You have withdrawn your agreement.", Role.TITLE)]
    if at.post.subject == TAKEN_BACK:
        parts.append(Text(_ALL_TAKEN_BACK))
    else:
        parts.append(Text("What you had shared, and nobody has been shown yet, is taken back."))
    parts.append(
        Text(
            "Nothing new that you write is kept, and I write to you only if you ask me something. "
            "Nobody has been told."
        )
    )
    parts.append(Text("What you wrote is still yours: you can read it, take a copy of it or remove it."))
    if at.post.subject != TAKEN_BACK:
        parts.append(
            Text(
                "What your partner or the facilitators have been shown still stands. You can take that back too."
            )
        )
        parts.append(Button(Action.TAKE_BACK_ALL, "Take back everything I shared"))
    return Card(CardKind.WITHDRAWN, tuple(parts), at.post.subject)


def left(at: Desk) -> Card:
    c = at.view.conversation
    undo = c.standing is Standing.LEFT and c.resume_at is not None
    parts: list[Part] = [Text("You have left.", Role.TITLE)]
    if at.post.subject == TAKEN_BACK:
        parts.append(Text(_all_taken_back(at.view)))
    if undo and c.resume_at is not None:
        parts += [
            Text(
                f"Until {at.when.moment(c.resume_at)} you can undo it, and nobody is told. "
                "Then your partner is told that you have left, and no reason."
            ),
        ]
    else:
        parts.append(Text("Your partner has been told that you have left, and no reason."))
    parts.append(
        Text(
            "I do not write to you any more. What you wrote is still yours: you can see it, take it back or "
            "remove it. What you chose to share still stands."
        )
    )
    if c.standing is Standing.LEFT:
        if _shares(at.view):
            parts.append(Button(Action.TAKE_BACK_ALL, "Take back everything I shared"))
        if undo:
            parts.append(Button(Action.START, "Undo: I stay"))
        else:
            parts.append(Text("If you would like to come back, ask the facilitators."))
    return Card(CardKind.LEFT, tuple(parts), at.post.subject)


def partner_left(at: Desk) -> Card | None:
    if not at.view.partner_left:
        return None
    return Card(
        CardKind.PARTNER_LEFT,
        (
            Text("Your partner has left the programme.", Role.TITLE),
            Text(
                "I am told no reason, so I have none to give. What you wrote is still yours, and kept as it was."
            ),
            Text(_GOING_ON_ENDS if at.view.conversation.went_on_at is not None else _ALONE_FROM_NOW),
        ),
        at.post.subject,
    )


_ALONE_FROM_NOW = (
    "My questions go on, for you alone. If you would rather have a new partner, tell the facilitators: they can find "
    "you one."
)
_GOING_ON_ENDS = "My questions end with that: going on was for the two of you."


def alone_offer(at: Desk) -> Card | None:
    """Offered after answers that did not open; once chosen, the card that answers it says so."""
    if at.view.conversation.alone or at.view.conversation.unopened < UNOPENED or not listens(at.view):
        return None
    return Card(
        CardKind.ALONE_OFFER,
        (
            Text("Would you rather have questions for yourself alone for a while?", Role.LEAD),
            Text("Nothing opens then, and nobody is told. You can change it back in any week."),
            Button(Action.ALONE, "For me alone"),
            Button(Action.TOGETHER, "Go on as it is"),
        ),
        at.post.subject,
    )


def alone(at: Desk) -> Card:
    if at.view.conversation.alone:
        parts: tuple[Part, ...] = (
            Text("For you alone, then.", Role.TITLE),
            Text("From the next question on, nothing opens. Nobody is told."),
            *([Button(Action.TOGETHER, "With my partner again")] if listens(at.view) else []),
        )
    else:
        parts = (
            Text("With your partner, then.", Role.TITLE),
            Text("From the next question on, what you both share opens to you both."),
        )
    return Card(CardKind.ALONE, parts, at.post.subject)


def new_partner(at: Desk) -> Card | None:
    # In a pair that has ended since, there is a newer one of these.
    if at.view.conversation.pair != at.post.subject:
        return None
    name = at.view.partner_name
    return Card(
        CardKind.NEW_PARTNER,
        (
            Text(f"You have a new partner: {name}." if name else "You have a new partner.", Role.TITLE),
            Text(
                "The facilitators brought the two of you together. Nothing that you wrote before is shown to them, "
                "and nothing of theirs to you."
            ),
            Text("The two of you begin with a challenge of your own, and with the next question."),
        ),
        at.post.subject,
    )


def _shares(view: MemberView) -> bool:
    return any(
        part.sharing.partner or part.sharing.facilitators is not Facilitators.NO
        for round_ in view.rounds.values()
        for part in round_.written
    )


_ALL_TAKEN_BACK = (
    "Everything you had shared is taken back. From now on only you can see it. "
    "What somebody has read already cannot be unread."
)


def _all_taken_back(view: MemberView) -> str:
    mailed = any(part.mailed for round_ in view.rounds.values() for part in round_.written)
    return f"{_ALL_TAKEN_BACK} Nor can a mail be taken back." if mailed else _ALL_TAKEN_BACK


def started(at: Desk) -> Card:
    asked = at.view.next_ask_at if agreed(at.view) else None
    title = _STARTED.get(at.post.subject, "Started again.")
    parts: list[Part] = [Text(title, Role.TITLE)]
    if at.view.conversation.every > 1 or at.post.subject in _HOW_OFTEN:
        parts.append(Text(f"I ask every {_weeks(at.view.conversation.every)} from now on."))
    if asked is not None:
        parts.append(Text(f"The next question comes on {at.when.moment(asked)}."))
    return Card(CardKind.STARTED, tuple(parts), at.post.subject)


_HOW_OFTEN = {LESS_OFTEN: "Less often, then.", EVERY_WEEK: "Every week, then."}
_STARTED = {**_HOW_OFTEN, AGAIN: "You have agreed again."}


def _weeks(every: int) -> str:
    return {1: "week", 2: "other week"}.get(every, f"{every} weeks")


def start_again(at: Desk) -> Card:
    parts: list[Part] = [
        Text("Start again?", Role.LEAD),
        Text("You had stopped, so what you just wrote was not kept."),
    ]
    if at.view.conversation.standing in SILENCED:
        parts.append(Button(Action.START, "Start again", primary=True))
    return Card(CardKind.START_AGAIN, tuple(parts), at.post.subject)
