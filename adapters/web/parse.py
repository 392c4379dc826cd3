"""A posted form as what it means. Nothing is cut or corrected: what cannot be taken is refused, kindly.

A button's value is an action, or an action and the id that it is about: "remove:<part id>".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Refused
from bot.fields import LIMITS, STILL_THERE, checked, clean, needed, subject_of, too_long
from bot.ids import derive
from bot.messages import Action, Incoming, Pressed, Said
from bot.model import Account

_TEXT_OF = {
    Action.SAY_BACK: "text",
    Action.ANSWER_BACK: "text",
    Action.PROPOSE: "challenge",
    Action.ASK_CALL: "how",
}
_SENDS = frozenset({Action.SEND, Action.DONE, *_TEXT_OF})


@dataclass(frozen=True, slots=True)
class OnLine:
    """What a facilitator does with one line of a digest: take it to the next module, or answer it."""

    line: str
    taken: bool
    reply: str


def to_incoming(fields: Mapping[str, str], account: Account, key: str, now: datetime) -> tuple[Incoming, ...]:
    """What a member's form says, in order: mostly one thing, two where "That’s it" was pressed on a full box.

    Raises:
        Refused: it cannot be taken as it is; the message says why.
    """
    action, subject = _action(fields)
    if action is Action.SEND:
        return (Said(key, account, now, key, needed(fields, "message"), subject),)
    if action is Action.DONE:
        pressed = Pressed(derive(key, "done"), account, now, action, subject)
        if not clean(fields.get("message", "")):
            return (Pressed(key, account, now, action, subject),)
        return (Said(key, account, now, key, needed(fields, "message"), subject), pressed)
    return (Pressed(key, account, now, action, subject, checked(action, subject, fields)),)


def to_line(fields: Mapping[str, str]) -> OnLine:
    """What a facilitator's form says.

    Raises:
        Refused: it cannot be taken as it is; the message says why.
    """
    line = subject_of(fields.get("subject", ""))
    match fields.get("action"):
        case "take" if line:
            return OnLine(line, taken=True, reply="")
        case "answer" if line:
            return OnLine(line, taken=False, reply=needed(fields, "reply", LIMITS["reply"]))
        case _:
            raise Refused("That button does nothing here. Open the page afresh and try again.")


def draft_after(fields: Mapping[str, str]) -> tuple[str, str] | None:
    """Which draft is to be kept once a form has been dealt with, as (box, text); an empty text forgets it.

    What stood in a box while another button was pressed is not lost: it is the draft now.
    """
    box = subject_of(fields.get("box", ""))
    if not box:
        return None
    try:
        action, _ = _action(fields)
    except Refused:
        return None
    if action in _SENDS:
        return box, ""
    text = clean(fields.get("message") or fields.get("text") or fields.get("how") or "")
    return box, text[: LIMITS["text"]]


def to_draft(fields: Mapping[str, str]) -> tuple[str, str]:
    """What is half written, as (box, text).

    Raises:
        Refused: it is not a draft that could be kept.
    """
    box, text = subject_of(fields.get("box", "")), clean(fields.get("text", ""))
    if not box:
        raise Refused("There is no box by that name.")
    if len(text) > LIMITS["text"]:
        raise Refused(too_long(len(text), LIMITS["text"]))
    return box, text


def _action(fields: Mapping[str, str]) -> tuple[Action, str]:
    name, _, about = fields.get("action", "").partition(":")
    try:
        action = Action(name)
    except ValueError:
        raise Refused(
            f"That button does nothing here. {STILL_THERE} Open the page afresh and try again."
        ) from None
    return action, subject_of(about or ("" if action is Action.SEND else fields.get("subject", "")))
