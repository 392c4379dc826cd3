"""What a person sends besides an answer, before anything comes of it: the limits of each field, and what is refused.

The same on every platform. Nothing is cut or corrected: what cannot be taken is refused, kindly.
"""

from collections.abc import Mapping

from bot.cards.call import HOW_LIMIT
from bot.cards.joining import CHALLENGE_LIMIT, EMPTY, WORDS_LIMIT
from bot.cards.sharing import CHATS, FACILITATORS, FACILITATORS_BY_MAIL, NO, PARTNER, YES
from bot.errors import Refused
from bot.messages import Action
from bot.model import Facilitators

LIMITS: Mapping[str, int] = {
    # Characters. Far more than anybody writes in one go, far less than what would slow a page.
    "text": 20_000,
    "reply": 1_000,
    "challenge": CHALLENGE_LIMIT,
    "words": WORDS_LIMIT,
    "how": HOW_LIMIT,
    "subject": 80,
}

STILL_THERE = "Your words are still in the box."
_UPWARD = frozenset(choice.value for choice in Facilitators)
_CHOICES = {PARTNER: frozenset({NO, YES, CHATS}), FACILITATORS: _UPWARD, FACILITATORS_BY_MAIL: _UPWARD}


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
        raise Refused(too_long(len(text), limit))
    return text


def subject_of(text: str) -> str:
    subject = clean(text)
    if len(subject) > LIMITS["subject"]:
        raise Refused("That page is not one of yours any more. Open it afresh and try again.")
    return subject


def checked(action: Action, subject: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Only the fields that the action speaks of, each as it is kept.

    Raises:
        Refused: one of them cannot be taken as it is; the message says why.
    """
    match action:
        case Action.CHOOSE_WORDS:
            text = "" if subject == EMPTY else clean(fields.get("words", ""))
            if len(text) > LIMITS["words"]:
                raise Refused(too_long(len(text), LIMITS["words"]))
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
            to, how = subject_of(fields.get("to", "")), clean(fields.get("how", ""))
            if not to:
                raise Refused(f"Choose who should call you. {STILL_THERE}")
            if len(how) > LIMITS["how"]:
                raise Refused(too_long(len(how), LIMITS["how"]))
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
        chosen.append((subject_of(name), value))
    return chosen


def too_long(length: int, limit: int) -> str:
    return f"That is {length:,} characters, and at most {limit:,} fit here. {STILL_THERE} Shorten them and send again."
