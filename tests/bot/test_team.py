"""A team's round: its table walked, and what each event may and may not bring about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.conversation.state import after
from bot.errors import Conflict
from bot.group.choose import question_for, wanted
from bot.group.reflect import (
    OPEN_FOR,
    TEAM,
    Answered,
    Dropped,
    Ended,
    ForgetAnswer,
    KeepAnswer,
    Reply,
    Say,
    Says,
    Swapped,
    TeamEvent,
    TeamMove,
    TeamRound,
    TeamState,
    TellAuthors,
    TookBack,
    Unposted,
    Used,
    step,
)
from bot.model import Account, Platform
from bot.questions.bank import Bank, Theme
from prompts.bank import load

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
STARTER, OTHER = Account(Platform.SLACK, "T1:UBEN"), Account(Platform.SLACK, "T1:UKIT")
PLACE = Account(Platform.SLACK, "T1:C1")
SHOWN = TeamRound(
    "t", "r", "g", STARTER, PLACE, "team-one", TeamState.SHOWN, NOW, due_at=NOW + timedelta(days=1)
)
WORDS = "What we never say."
EVENTS: dict[TeamMove, TeamEvent] = {
    TeamMove.ANOTHER: Swapped(STARTER, "team-one", "team-two"),
    TeamMove.USE: Used(STARTER),
    TeamMove.ANSWER: Answered(OTHER, False, WORDS),
    TeamMove.TAKE_BACK: TookBack(OTHER),
    TeamMove.CLOSE: Ended(STARTER),
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load()


def in_state(state: TeamState) -> TeamRound:
    due = NOW + OPEN_FOR if state in (TeamState.SHOWN, TeamState.ASKED) else None
    return replace(SHOWN, state=state, due_at=due)


@pytest.mark.parametrize(("state", "move"), list(product(TeamState, EVENTS)))
def test_every_event_makes_the_move_that_the_table_lists_or_changes_nothing(
    state: TeamState, move: TeamMove
) -> None:
    before = in_state(state)
    made = step(before, EVENTS[move], NOW)
    try:
        expected = after(TEAM, state, move)
    except Conflict:
        assert made.round is before
        assert made.effects == ()
        assert made.reply in (Reply.STRAY, Reply.LATE, Reply.STARTED)
    else:
        assert made.round.state is expected
        assert made.round.version == before.version + 1


def test_a_question_that_is_not_used_goes_and_one_that_is_asked_is_dropped_only_where_it_could_not_be_posted() -> (
    None
):
    for event in (Dropped(STARTER), Dropped()):
        assert step(SHOWN, event, NOW).round.state is TeamState.DROPPED
        for state in (TeamState.ASKED, TeamState.CLOSED, TeamState.DROPPED):
            assert step(in_state(state), event, NOW).round is not None
            assert step(in_state(state), event, NOW).effects == ()
    made = step(in_state(TeamState.ASKED), Unposted(), NOW)
    assert (made.round.state, made.round.due_at, made.effects) == (
        TeamState.DROPPED,
        None,
        (Say(Says.NOT_THERE),),
    )
    assert step(in_state(TeamState.CLOSED), Unposted(), NOW).effects == ()


@pytest.mark.parametrize(
    "event", [Swapped(OTHER, "team-one", "team-two"), Used(OTHER), Dropped(OTHER), Ended(OTHER)]
)
@pytest.mark.parametrize("state", list(TeamState))
def test_only_whoever_started_it_swaps_uses_drops_and_closes_it(state: TeamState, event: TeamEvent) -> None:
    before = in_state(state)
    assert step(before, event, NOW) == step(before, event, NOW)
    assert (step(before, event, NOW).round, step(before, event, NOW).reply) == (before, Reply.NOT_YOURS)


def test_a_question_that_is_used_takes_answers_for_a_day() -> None:
    used = step(SHOWN, Used(STARTER), NOW)
    assert (used.round.state, used.round.due_at) == (TeamState.ASKED, NOW + timedelta(hours=24))
    assert used.effects == (Say(Says.QUESTION),)
    again = step(used.round, Used(STARTER), NOW + timedelta(hours=1))
    assert (again.round, again.effects) == (used.round, ()), "pressed twice, it is asked once"


def test_the_same_press_of_another_swaps_once() -> None:
    once = step(SHOWN, EVENTS[TeamMove.ANOTHER], NOW).round
    assert (once.question, once.passed) == ("team-two", ("team-one",))
    assert step(once, EVENTS[TeamMove.ANOTHER], NOW).round is once
    assert step(once, Swapped(STARTER, "team-two", ""), NOW).reply is Reply.NO_OTHER


def test_until_the_close_an_answer_says_nothing_to_anybody() -> None:
    asked = in_state(TeamState.ASKED)
    kept = step(asked, Answered(OTHER, True, WORDS), NOW)
    assert kept.effects == (KeepAnswer(OTHER, True, WORDS),)
    taken = step(asked, TookBack(OTHER), NOW)
    assert taken.effects == (ForgetAnswer(OTHER),)


def test_at_the_close_everything_appears_at_once_and_each_author_is_told() -> None:
    for event in (Ended(STARTER), Ended()):
        closed = step(in_state(TeamState.ASKED), event, NOW)
        assert (closed.round.state, closed.round.due_at) == (TeamState.CLOSED, None)
        assert closed.effects == (Say(Says.QUESTION), Say(Says.ANSWERS), TellAuthors())


def test_what_comes_after_the_moment_is_late_also_where_the_clock_is() -> None:
    for late in (in_state(TeamState.CLOSED), in_state(TeamState.ASKED)):
        made = step(late, Answered(OTHER, False, WORDS), NOW + OPEN_FOR)
        assert (made.reply, made.effects) == (Reply.LATE, ())


def test_what_is_taken_back_after_the_close_goes_from_where_it_stands() -> None:
    made = step(in_state(TeamState.CLOSED), TookBack(OTHER), NOW)
    assert made.effects == (ForgetAnswer(OTHER), Say(Says.ANSWERS), TellAuthors())


def test_no_repr_of_an_event_or_an_effect_holds_words() -> None:
    event = Answered(OTHER, False, WORDS)
    assert WORDS not in repr(event)
    assert WORDS not in repr(step(in_state(TeamState.ASKED), event, NOW))


# ---- what is asked


@pytest.mark.parametrize(
    ("text", "theme"),
    [("", None), ("trust", Theme.TRUST), (" Power ", Theme.POWER), ("trsut", Theme.TRUST)],
)
def test_a_theme_is_known_by_its_name_also_where_it_is_misspelt(text: str, theme: Theme | None) -> None:
    found = wanted(text)
    assert (found.theme, found.own, found.unclear) == (theme, "", False)


def test_a_theme_is_known_by_its_whole_name_too() -> None:
    assert {wanted(theme.value).theme for theme in Theme} == set(Theme)


def test_whatever_is_longer_is_a_question_of_their_own_to_the_letter() -> None:
    assert wanted("What did we  not say?").own == "What did we not say?"
    assert wanted("Why?").own == "Why?"
    assert wanted("weather").unclear


def test_a_channel_is_not_asked_the_same_again_as_long_as_there_is_another(bank: Bank) -> None:
    asked: list[str] = []
    for _ in bank.teams:
        found = question_for(bank, theme=None, asked=asked, passed=(), key="r")
        assert found is not None
        assert found.id not in asked
        asked.append(found.id)
    assert question_for(bank, theme=None, asked=asked, passed=(), key="r") is not None
    assert question_for(bank, theme=Theme.TRUST, asked=asked, passed=asked, key="r") is None
