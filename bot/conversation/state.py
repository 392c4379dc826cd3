"""The three small machines, each a table: state -> move -> next state.

How to read them: a move that a state does not list cannot be made there, changes nothing, and is answered
kindly. The clock makes moves like anybody else. The diagrams in docs/ARCHITECTURE.md are drawn from
these tables, and the tests walk them; nothing else in the house decides what may follow what.

A person's STANDING is laid over their conversation: stopping or pausing leaves the state where it was.
No table reads another person's: that is how a partner's choices stay unseen until the opening.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from bot.errors import Conflict

S = TypeVar("S", bound=StrEnum)
M = TypeVar("M", bound=StrEnum)


class State(StrEnum):
    """Where one person's conversation is."""

    INVITED = "invited"
    TOLD = "told"
    AGREED = "agreed"
    IDLE = "idle"
    ASKED = "asked"
    ANSWERING = "answering"
    FOLLOWED_UP = "followed up"
    CHOOSING = "choosing"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    """They agreed once and do not now: nothing is kept, as before they did. To others they are here as they were."""


class Move(StrEnum):
    """What can happen to a conversation."""

    READ_ON = "read on"
    AGREE = "agree"
    CHOOSE_WORDS = "choose words"
    ASK = "ask"
    ANOTHER = "another question"
    PUT_OFF = "put off"
    SKIP = "skip"
    SAY = "say"
    CLOSE_ANSWER = "close the answer"
    REST = "rest"
    UNSAY = "take it all back"
    DECLINE = "decline"
    CLOSE_FOLLOW_UP = "close the follow-up"
    CHOOSE = "choose who sees"
    CHOOSE_AGAIN = "choose again"
    OPENING = "opening"
    WITHDRAW = "withdraw"


CONVERSATION: Mapping[State, Mapping[Move, State]] = {
    State.INVITED: {Move.READ_ON: State.TOLD},
    State.TOLD: {Move.AGREE: State.AGREED},
    State.AGREED: {
        Move.CHOOSE_WORDS: State.IDLE,
        Move.ASK: State.ASKED,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.IDLE: {
        Move.ASK: State.ASKED,
        Move.CHOOSE_AGAIN: State.CHOOSING,
        Move.OPENING: State.IDLE,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.ASKED: {
        Move.SAY: State.ANSWERING,
        Move.ANOTHER: State.ASKED,
        Move.PUT_OFF: State.ASKED,
        Move.SKIP: State.WAITING,
        Move.ASK: State.ASKED,
        Move.OPENING: State.ASKED,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.ANSWERING: {
        Move.SAY: State.ANSWERING,
        Move.CLOSE_ANSWER: State.FOLLOWED_UP,
        Move.CLOSE_FOLLOW_UP: State.CHOOSING,
        Move.REST: State.WAITING,
        Move.UNSAY: State.ASKED,
        Move.OPENING: State.ANSWERING,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.FOLLOWED_UP: {
        Move.SAY: State.ANSWERING,
        Move.DECLINE: State.CHOOSING,
        Move.ASK: State.ASKED,
        Move.OPENING: State.FOLLOWED_UP,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.CHOOSING: {
        Move.CHOOSE: State.WAITING,
        Move.ASK: State.ASKED,
        Move.OPENING: State.CHOOSING,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.WAITING: {
        Move.CHOOSE_AGAIN: State.CHOOSING,
        Move.SAY: State.ANSWERING,
        Move.ASK: State.ASKED,
        Move.OPENING: State.IDLE,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    # Where they were: what was asked last can still be answered.
    State.WITHDRAWN: {Move.AGREE: State.WAITING, Move.OPENING: State.WITHDRAWN},
}


class Standing(StrEnum):
    """Whether the bot may write to this person at all; laid over the state.

    Leaving can be undone until `resume_at` has come; without one it has been told to the partner, and stands.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    SILENT = "silent"
    STOPPED = "stopped"
    LEFT = "left"


SILENCED = frozenset({Standing.STOPPED, Standing.LEFT})
"""Who is not written to and whose words are not kept, until they themselves begin again."""


class RoundState(StrEnum):
    PLANNED = "planned"
    ASKED = "asked"
    OPENED = "opened"
    NOT_OPENED = "not opened"


class RoundMove(StrEnum):
    ASK = "ask"
    OPEN = "open"
    CLOSE = "close unopened"


ROUND: Mapping[RoundState, Mapping[RoundMove, RoundState]] = {
    RoundState.PLANNED: {RoundMove.ASK: RoundState.ASKED, RoundMove.CLOSE: RoundState.NOT_OPENED},
    RoundState.ASKED: {
        RoundMove.ASK: RoundState.ASKED,
        RoundMove.OPEN: RoundState.OPENED,
        RoundMove.CLOSE: RoundState.NOT_OPENED,
    },
    RoundState.OPENED: {},
    RoundState.NOT_OPENED: {},
}


class PairState(StrEnum):
    NOBODY = "nobody joined"
    ONE = "one joined"
    BOTH = "both joined"
    PROPOSED = "challenge proposed"
    CONFIRMED = "challenge confirmed"
    ENDED = "ended"


class PairMove(StrEnum):
    JOIN = "join"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    END = "end"


PAIR: Mapping[PairState, Mapping[PairMove, PairState]] = {
    PairState.NOBODY: {PairMove.JOIN: PairState.ONE, PairMove.END: PairState.ENDED},
    PairState.ONE: {PairMove.JOIN: PairState.BOTH, PairMove.END: PairState.ENDED},
    PairState.BOTH: {PairMove.PROPOSE: PairState.PROPOSED, PairMove.END: PairState.ENDED},
    PairState.PROPOSED: {
        PairMove.PROPOSE: PairState.PROPOSED,
        PairMove.CONFIRM: PairState.CONFIRMED,
        PairMove.END: PairState.ENDED,
    },
    PairState.CONFIRMED: {PairMove.PROPOSE: PairState.PROPOSED, PairMove.END: PairState.ENDED},
    PairState.ENDED: {},
}


def after(table: Mapping[S, Mapping[M, S]], state: S, move: M) -> S:
    """The state that `move` leads to.

    Raises:
        Conflict: the move cannot be made there. Nothing has changed.
    """
    try:
        return table[state][move]
    except KeyError:
        raise Conflict(f"“{move}” is not a move from “{state}”.") from None
