"""What a message means when it is no answer: "stop" by itself is a wish, and "make them stop" is an answer.

On a page there is a button for everything, so only what has to work from any state is read out of a message there. In a
chat people write, and what every button says can be written instead.
"""

import re
import unicodedata
from collections.abc import Mapping

from bot.conversation import events as ev
from bot.conversation.engine import part_id
from bot.conversation.state import State
from bot.messages import Action
from bot.model import Conversation, Facilitators

EVERYWHERE: Mapping[str, Action] = {
    "stop": Action.STOP,
    "help": Action.HELP,
    "thats it": Action.DONE,
    "start again": Action.START,
}

IN_CHATS: Mapping[str, Action] = {
    "pause": Action.PAUSE,
    "read on": Action.READ_ON,
    "i agree": Action.AGREE,
    "another question": Action.ANOTHER,
    "not now": Action.PUT_OFF,
    "skip": Action.SKIP,
    "skip it": Action.SKIP,
    "why this one": Action.WHY,
    "i have said enough": Action.DECLINE,
    "change who may see it": Action.CHOOSE_AGAIN,
    "i would like a call": Action.CALL,
}

_WHO_SEES = re.compile(
    r"(?P<me>(no )?only me)|(?P<partner>my partner)?( and )?((the )?facilitators (?P<name>with|without) my name)?"
)


def command(text: str, c: Conversation, *, in_chat: bool) -> Action | None:
    """What a whole message asks for, if it is no answer."""
    said = _plain(text)
    found = EVERYWHERE.get(said) or (IN_CHATS.get(said) if in_chat else None)
    return None if found is Action.DONE and c.state is not State.ANSWERING else found


def chosen(text: str, c: Conversation) -> ev.Chose | None:
    """Who may see an answer, said in a chat: “my partner and the facilitators without my name”.

    It is about the answer. What was added to it stays with its author: that is chosen by its own buttons.
    """
    said = _WHO_SEES.fullmatch(_plain(text))
    if c.state is not State.CHOOSING or said is None or not said.group():
        return None
    upward = {None: Facilitators.NO, "with": Facilitators.NAMED, "without": Facilitators.UNNAMED}
    nobody = ev.Choice(False, Facilitators.NO)
    answer = ev.Choice(said["partner"] is not None, upward[said["name"]])
    return ev.Chose({part_id(c, 0): nobody if said["me"] else answer, part_id(c, 1): nobody})


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w\s]", "", letters).split())
