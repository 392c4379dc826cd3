"""Being called by a person: whom to ask, and how it stands, until somebody has said that they will."""

from bot.cards.live import Desk, agreed
from bot.cards.standing import reachable
from bot.messages import Action, Button, Card, CardKind, Choices, Input, Link, Option, Part, Quote, Role, Text
from bot.view import Caller

HOW, HOW_LIMIT = "how", 300
"""The box for how to reach somebody, and its characters: a number, and a good time."""


def call(at: Desk) -> Card:
    """Whom somebody has asked already, whom they can ask, and who answers meanwhile."""
    gone = [caller for caller in at.view.callers if caller.gone]
    asked = [caller for caller in at.view.callers if caller.asked_at and not caller.gone]
    others = [caller for caller in at.view.callers if not caller.asked_at]
    parts: list[Part] = []
    for caller in gone:
        parts += _gone(at, caller)
    for caller in asked:
        parts += _asked(at, caller)
    if others and not asked:
        parts += _ask(at, others, "Somebody else can call you." if gone else "Somebody can call you.")
    elif not asked:
        parts.append(Text("Nobody can be asked for a call from here.", Role.LEAD))
        parts.append(Text(f"You can turn to {at.view.contact}. They belong to neither organisation."))
    parts.append(Text("It can take hours until somebody is free. These answer now.", Role.TITLE))
    parts += reachable(at.prompts.signposts)
    if others and asked:
        parts += _ask(at, others, "Somebody else can call you, too.", again=True)
    return Card(at.post.kind, tuple(parts), at.post.subject)


def answered(at: Desk) -> Card | None:
    """Somebody has said that they will call, or is no longer here. Once the call is over nothing is said any more."""
    return call(at) if any(caller.asked_at for caller in at.view.callers) else None


def _asked(at: Desk, caller: Caller) -> list[Part]:
    moment = at.when.moment(caller.asked_at) if caller.asked_at else ""
    if caller.seen_at:
        said = f"They said so on {at.when.moment(caller.seen_at)}."
        parts: list[Part] = [Text(f"{caller.name} will call you.", Role.LEAD), Text(said)]
    else:
        parts = [
            Text(f"You have asked {caller.name} to call you.", Role.LEAD),
            Text(f"Nobody has answered yet. You asked on {moment}, and I tell them again until they have."),
        ]
    if caller.how:
        parts.append(Quote(caller.how, by="How they can reach you"))
    parts.append(Button(Action.NO_CALL, "I need no call any more", subject=caller.call))
    return parts


def _gone(at: Desk, caller: Caller) -> list[Part]:
    """Nobody else is asked in their place: that would tell somebody who was not chosen."""
    asked = f" You asked on {at.when.moment(caller.asked_at)}." if caller.asked_at else ""
    return [
        Text(f"{caller.name} is no longer here, and does not call you.", Role.LEAD),
        Text(f"Nobody else has been told.{asked}"),
        Button(Action.NO_CALL, "Put this away", subject=caller.call),
    ]


def _ask(at: Desk, others: list[Caller], heading: str, *, again: bool = False) -> list[Part]:
    parts: list[Part] = [
        Text(heading, Role.TITLE if again else Role.LEAD),
        Text(
            "Whoever you choose is told at once that you would like a call, and nothing of what you wrote. "
            "Nobody else is told."
        ),
        Choices("to", "Who should call you?", tuple(_option(each) for each in others), ""),
    ]
    if agreed(at.view):
        value = at.view.drafts.get(HOW, "")
        hint = "A number, and a good time if there is one. Only they can read it. You can leave it empty."
        parts.append(Input("how", "How they can reach you", hint, value, HOW_LIMIT, lines=2, draft=HOW))
    parts.append(Button(Action.ASK_CALL, "Ask for a call", primary=not again))
    return parts


def _option(caller: Caller) -> Option:
    hint = "Belongs to neither organisation" if caller.outside else "Facilitates the programme"
    return Option(caller.person, caller.name, hint)


def wanted(call_id: str) -> Card:
    """Tells whoever was asked; who wants it, and how to reach them, stands on their page alone."""
    return Card(
        CardKind.CALL_WANTED,
        (
            Text("Somebody would like you to call them.", Role.TITLE),
            Text("They can see that nobody has answered yet."),
            Link("/", "See who"),
        ),
        call_id,
    )
