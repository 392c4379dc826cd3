"""`step`: what follows from one event in one person's conversation. Pure: no clock, no lookup, no I/O.

The rule it keeps: states change only by the table in `state.py`, and an event that has no place in the
present state keeps nothing, changes nothing, and is answered with a sentence.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot.conversation import events as ev
from bot.conversation.events import Effect, Event, Send, Step
from bot.conversation.state import CONVERSATION, SILENCED, Move, Standing, State, after
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Conversation, Facilitators

QUIET = timedelta(minutes=4)
"""How long nothing must come before what was written counts as complete."""

UNOPENED = 2
"""After how many answers in a row that did not open somebody is offered questions for themselves alone."""

AGAIN = "agreed again"
"""What the card is about that answers somebody who agrees once more."""

LESS_OFTEN, EVERY_WEEK, LATER = "less often", "every week", "later"
"""What the card is about that answers how often, or "less often, later, or stop?": it says what was chosen."""

STILL = "still"
"""What the card is about that answers a pause which was there already, or a stop, which a pause does not end."""

BEFORE_CONSENT = frozenset({State.INVITED, State.TOLD, State.WITHDRAWN})
"""Where nothing that somebody writes is kept, and nobody is let see more than they see already."""
TAKES_WORDS = frozenset({State.ASKED, State.ANSWERING, State.FOLLOWED_UP})


def part_id(conversation: Conversation, ordinal: int) -> str:
    """The id of one part of this person's answer in their present round."""
    return derive(conversation.round or "", conversation.person, str(ordinal))


def takes_words(c: Conversation) -> bool:
    """Whether a message written now belongs to an answer."""
    return c.state in TAKES_WORDS or (c.state is State.WAITING and not c.answered and c.round is not None)


def step(c: Conversation, event: Event, now: datetime) -> Step:
    """The one function that decides. See `events.py` for what goes in and what comes out."""
    if c.standing in SILENCED and not isinstance(event, _HEARD_AFTER_STOP):
        return Step(c, (Send(CardKind.START_AGAIN),)) if isinstance(event, ev.Spoke) else Step(c)
    match event:
        case ev.Reached():
            return Step(c, (Send(CardKind.HELLO),)) if c.state is State.INVITED else Step(c)
        case ev.ReadOn():
            return _try(c, Move.READ_ON, Send(CardKind.TERMS))
        case ev.Agreed():
            return _agree(c, event)
        case ev.Withdrew():
            return _withdraw(c)
        case ev.ChoseWords(text=text):
            kept = ev.KeepWordsForMe(text)
            if c.state is State.AGREED:
                return _try(c, Move.CHOOSE_WORDS, kept, Send(CardKind.READY))
            return _stray(c) if c.state in BEFORE_CONSENT else Step(c, (kept,))
        case ev.Proposed(text=text):
            return _stray(c) if c.state in BEFORE_CONSENT else Step(c, (ev.Propose(text),))
        case ev.Confirmed(version=version):
            return _stray(c) if c.state in BEFORE_CONSENT else Step(c, (ev.Confirm(version),))
        case ev.Spoke():
            return _spoke(c, event, now)
        case ev.Amended():
            return _amended(c, event, now)
        case ev.Finished():
            return _finished(c, event)
        case ev.Asked():
            return _asked(c, event)
        case ev.Reminded(drafting=drafting):
            quiet = c.state is not State.ASKED or drafting or c.over or c.standing is not Standing.ACTIVE
            nudge = () if quiet else (Send(CardKind.NUDGE, c.round or "", proactive=True),)
            return Step(replace(c, remind_at=None), nudge)
        case ev.OpeningCame():
            return _opening(c, event)
        case ev.Another(question=question, reason=reason):
            changed = ev.ChangeQuestion(question, reason)
            return _try(c, Move.ANOTHER, changed, Send(CardKind.QUESTION, c.round or ""), question=question)
        case ev.PutOff(until=until):
            return _try(c, Move.PUT_OFF, Send(CardKind.WAITING, c.round or ""), remind_at=until)
        case ev.Skipped():
            waiting = Send(CardKind.WAITING, c.round or "")
            return _try(c, Move.SKIP, ev.MarkSkipped(), waiting, remind_at=None, unanswered=0)
        case ev.Declined():
            return _try(c, Move.DECLINE, Send(CardKind.WHO_SEES, c.round or ""))
        case ev.Chose(choices=choices):
            # Who may see one's words can be changed in any state; the table only says whether it was waited for.
            shares = tuple(ev.Share(part, _open_to(c, choice)) for part, choice in choices.items())
            if c.state is not State.CHOOSING:
                return Step(c, shares) if shares else _stray(c)
            return _try(c, Move.CHOOSE, *shares, Send(CardKind.WAITING, c.round or ""))
        case ev.ChooseAgain():
            return (
                _try(c, Move.CHOOSE_AGAIN, Send(CardKind.WHO_SEES, c.round or ""))
                if c.answered
                else _stray(c)
            )
        case ev.Rewrote(part=part, text=text):
            return (
                _stray(c)
                if text is not None and c.state in BEFORE_CONSENT
                else Step(c, (ev.Rewrite(part, text),))
            )
        case ev.SaidBack() | ev.AnsweredBack() if c.state in BEFORE_CONSENT:
            return _stray(c)
        case ev.SaidBack(round=round_id, text=text):
            return Step(c, (ev.SayBack(round_id, text, asks="?" in text),))
        case ev.ReadTurn(round=round_id, read=read):
            return Step(c, (ev.SettleTurn(round_id, read),))
        case ev.AnsweredBack(round=round_id, text=text):
            return Step(c, (ev.AnswerTurn(round_id, text),))
        case ev.Unsaid(round=round_id, answer=answer):
            return Step(c, (ev.Unsay(round_id, answer),))
        case ev.AskedForCall(to=to, how=how):
            # A person can be asked for at any time; what somebody wrote is kept only once they have agreed to that.
            asked = ev.AskCall(to, how if c.agreed_at else "")
            return Step(c, (asked, Send(CardKind.CALL)))
        case ev.NeedsNoCall(call=call):
            return Step(c, (ev.EndCall(call), Send(CardKind.CALL)))
        case ev.WentAlone(alone=alone):
            if c.agreed_at is None:
                return _stray(c)
            return Step(replace(c, alone=alone, unopened=0), (Send(CardKind.ALONE),))
        case ev.WantsOn(wants=wants, round=round_id):
            if c.agreed_at is None:
                return _stray(c)
            return Step(replace(c, wants_on=wants), (Send(CardKind.KEEPSAKE, round_id),))
        case ev.Muted(muted=muted):
            return Step(replace(c, muted=muted))
        case ev.Wanted(card=card, subject=subject):
            return Step(c, (Send(card, subject),))
        case ev.StandingChanged():
            return _standing(c, event)
        case ev.TookBackAll():
            if c.state is State.WITHDRAWN:
                return Step(c, (ev.WithdrawAll(), Send(CardKind.WITHDRAWN, "taken back")))
            if c.standing is Standing.LEFT:
                return Step(c, (ev.WithdrawAll(), Send(CardKind.LEFT, "taken back")))
            stopped = c.standing is Standing.STOPPED
            said = Send(CardKind.STOPPED, "taken back") if stopped else Send(CardKind.WAITING, c.round or "")
            return Step(c, (ev.WithdrawAll(), said))
        case ev.LessOften(every=every):
            return _how_often(c, every)
        case ev.ChoseHours(hours=hours):
            return Step(c, (ev.KeepHours(hours),))
        case ev.Stray():
            return _stray(c)
        case _:
            assert_never(event)


# ---- what the longer moves do

_HEARD_AFTER_STOP = (
    ev.Reminded,
    ev.StandingChanged,
    ev.TookBackAll,
    ev.OpeningCame,
    ev.Rewrote,
    ev.Unsaid,
    ev.Chose,
    ev.Finished,
    ev.Amended,
    ev.Wanted,
    ev.AskedForCall,
    ev.NeedsNoCall,
    ev.ChoseHours,
    ev.Withdrew,
)

LIVE = {
    State.INVITED: CardKind.HELLO,
    State.TOLD: CardKind.TERMS,
    State.AGREED: CardKind.YOUR_WORDS,
    State.ASKED: CardKind.QUESTION,
    State.ANSWERING: CardKind.KEPT,
    State.FOLLOWED_UP: CardKind.FOLLOW_UP,
    State.CHOOSING: CardKind.WHO_SEES,
    State.WAITING: CardKind.WAITING,
    State.WITHDRAWN: CardKind.TERMS,
}
"""The card that a state waits on; it is said again to somebody who starts again."""


def live_subject(c: Conversation) -> str:
    """What the live card of `c` is about: a part while one is being written, else the round, once they agree."""
    if c.state in BEFORE_CONSENT:
        return ""
    writing = c.state in (State.ANSWERING, State.FOLLOWED_UP)
    return part_id(c, c.part) if writing else c.round or ""


def _try(c: Conversation, move: Move, *effects: Effect, **changes: Any) -> Step:
    """Make `move` with its effects and changes, or answer kindly and change nothing if it has no place here."""
    if move not in CONVERSATION[c.state]:
        return _stray(c)
    return Step(replace(c, state=after(CONVERSATION, c.state, move), **changes), effects)


def _stray(c: Conversation) -> Step:
    card = CardKind.BEFORE_CONSENT if c.state in BEFORE_CONSENT else CardKind.NOT_NOW
    return Step(c, (Send(card),))


def _agree(c: Conversation, event: ev.Agreed) -> Step:
    consent = ev.Consent(event.version, event.wording)
    if c.state is State.WITHDRAWN:
        missed = () if event.missed is None else (Send(event.missed, c.round or ""),)
        live = (Send(CardKind.WAITING, c.round),) if c.round else ()
        again = Send(CardKind.STARTED, AGAIN)
        return _try(c, Move.AGREE, consent, *missed, *live, again, agreed_at=event.at)
    return _try(c, Move.AGREE, consent, ev.JoinPair(), Send(CardKind.YOUR_WORDS), agreed_at=event.at)


def _withdraw(c: Conversation) -> Step:
    """What they wrote so far stays theirs; a stop or a pause stays what it is."""
    silent = c.standing is Standing.SILENT
    return _try(
        c,
        Move.WITHDRAW,
        ev.WithdrawConsent(),
        Send(CardKind.WITHDRAWN),
        agreed_at=None,
        close_at=None,
        remind_at=None,
        unanswered=0,
        wants_on=False,
        standing=Standing.ACTIVE if silent else c.standing,
        resume_at=None if silent else c.resume_at,
    )


def _open_to(c: Conversation, choice: ev.Choice) -> ev.Choice:
    """A choice as far as it can be made.

    Who does not agree can only take back, and so can a pair that goes on alone what facilitators see.
    """
    partner, upward = choice.partner, choice.facilitators
    if c.state in BEFORE_CONSENT:
        partner = partner and None
    if (c.state in BEFORE_CONSENT or c.went_on_at is not None) and upward is not Facilitators.NO:
        upward = None
    return replace(choice, partner=partner, facilitators=upward)


def _spoke(c: Conversation, event: ev.Spoke, now: datetime) -> Step:
    if event.known:
        # Its deletion, or a newer edit of it, came first and has been dealt with.
        return Step(c)
    if c.agreed_at is None or event.at < c.agreed_at:
        return Step(c, (Send(CardKind.BEFORE_CONSENT),))
    if (
        event.part
        and c.round
        and c.part == 1
        and event.part == part_id(c, 0)
        and c.state in _NOTHING_CHOSEN_YET
    ):
        # A page that was open while a quiet time closed the answer: the words belong where they were meant.
        begin = ev.BeginPart(event.part, c.round, 0)
        return Step(c, (begin, ev.Keep(event.part, event.source, event.text, event.at)))
    if not takes_words(c) or (event.part and event.part != part_id(c, c.part)):
        return Step(c, (Send(CardKind.NOT_NOW),))
    return _keep(c, event.source, event.text, event.at, now, care=event.care)


_NOTHING_CHOSEN_YET = frozenset({State.FOLLOWED_UP, State.ANSWERING})


def _keep(
    c: Conversation, source: str, text: str, at: datetime, now: datetime, *, care: bool = False
) -> Step:
    part = part_id(c, c.part)
    begins = c.state is not State.ANSWERING
    effects: list[Effect] = []
    if begins and c.part == 0:
        effects.append(ev.BeginPart(part, c.round or "", 0))
    effects.append(ev.Keep(part, source, text, at))
    if care:
        effects.append(Send(CardKind.CARE, c.round or ""))
    if begins:
        effects.append(Send(CardKind.KEPT, part))
    said = replace(
        c,
        state=after(CONVERSATION, c.state, Move.SAY),
        close_at=now + QUIET,
        remind_at=None,
        unanswered=0,
        answered=True,
    )
    return Step(said, tuple(effects))


def _amended(c: Conversation, event: ev.Amended, now: datetime) -> Step:
    if event.known:
        amend = ev.Amend(event.part, event.source, event.text, event.at)
        kept = event.part and (event.text is None or c.agreed_at is not None)
        return Step(c, (amend,)) if kept else Step(c)
    if c.agreed_at is None or event.at < c.agreed_at:
        return Step(c)
    if event.text is None:
        return Step(c, (ev.Bury(event.source, event.at),))
    if takes_words(c) and c.standing not in SILENCED:
        # The edit overtook its original: it holds the whole text, so it counts as the message.
        return _keep(c, event.source, event.text, event.at, now)
    # It has no place here, and nor has its original, which would come with words that count no more.
    return Step(c, (ev.Bury(event.source, event.at),))


def _finished(c: Conversation, event: ev.Finished) -> Step:
    if c.state is not State.ANSWERING:
        return _stray(c)
    close = ev.ClosePart(part_id(c, c.part))
    round_id = c.round or ""
    # Silence is silence: nobody who stopped is written to, and nobody who paused unless they wrote first.
    hushed = c.standing in SILENCED or (event.quiet and c.standing is Standing.PAUSED)
    if event.empty and c.part == 0:
        again = () if hushed else (Send(CardKind.QUESTION, round_id),)
        return _try(c, Move.UNSAY, *again, close_at=None, answered=False)
    if hushed:
        return _try(c, Move.REST, close, close_at=None)
    if event.rest:
        return _try(c, Move.REST, close, Send(CardKind.WAITING, round_id), close_at=None)
    if c.part == 1:
        return _try(c, Move.CLOSE_FOLLOW_UP, close, Send(CardKind.WHO_SEES, round_id), close_at=None)
    second = part_id(c, 1)
    begin = ev.BeginPart(second, round_id, 1, event.prompt, event.quote)
    follow_up = Send(CardKind.FOLLOW_UP, second)
    return _try(c, Move.CLOSE_ANSWER, close, begin, follow_up, close_at=None, part=1)


def _asked(c: Conversation, event: ev.Asked) -> Step:
    if Move.ASK not in CONVERSATION[c.state] or c.standing is not Standing.ACTIVE:
        return Step(c)
    if c.unanswered >= 2 and not event.last:
        silent = replace(c, standing=Standing.SILENT, resume_at=event.silent_until, unanswered=0)
        return Step(silent, (Send(CardKind.LESS_OFTEN, proactive=True),))
    asked = replace(
        c,
        state=after(CONVERSATION, c.state, Move.ASK),
        round=event.round,
        question=event.question,
        opens_at=event.opens_at,
        over=False,
        part=0,
        close_at=None,
        answered=False,
        remind_at=event.remind_at,
        # It was said of an end; whatever is asked after that has an end of its own.
        wants_on=False,
    )
    return Step(asked, (Send(CardKind.QUESTION, event.round, proactive=True),))


def _opening(c: Conversation, event: ev.OpeningCame) -> Step:
    if c.state is State.WITHDRAWN:
        return _try(c, Move.OPENING, over=True) if c.round == event.round else Step(c)
    card = CardKind.OPENED if event.opened else CardKind.NOT_OPENED
    notice = (Send(card, event.round, proactive=True),) if event.told else ()
    if event.last:
        notice = (*notice, Send(CardKind.KEEPSAKE, event.round, proactive=True))
    if c.round != event.round:
        return Step(c, notice)
    missed = c.unanswered + 1 if c.state is State.ASKED else c.unanswered
    unopened = 0 if event.opened else c.unopened + (event.told and c.answered)
    offered = unopened == UNOPENED > c.unopened and not event.last
    offer = (Send(CardKind.ALONE_OFFER, proactive=True),) if offered else ()
    return _try(
        c, Move.OPENING, *notice, *offer, over=True, remind_at=None, unanswered=missed, unopened=unopened
    )


def _how_often(c: Conversation, every: int) -> Step:
    """From now on. It ends the quiet that two unanswered questions led to, and no pause."""
    if c.agreed_at is None:
        return _stray(c)
    chosen = replace(c, every=every, unanswered=0)
    about = LESS_OFTEN if every > 1 else EVERY_WEEK
    if c.standing is Standing.PAUSED:
        return Step(chosen, (Send(CardKind.PAUSED, about),))
    back = replace(chosen, standing=Standing.ACTIVE, resume_at=None)
    return Step(back, (Send(CardKind.STARTED, about),))


def _standing(c: Conversation, event: ev.StandingChanged) -> Step:
    if c.standing is Standing.LEFT and (event.standing is not Standing.ACTIVE or c.resume_at is None):
        return _after_leaving(c, event)
    if c.standing is Standing.STOPPED and event.standing is Standing.PAUSED:
        # A pause ends by itself, a stop does not: a button may not turn one into the other, but it is answered.
        return Step(c, (Send(CardKind.STOPPED, STILL),) if event.told else ())
    until = event.until
    if c.standing is event.standing is Standing.PAUSED and not event.exactly:
        # Pressed again, a pause may become longer and never shorter; one without an end stays without.
        until = max(c.resume_at, until) if c.resume_at and until else None
    wants_on = c.wants_on and event.standing not in SILENCED
    changed = replace(c, standing=event.standing, resume_at=until, wants_on=wants_on)
    about = ""
    match event.standing:
        case Standing.STOPPED:
            card = CardKind.STOPPED
        case Standing.PAUSED:
            card = CardKind.PAUSED
            if c.standing is Standing.PAUSED and not event.exactly:
                about = STILL
            elif c.standing is Standing.SILENT and event.until == c.resume_at:
                about = LATER
        case Standing.ACTIVE:
            card = CardKind.STARTED
        case Standing.LEFT:
            card = CardKind.LEFT
        case Standing.SILENT:
            return Step(changed)
    missed = () if event.missed is None else (Send(event.missed, c.round or "", proactive=not event.told),)
    if not event.told:
        return Step(changed, missed)
    again = event.standing is Standing.ACTIVE and c.state in LIVE
    live = (Send(LIVE[c.state], live_subject(c)),) if again else ()
    return Step(changed, (Send(card, about), *missed, *live))


def _after_leaving(c: Conversation, event: ev.StandingChanged) -> Step:
    """The day in which leaving can be undone is over: the partner is told. Whatever else is pressed changes nothing."""
    if event.told:
        return Step(c, (Send(CardKind.LEFT),))
    told = (Send(CardKind.PARTNER_LEFT, to=ev.To.PARTNER, proactive=True),) if c.resume_at else ()
    return Step(replace(c, resume_at=None), told)
