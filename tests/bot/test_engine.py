"""The engine, walked by its own tables: whatever they list happens, and nothing else does.

Everything here is made from the tables and the unions, so a new state, move or event is walked as soon as it is
there, and a move or an event that nobody has shown how to make is a failure.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from bot.conversation import events as ev
from bot.conversation.engine import AGAIN, BEFORE_CONSENT, EVERY_WEEK, LESS_OFTEN, STILL, part_id, step
from bot.conversation.state import (
    CONVERSATION,
    PAIR,
    ROUND,
    SILENCED,
    Move,
    PairMove,
    PairState,
    RoundMove,
    RoundState,
    Standing,
    State,
    after,
)
from bot.errors import Conflict
from bot.messages import CardKind
from bot.model import Conversation, Facilitators, Hours

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=7), NOW + timedelta(days=1)
OPENS = NOW + timedelta(days=2)
HERE, NEXT = "this round", "the next round"

TABLES: Mapping[str, tuple[Any, Any, Any, Any]] = {
    "the conversation": (CONVERSATION, State, Move, State.INVITED),
    "a round": (ROUND, RoundState, RoundMove, RoundState.PLANNED),
    "a pair": (PAIR, PairState, PairMove, PairState.NOBODY),
}


def someone(state: State, standing: Standing = Standing.ACTIVE, **changes: Any) -> Conversation:
    """A person as they stand in a state: agreed unless it comes before that, in a round unless they are new."""
    new = state in (State.INVITED, State.TOLD, State.AGREED)
    plain = Conversation(
        tenant="northbank",
        person="ada",
        version=7,
        state=state,
        standing=standing,
        programme="leading",
        pair="pair",
        partner="ben",
        agreed_at=None if state in BEFORE_CONSENT else EARLIER,
        round=None if new else HERE,
        question=None if new else "q1",
        opens_at=None if new else OPENS,
    )
    return replace(plain, **changes)


MINE = part_id(someone(State.ASKED), 0)
ASKED = ev.Asked(NEXT, "q2", OPENS + timedelta(days=7), LATER, LATER + timedelta(days=30))

MAKES: Mapping[Move, tuple[ev.Event, dict[str, Any]]] = {
    Move.READ_ON: (ev.ReadOn(), {}),
    Move.AGREE: (ev.Agreed("1", "These are the terms.", NOW), {}),
    Move.CHOOSE_WORDS: (ev.ChoseWords("a carer"), {}),
    Move.ASK: (ASKED, {}),
    Move.ANOTHER: (ev.Another("q3", "You asked for another question."), {}),
    Move.PUT_OFF: (ev.PutOff(LATER), {}),
    Move.SKIP: (ev.Skipped(), {"unanswered": 1, "remind_at": LATER}),
    Move.SAY: (ev.Spoke("m1", "I was cross.", NOW), {"answered": False}),
    Move.CLOSE_ANSWER: (ev.Finished("why", (0, 5)), {"part": 0}),
    Move.REST: (ev.Finished(rest=True), {}),
    Move.UNSAY: (ev.Finished(empty=True), {"part": 0}),
    Move.DECLINE: (ev.Declined(), {}),
    Move.CLOSE_FOLLOW_UP: (ev.Finished(), {"part": 1}),
    Move.CHOOSE: (ev.Chose({MINE: ev.Choice(True, Facilitators.NO)}), {}),
    Move.CHOOSE_AGAIN: (ev.ChooseAgain(), {"answered": True}),
    Move.OPENING: (ev.OpeningCame(HERE, opened=True, told=False), {}),
    Move.WITHDRAW: (ev.Withdrew(), {}),
}
"""How each move is made: by which event, and what must be so for that event to mean it."""

ANY_TIME: Mapping[Move, type[object]] = {Move.CHOOSE: ev.Share, Move.CHOOSE_WORDS: ev.KeepWordsForMe}
"""What else than a kind answer an event may lead to where its move has no place: these are one's own at any time."""

EVENTS: tuple[ev.Event, ...] = (
    *(event for event, _ in MAKES.values()),
    ev.Spoke("m2", "I want to say more.", NOW, care=True),
    ev.Spoke("m3", "This was dealt with.", NOW, known=True),
    ev.Spoke("m4", "Before I agreed.", EARLIER - timedelta(days=1)),
    ev.Spoke("m5", "In its own box.", NOW, part=MINE),
    ev.Amended("m1", "I was furious.", NOW, part=MINE, known=True),
    ev.Amended("m6", "It came first.", NOW),
    ev.Amended("m7", None, NOW),
    ev.Finished(quiet=True),
    ev.Reminded(drafting=False),
    ev.Reminded(drafting=True),
    ev.OpeningCame(HERE, opened=False),
    ev.OpeningCame(NEXT, opened=True),
    ev.PutOff(None),
    ev.Chose({}),
    ev.Proposed("Getting heard"),
    ev.Confirmed(1),
    ev.Rewrote(MINE, "I was sad."),
    ev.Rewrote(MINE, None),
    ev.SaidBack(HERE, "Why?"),
    ev.ReadTurn(HERE, True),
    ev.AnsweredBack(HERE, "Because."),
    ev.Unsaid(HERE, answer=False),
    ev.Unsaid(HERE, answer=True),
    ev.AskedForCall("fay", "In the evening."),
    ev.WentAlone(True),
    ev.WentAlone(False),
    ev.NeedsNoCall("a call"),
    ev.WantsOn(True, HERE),
    ev.WantsOn(False, HERE),
    ev.Muted(True),
    ev.Wanted(CardKind.HELP),
    ev.Wanted(CardKind.WHY, HERE),
    *(ev.StandingChanged(standing, LATER) for standing in Standing),
    ev.TookBackAll(),
    ev.StandingChanged(Standing.PAUSED, LATER, exactly=True),
    ev.LessOften(2),
    ev.LessOften(1),
    ev.ChoseHours(Hours("Europe/Paris", time(8), time(12))),
    ev.Reached(),
    ev.Stray(),
)

KEEPS_WORDS = (ev.BeginPart, ev.Keep, ev.KeepWordsForMe, ev.Propose)
KIND_ANSWERS = {(), (ev.Send(CardKind.NOT_NOW),), (ev.Send(CardKind.BEFORE_CONSENT),)}
EVERYBODY = [someone(state, standing) for state, standing in product(State, Standing)]
"""Somebody in each state and standing."""

LEGAL = [(state, move) for state, moves in CONVERSATION.items() for move in moves]
ILLEGAL = [pair for pair in product(State, Move) if pair not in LEGAL]


def busy(c: Conversation) -> Conversation:
    """The same, with everything due that the clock could owe."""
    return replace(c, close_at=NOW, remind_at=NOW, resume_at=NOW, answered=True)


def name(pair: tuple[State, Move]) -> str:
    return f"{pair[0]}, {pair[1]}"


# ---- the tables by themselves


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_state_is_in_the_table_and_can_be_reached(table: tuple[Any, Any, Any, Any]) -> None:
    moves, states, _, first = table
    assert set(moves) == set(states)
    reached, ahead = {first}, [first]
    while ahead:
        for state in moves[ahead.pop()].values():
            if state not in reached:
                reached.add(state)
                ahead.append(state)
    assert reached == set(states)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_move_leads_where_the_table_says_or_is_refused_by_name(
    table: tuple[Any, Any, Any, Any],
) -> None:
    moves, states, kinds, _ = table
    for state, move in product(states, kinds):
        if move in moves[state]:
            assert after(moves, state, move) is moves[state][move]
        else:
            with pytest.raises(Conflict, match=f"“{move}” is not a move from “{state}”"):
                after(moves, state, move)
    assert {move for row in moves.values() for move in row} == set(kinds), "a move that nobody can make"


# ---- the engine follows the first table


def test_there_is_an_event_for_every_move_and_an_example_of_every_event() -> None:
    assert set(MAKES) == set(Move)
    assert {type(event) for event in EVENTS} == set(get_args(ev.Event))


@pytest.mark.parametrize("pair", LEGAL, ids=name)
def test_a_legal_move_leads_where_the_table_says(pair: tuple[State, Move]) -> None:
    state, move = pair
    event, needs = MAKES[move]
    outcome = step(someone(state, **needs), event, NOW)
    assert outcome.conversation.state is CONVERSATION[state][move]
    assert outcome != ev.Step(someone(state, **needs)), "nothing came of it"
    assert outcome.effects == () or outcome.effects not in KIND_ANSWERS, "it was refused"


@pytest.mark.parametrize("pair", ILLEGAL, ids=name)
def test_an_event_without_a_place_changes_nothing_and_is_answered_kindly(pair: tuple[State, Move]) -> None:
    state, move = pair
    event, needs = MAKES[move]
    c = someone(state, **needs)
    outcome = step(c, event, NOW)
    assert outcome.conversation == c
    allowed = ANY_TIME.get(move)
    if outcome.effects not in KIND_ANSWERS:
        assert allowed is not None
        assert all(isinstance(effect, allowed) for effect in outcome.effects)


def test_every_move_of_the_table_is_met_on_a_way_that_begins_with_an_invitation() -> None:
    met: set[tuple[State, Move]] = set()
    first = someone(State.INVITED)
    seen, ahead = {first}, [first]
    while ahead:
        c = ahead.pop()
        for move, (event, _) in MAKES.items():
            outcome = step(c, _now_of(event, c), NOW)
            # Each opening comes once: more than two unanswered are asked nothing, so they are not told apart.
            nxt = replace(outcome.conversation, unanswered=min(outcome.conversation.unanswered, 2))
            if outcome.effects in KIND_ANSWERS and nxt == c:
                continue
            assert nxt.state is c.state or nxt.state in CONVERSATION[c.state].values()
            if CONVERSATION[c.state].get(move) is nxt.state:
                met.add((c.state, move))
            if nxt not in seen:
                seen.add(nxt)
                ahead.append(nxt)
    assert met == set(LEGAL)


def _now_of(event: ev.Event, c: Conversation) -> ev.Event:
    """An opening is of the round that somebody is in, and they are told of it."""
    return (
        replace(event, round=c.round, told=True) if isinstance(event, ev.OpeningCame) and c.round else event
    )


def test_no_event_leads_past_the_table() -> None:
    for c, event in product(EVERYBODY, EVENTS):
        nxt = step(c, event, NOW).conversation
        assert nxt.state is c.state or nxt.state in CONVERSATION[c.state].values(), (c.state, event)


def test_who_somebody_is_and_whom_they_are_paired_with_changes_with_no_event() -> None:
    for c, event in product(EVERYBODY, EVENTS):
        nxt = step(c, event, NOW).conversation
        for each in ("tenant", "person", "version", "programme", "pair", "partner", "challenge"):
            assert getattr(nxt, each) == getattr(c, each)


def test_a_step_is_the_same_each_time_and_leaves_what_it_was_given_as_it_was() -> None:
    for c, event in product([*EVERYBODY, *map(busy, EVERYBODY)], EVENTS):
        given = deepcopy((c, event))
        assert step(c, event, NOW) == step(c, event, NOW)
        assert (c, event) == given


# ---- what holds in every state and standing


@pytest.mark.parametrize("c", EVERYBODY, ids=lambda c: f"{c.state}, {c.standing}")
def test_stop_works_from_everywhere(c: Conversation) -> None:
    outcome = step(busy(c), ev.StandingChanged(Standing.STOPPED), NOW)
    if c.standing is Standing.LEFT:
        assert outcome == ev.Step(busy(c), (ev.Send(CardKind.LEFT),)), (
            "whoever has left is as silent as can be"
        )
        return
    assert outcome.conversation == replace(busy(c), standing=Standing.STOPPED, resume_at=None)
    assert outcome.effects == (ev.Send(CardKind.STOPPED),)


@pytest.mark.parametrize("state", State)
def test_a_pause_that_changes_nothing_is_answered_with_how_things_stand(state: State) -> None:
    pause = ev.StandingChanged(Standing.PAUSED, LATER)
    stopped = someone(state, Standing.STOPPED)
    assert step(stopped, pause, NOW) == ev.Step(stopped, (ev.Send(CardKind.STOPPED, STILL),))
    for until in (LATER - timedelta(days=1), LATER, LATER + timedelta(days=30)):
        c = someone(state, Standing.PAUSED, resume_at=until)
        outcome = step(c, pause, NOW)
        assert outcome.effects == (ev.Send(CardKind.PAUSED, STILL),)
        assert outcome.conversation == replace(c, resume_at=max(until, LATER))
    endless = someone(state, Standing.PAUSED, resume_at=None)
    assert step(endless, pause, NOW).conversation == endless


@pytest.mark.parametrize("state", State)
def test_a_day_that_was_chosen_ends_a_pause_exactly_then_and_never_a_stop(state: State) -> None:
    back = ev.StandingChanged(Standing.PAUSED, LATER, exactly=True)
    for standing, until in product(
        (Standing.ACTIVE, Standing.SILENT, Standing.PAUSED),
        (None, LATER - timedelta(days=1), LATER + timedelta(days=30)),
    ):
        c = someone(state, standing, resume_at=until)
        outcome = step(c, back, NOW)
        assert outcome.conversation == replace(c, standing=Standing.PAUSED, resume_at=LATER)
        assert outcome.effects == (ev.Send(CardKind.PAUSED),)
        assert step(outcome.conversation, back, NOW).conversation == outcome.conversation
    stopped = someone(state, Standing.STOPPED)
    assert step(stopped, back, NOW) == ev.Step(stopped, (ev.Send(CardKind.STOPPED, STILL),))


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("state", [state for state in State if state not in BEFORE_CONSENT])
def test_how_often_can_be_chosen_at_any_time_and_ends_neither_a_pause_nor_a_stop(
    state: State, every: int
) -> None:
    about = {1: EVERY_WEEK, 2: LESS_OFTEN}[every]
    for standing in (Standing.ACTIVE, Standing.SILENT):
        outcome = step(someone(state, standing, resume_at=LATER), ev.LessOften(every), NOW)
        assert outcome == ev.Step(
            someone(state, every=every, unanswered=0), (ev.Send(CardKind.STARTED, about),)
        )
    paused = someone(state, Standing.PAUSED, resume_at=LATER)
    assert step(paused, ev.LessOften(every), NOW) == ev.Step(
        replace(paused, every=every, unanswered=0), (ev.Send(CardKind.PAUSED, about),)
    )
    for standing in SILENCED:
        silenced = someone(state, standing)
        assert step(silenced, ev.LessOften(every), NOW) == ev.Step(silenced)


@pytest.mark.parametrize("c", EVERYBODY, ids=lambda c: f"{c.state}, {c.standing}")
def test_hours_are_kept_from_everywhere_and_start_nobody_again(c: Conversation) -> None:
    hours = Hours("Europe/Paris", time(8), time(12))
    assert step(c, ev.ChoseHours(hours), NOW) == ev.Step(c, (ev.KeepHours(hours),))


@pytest.mark.parametrize("c", EVERYBODY, ids=lambda c: f"{c.state}, {c.standing}")
def test_help_comes_from_everywhere_and_changes_nothing(c: Conversation) -> None:
    assert step(c, ev.Wanted(CardKind.HELP), NOW) == ev.Step(c, (ev.Send(CardKind.HELP),))


def test_before_consent_no_event_keeps_a_word() -> None:
    for state, standing, event in product(BEFORE_CONSENT, Standing, EVENTS):
        effects = step(someone(state, standing), event, NOW).effects
        assert not any(isinstance(effect, KEEPS_WORDS) for effect in effects), (state, event)
        assert not any(isinstance(effect, ev.AskCall) and effect.how for effect in effects), (state, event)
        assert not any(isinstance(effect, ev.SayBack | ev.AnswerTurn) for effect in effects), (state, event)
        changed = [effect for effect in effects if isinstance(effect, ev.Rewrite | ev.Amend)]
        assert all(effect.text is None for effect in changed), "what is kept can be removed, and not changed"


def test_before_consent_nobody_is_let_see_more_and_all_can_be_taken_back() -> None:
    for state, standing, upward in product(BEFORE_CONSENT, Standing, Facilitators):
        for partner in (None, False, True):
            event = ev.Chose({MINE: ev.Choice(partner, upward)})
            (share,) = step(someone(state, standing), event, NOW).effects
            assert share == ev.Share(
                MINE, ev.Choice(False if partner is False else None, upward if upward == "no" else None)
            )
        assert ev.WithdrawAll() in step(someone(state, standing), ev.TookBackAll(), NOW).effects


AGREES = [state for state in State if Move.WITHDRAW in CONVERSATION[state]]


@pytest.mark.parametrize(("state", "standing"), list(product(AGREES, Standing)))
def test_agreement_is_withdrawn_from_everywhere_and_nothing_is_owed_or_asked_any_more(
    state: State, standing: Standing
) -> None:
    c = busy(someone(state, standing))
    outcome = step(c, ev.Withdrew(), NOW)
    then = outcome.conversation
    assert (then.state, then.agreed_at, then.close_at, then.remind_at) == (State.WITHDRAWN, None, None, None)
    assert then.standing is (Standing.ACTIVE if standing is Standing.SILENT else standing), (
        "a stop stays a stop"
    )
    assert then.resume_at == (None if standing is Standing.SILENT else c.resume_at)
    assert outcome.effects == (ev.WithdrawConsent(), ev.Send(CardKind.WITHDRAWN))
    for event in (ASKED, ev.Reminded(drafting=False), ev.OpeningCame(HERE, opened=False, last=True)):
        assert step(then, event, NOW).effects == ()
    in_a_round = replace(then, round=HERE)
    assert step(in_a_round, ev.OpeningCame(HERE, opened=False), NOW).conversation.over


def test_whoever_agrees_again_goes_on_with_what_was_asked_last_and_joins_nothing_twice() -> None:
    agreed = ev.Agreed("2", "These are the terms.", NOW, CardKind.NOT_OPENED)
    outcome = step(someone(State.WITHDRAWN), agreed, NOW)
    assert outcome.conversation == someone(State.WAITING, agreed_at=NOW)
    assert outcome.effects == (
        ev.Consent("2", "These are the terms."),
        ev.Send(CardKind.NOT_OPENED, HERE),
        ev.Send(CardKind.WAITING, HERE),
        ev.Send(CardKind.STARTED, AGAIN),
    )
    never_asked = step(someone(State.WITHDRAWN, round=None), replace(agreed, missed=None), NOW)
    assert [type(effect) for effect in never_asked.effects] == [ev.Consent, ev.Send]


def test_a_call_can_be_asked_for_from_everywhere_and_changes_nothing_else() -> None:
    for c in EVERYBODY:
        outcome = step(c, ev.AskedForCall("fay", "In the evening."), NOW)
        assert outcome.conversation == c
        assert [type(effect) for effect in outcome.effects] == [ev.AskCall, ev.Send]


def test_after_a_stop_no_event_keeps_a_new_word_or_asks_anything() -> None:
    asks = {CardKind.QUESTION, CardKind.FOLLOW_UP, CardKind.NUDGE, CardKind.LESS_OFTEN, CardKind.WHO_SEES}
    for state, event in product(State, EVENTS):
        if isinstance(event, ev.StandingChanged):
            continue
        c = busy(someone(state, Standing.STOPPED))
        outcome = step(c, event, NOW)
        assert outcome.conversation.standing is Standing.STOPPED
        assert not any(isinstance(effect, KEEPS_WORDS) for effect in outcome.effects), (state, event)
        assert not any(isinstance(e, ev.Send) and e.card in asks for e in outcome.effects), (state, event)


def test_only_starting_again_or_leaving_ends_a_stop() -> None:
    for state, event in product(State, EVENTS):
        if isinstance(event, ev.StandingChanged) and event.standing is not Standing.PAUSED:
            continue
        assert step(someone(state, Standing.STOPPED), event, NOW).conversation.standing is Standing.STOPPED


def test_whatever_the_clock_owes_is_owed_no_longer_once_it_has_come() -> None:
    """Else it would be due again at the next tick, and for ever."""
    for c in map(busy, EVERYBODY):
        for drafting in (False, True):
            assert step(c, ev.Reminded(drafting), NOW).conversation.remind_at is None
        ended = ev.StandingChanged(Standing.ACTIVE, told=False)
        stays = ev.StandingChanged(c.standing, told=False)
        event = ended if c.standing in (Standing.PAUSED, Standing.SILENT) else stays
        assert step(c, event, NOW).conversation.resume_at is None
        for part, rest, empty in product((0, 1), (False, True), (False, True)):
            closed = step(replace(c, part=part), ev.Finished(rest=rest, empty=empty, quiet=True), NOW)
            owes = closed.conversation.state is State.ANSWERING and closed.conversation.close_at == NOW
            assert not owes


def test_whoever_is_not_to_be_written_to_is_neither_asked_nor_reminded() -> None:
    for c in EVERYBODY:
        if c.standing is not Standing.ACTIVE:
            assert step(c, ASKED, NOW) == ev.Step(c)
            assert step(c, ev.Reminded(drafting=False), NOW).effects == ()


@pytest.mark.parametrize("state", [state for state in State if Move.ASK in CONVERSATION[state]])
def test_after_two_unanswered_the_third_question_is_not_asked(state: State) -> None:
    once = step(someone(state, unanswered=1), ASKED, NOW)
    assert once.effects == (ev.Send(CardKind.QUESTION, NEXT, proactive=True),)
    c = someone(state, unanswered=2)
    twice = step(c, ASKED, NOW)
    assert twice.effects == (ev.Send(CardKind.LESS_OFTEN, proactive=True),)
    silent = replace(c, standing=Standing.SILENT, resume_at=ASKED.silent_until, unanswered=0)
    assert twice.conversation == silent


def test_a_question_that_was_neither_answered_nor_skipped_counts_as_unanswered_at_its_opening() -> None:
    for state in State:
        if Move.OPENING in CONVERSATION[state]:
            c = step(someone(state), ev.OpeningCame(HERE, opened=False), NOW).conversation
            assert c.unanswered == (1 if state is State.ASKED else 0)
            assert c.over
