"""One person's week as messages: what `bench.receive` measures and what the tests count.

A story needs somebody who has just been asked a question. Its messages are told in order, each by its kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.ids import derive
from bot.messages import Action, Edited, Incoming, Pressed, Said
from bot.model import Account


class Kind(StrEnum):
    FIRST = "the first message of an answer"
    FURTHER = "a further message"
    EDIT = "an edit of a message"
    DONE = "“that's it”"
    REPLY = "a reply to the follow-up"
    DONE_AGAIN = "“that's it” after the follow-up"
    SHARE = "a share of both parts"
    REWRITE = "an answer written anew"
    STOP = "“stop”"


@dataclass(frozen=True, slots=True)
class Teller:
    """Somebody who has just been asked the question of `round`."""

    account: Account
    person: str
    round: str


ANSWERS = (
    "The real talk was before I came in. I was furious, and I said nothing until the very end.",
    "We had forty minutes and they had the agenda. I felt small, so I let the second point go.",
    "I assumed that she had read the papers. She had not, and nobody had told her that she should.",
    "I had to sign it off by noon. There was no time to ask the others what they thought of the wording.",
)
FURTHER = "Later somebody thanked me in the corridor, which was kind, but it was not said in the room."
REPLY = "I would have liked to be asked first. I know that they were short of time as well."


def story(teller: Teller, at: datetime) -> Iterator[tuple[Kind, Incoming]]:
    """The messages of one person's answer, from its first to the wish to hear no more."""
    who, name = teller.account, derive(teller.round, teller.account.external)
    answer, follow_up = (derive(teller.round, teller.person, str(ordinal)) for ordinal in (0, 1))
    text = ANSWERS[int(name[:8], 16) % len(ANSWERS)]
    minute = timedelta(minutes=1)

    def said(number: int, words: str) -> Said:
        key = f"{name}-{number}"
        return Said(key, who, at + number * minute, key, words)

    def pressed(number: int, action: Action, subject: str = "", **fields: str) -> Pressed:
        return Pressed(f"{name}-{number}", who, at + number * minute, action, subject, fields)

    yield Kind.FIRST, said(1, text)
    yield Kind.FURTHER, said(2, FURTHER)
    yield Kind.EDIT, Edited(f"{name}-3", who, at + 3 * minute, f"{name}-2", f"{FURTHER} By then I had left.")
    yield Kind.DONE, pressed(4, Action.DONE, answer)
    yield Kind.REPLY, said(5, REPLY)
    yield Kind.DONE_AGAIN, said(6, "That's it.")
    choices = {f"partner:{part}": "yes" for part in (answer, follow_up)}
    choices |= {f"facilitators:{part}": "named" for part in (answer, follow_up)}
    yield Kind.SHARE, pressed(7, Action.CHOOSE, teller.round, **choices)
    yield Kind.REWRITE, pressed(8, Action.EDIT, answer, **{f"text:{answer}": f"{text} It was a Tuesday."})
    yield Kind.STOP, said(9, "stop")
