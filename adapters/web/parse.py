"""A posted form as what it means. Nothing is cut or corrected: what cannot be taken is refused, kindly.

A button's value is an action, or an action and the id that it is about: "remove:<part id>".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.cards.call import HOW_LIMIT
from bot.cards.joining import CHALLENGE_LIMIT, EMPTY, WORDS_LIMIT
from bot.cards.sharing import NO, YES
from bot.errors import Refused
from bot.ids import derive
from bot.messages import Action, Incoming, Pressed, Said
from bot.model import Account, Facilitators

LIMITS: Mapping[str, int] = {
    # Characters. Far more than anybody writes in one go, far less than what would slow a page.
    "text": 20_000,
    "reply": 1_000,
    "challenge": CHALLENGE_LIMIT,
    "words": WORDS_LIMIT,
    "how": HOW_LIMIT,
    "subject": 80,
}

_STILL_THERE = "Your words are still in the box."
_TEXT_OF = {
    Action.SAY_BACK: "text",
    Action.ANSWER_BACK: "text",
    Action.PROPOSE: "challenge",
    Action.ASK_CALL: "how",
}
_SENDS = frozenset({Action.SEND, Action.DONE, *_TEXT_OF})
_CHOICES = {
    "partner": frozenset({NO, YES}),
    "facilitators": frozenset(choice.value for choice in Facilitators),
}


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
    return (Pressed(key, account, now, action, subject, _fields(action, subject, fields)),)


def to_line(fields: Mapping[str, str]) -> OnLine:
    """What a facilitator's form says.

    Raises:
        Refused: it cannot be taken as it is; the message says why.
    """
    line = _subject(fields.get("subject", ""))
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
    box = _subject(fields.get("box", ""))
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
    box, text = _subject(fields.get("box", "")), clean(fields.get("text", ""))
    if not box:
        raise Refused("There is no box by that name.")
    if len(text) > LIMITS["text"]:
        raise Refused(_too_long(len(text), LIMITS["text"]))
    return box, text


def clean(text: str) -> str:
    """What a person typed, without what no database or page can carry, and with plain ends of lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    kept = "".join(char for char in plain if not "\ud800" <= char <= "\udfff")
    return kept.strip()


def needed(fields: Mapping[str, str], name: str, limit: int = LIMITS["text"]) -> str:
    """The text of a field that may not be empty."""
    text = clean(fields.get(name, ""))
    if not text:
        raise Refused("There is nothing in the box yet. Write something first, or leave it for now.")
    if len(text) > limit:
        raise Refused(_too_long(len(text), limit))
    return text


def _action(fields: Mapping[str, str]) -> tuple[Action, str]:
    name, _, about = fields.get("action", "").partition(":")
    try:
        action = Action(name)
    except ValueError:
        raise Refused(
            f"That button does nothing here. {_STILL_THERE} Open the page afresh and try again."
        ) from None
    return action, _subject(about or ("" if action is Action.SEND else fields.get("subject", "")))


def _subject(text: str) -> str:
    subject = clean(text)
    if len(subject) > LIMITS["subject"]:
        raise Refused("That page is not one of yours any more. Open it afresh and try again.")
    return subject


def _fields(action: Action, subject: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Only the fields that the action speaks of."""
    match action:
        case Action.CHOOSE_WORDS:
            text = "" if subject == EMPTY else clean(fields.get("words", ""))
            if len(text) > LIMITS["words"]:
                raise Refused(_too_long(len(text), LIMITS["words"]))
            return {"words": text}
        case Action.PROPOSE:
            text = " ".join(clean(fields.get("challenge", "")).split())
            return {"challenge": needed({"challenge": text}, "challenge", LIMITS["challenge"])}
        case Action.SAY_BACK | Action.ANSWER_BACK:
            return {"text": needed(fields, "text")}
        case Action.EDIT:
            name = f"text:{subject}"
            if not clean(fields.get(name, "")):
                raise Refused("That box is empty. To take the words away altogether, remove them below it.")
            return {name: needed(fields, name)}
        case Action.ASK_CALL:
            to, how = _subject(fields.get("to", "")), clean(fields.get("how", ""))
            if not to:
                raise Refused(f"Choose who should call you. {_STILL_THERE}")
            if len(how) > LIMITS["how"]:
                raise Refused(_too_long(len(how), LIMITS["how"]))
            return {"to": to, "how": how}
        case Action.CHOOSE:
            return dict(_chosen(fields))
        case _:
            return {}


def _chosen(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    chosen = []
    for name, value in fields.items():
        who, _, part = name.partition(":")
        if who not in _CHOICES or not part:
            continue
        if value not in _CHOICES[who]:
            raise Refused("One of the choices was not clear, so none was changed. Choose again.")
        chosen.append((_subject(name), value))
    return chosen


def _too_long(length: int, limit: int) -> str:
    return f"That is {length:,} characters, and at most {limit:,} fit here. {_STILL_THERE} Shorten them and send again."
