"""Which card a person's conversation is waiting on, and what the cards look up again and again.

Controls stand on a card only while they can be used: on the live one, and where a move is open in any state.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.cards.dates import Calendar, calendar
from bot.conversation.engine import BEFORE_CONSENT, LIVE, live_subject, part_id
from bot.conversation.followups import FollowUp, worded
from bot.conversation.state import SILENCED, RoundState, State
from bot.messages import CardKind
from bot.rows import Prompts
from bot.view import MemberView, Post, RoundView, Written
from bot.when import after_last


@dataclass(frozen=True, slots=True)
class Desk:
    """What every card is made from: the post, its reader's view, the words, and the reader's calendar."""

    post: Post
    view: MemberView
    prompts: Prompts
    when: Calendar

    @property
    def round(self) -> RoundView | None:
        """The round that the post is about."""
        return self.view.rounds.get(self.post.subject)

    @property
    def live(self) -> bool:
        return is_live(self.post, self.view)


def desk(post: Post, view: MemberView, prompts: Prompts) -> Desk:
    return Desk(post, view, prompts, calendar(view, post.posted_at))


def is_live(post: Post, view: MemberView) -> bool:
    """Whether the conversation waits on this very card."""
    return live_kind(view) == (post.kind, post.subject)


def listens(view: MemberView) -> bool:
    """Whether anything but starting again, or agreeing again, can be pressed."""
    return view.conversation.standing not in SILENCED and not withdrew(view)


def withdrew(view: MemberView) -> bool:
    """Whether they agreed once and do not any more: then they can take back and remove, and nothing else is kept."""
    return view.conversation.state is State.WITHDRAWN


def agreed(view: MemberView) -> bool:
    return view.conversation.state not in BEFORE_CONSENT and view.conversation.agreed_at is not None


def why_alone(view: MemberView) -> str:
    """Why somebody is asked by themselves. The same words for a partner who is late and for one who will not come."""
    if view.partner_left:
        # Why is not said again each time, and not in every case is it theirs to say.
        return "You are asked by yourself now."
    if view.conversation.alone:
        return "You chose questions for yourself alone."
    if view.partner_joined:
        return "Your partner joined after this question had been asked."
    return "Your partner is not here yet."


def live_kind(view: MemberView) -> tuple[CardKind, str] | None:
    """The card that the conversation waits on and what it is about."""
    c = view.conversation
    kind = LIVE.get(c.state) if c.standing not in SILENCED else None
    return None if kind is None else (kind, live_subject(c))


def is_over(view: MemberView, round_: RoundView) -> bool:
    """Whether the round's opening instant has been dealt with."""
    c = view.conversation
    return round_.state in (RoundState.OPENED, RoundState.NOT_OPENED) or (c.round == round_.id and c.over)


def is_last(view: MemberView, round_: RoundView) -> bool:
    """Whether nothing is asked after this round: it was planned as the last, and no later module has come since."""
    return round_.closing and is_after_last(view, round_.opens_at)


def is_ours(view: MemberView, round_: RoundView) -> bool:
    """Whether this round was asked after the end, of two who go on by themselves."""
    since = view.conversation.went_on_at
    return since is not None and round_.opens_at > since and round_.pair == view.conversation.pair


def is_after_last(view: MemberView, at: datetime) -> bool:
    """Whether the last module's day is behind at `at`."""
    return bool(view.modules) and after_last(view.modules, at, view.programme_zone)


def box(view: MemberView, ordinal: int) -> str:
    """The name of the draft for one part of the present answer: that part's own id."""
    return part_id(view.conversation, ordinal)


def part_in(view: MemberView, part: str) -> tuple[RoundView, Written] | None:
    """One part of an answer and its round, by the part's id."""
    for round_ in view.rounds.values():
        for written in round_.written:
            if written.id == part:
                return round_, written
    return None


def parts_of(round_: RoundView) -> tuple[Written, ...]:
    """The parts in which something is written, the answer first."""
    return tuple(sorted((w for w in round_.written if w.text), key=lambda w: w.ordinal))


def question_text(prompts: Prompts, question: str) -> str:
    found = prompts.bank.questions.get(question)
    return found.text if found is not None else ""


def prompt_text(prompts: Prompts, key: str) -> str:
    """The sentence of a follow-up by its key, without anybody's words in it."""
    frame = prompts.frames.by_key.get(key)
    if frame is not None:
        return frame.text
    question, _, number = key.rpartition("#")
    found = prompts.bank.questions.get(question)
    if found is None or not number.isdecimal() or not 1 <= int(number) <= len(found.followups):
        return ""
    return found.followups[int(number) - 1]


def follow_up_text(prompts: Prompts, round_: RoundView, part: Written) -> tuple[str, str]:
    """A follow-up as its author reads it, and the words of theirs that it quotes, if it still can."""
    text = prompt_text(prompts, part.prompt)
    answer = next((w.text for w in round_.written if w.ordinal == 0), "")
    quote = part.quote
    if quote is None or not 0 <= quote[0] < quote[1] <= len(answer):
        return text, ""
    start, end = quote
    return worded(FollowUp(part.prompt, text, quote), answer), answer[start:end]
