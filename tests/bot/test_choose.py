"""The next question follows from what both have seen, and from nothing else."""

import inspect
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.bank import Bank, Bridge, Depth, Question, Theme
from bot.questions.choose import (
    ENDING,
    NEAR,
    Asked,
    Because,
    Choice,
    another,
    bridge,
    choose,
    explain,
    speaks_of_challenge,
)


def question(theme: Theme, depth: Depth, number: int) -> Question:
    name = f"{theme.name.lower()}-{depth.name.lower()}-{number}"
    return Question(
        name, f"What about {name}?", theme, depth, f"Because of {name}.", ("What else?", "Who saw?")
    )


ALL = [question(theme, depth, number) for theme in Theme for depth in Depth for number in (1, 2)]
BANK = Bank(
    {q.id: q for q in ALL},
    {f"bridge-{n}": Bridge(f"bridge-{n}", f"What is between you, take {n}?") for n in range(3)},
)
IDS = [q.id for q in ALL]

themes = st.one_of(st.none(), st.sampled_from(Theme))
histories = st.lists(st.builds(Asked, st.sampled_from(IDS), st.booleans()), max_size=40)
keys = st.text(min_size=1, max_size=8)


def follow(theme: Theme | None, rounds: int, opened: bool = True, key: str = "pair") -> list[Choice]:
    """Ask so many rounds in a row, each chosen from those before."""
    asked: list[Asked] = []
    choices = []
    for number in range(rounds):
        choice = choose(BANK, theme=theme, asked=asked, round_key=f"{key}/{number}")
        choices.append(choice)
        asked.append(Asked(choice.question.id, opened))
    return choices


def test_the_modules_theme_comes_first() -> None:
    choice = choose(BANK, theme=Theme.TRUST, asked=[], round_key="one")
    assert choice.question.theme is Theme.TRUST
    assert choice.reason.because is Because.MODULE


def test_a_theme_begins_with_what_happened() -> None:
    for theme in Theme:
        assert choose(BANK, theme=theme, asked=[], round_key="one").question.depth is Depth.WHAT


def test_when_answers_open_each_question_goes_one_step_further_then_afresh() -> None:
    depths = [choice.question.depth for choice in follow(Theme.POWER, 6)]
    assert depths == [Depth.WHAT, Depth.SO_WHAT, Depth.NOW_WHAT] * 2


def test_when_nothing_opens_a_theme_stays_where_it_is() -> None:
    depths = [choice.question.depth for choice in follow(Theme.POWER, 2, opened=False)]
    assert depths == [Depth.WHAT, Depth.WHAT]


def test_a_step_that_has_run_out_is_passed_over_rather_than_dead_ended() -> None:
    depths = [choice.question.depth for choice in follow(Theme.POWER, 6, opened=False)]
    assert sorted(depths) == depths
    assert Counter(depths) == dict.fromkeys(Depth, 2)


def test_a_theme_with_nothing_left_gives_way_to_one_beside_it() -> None:
    choice = follow(Theme.POWER, 7)[-1]
    assert choice.question.theme in NEAR[Theme.POWER]
    assert choice.reason.because is Because.NEAR


def test_of_the_themes_beside_it_the_neglected_one_is_taken() -> None:
    used = [Asked(q.id, opened=True) for q in ALL if q.theme is Theme.POWER]
    first, second, third = NEAR[Theme.POWER]
    used += [Asked(next(q.id for q in ALL if q.theme is theme), opened=True) for theme in (first, third)]
    assert choose(BANK, theme=Theme.POWER, asked=used, round_key="one").question.theme is second


def test_without_a_module_every_theme_has_its_turn_before_any_comes_back() -> None:
    choices = follow(None, len(Theme) * 2)
    assert {choice.question.theme for choice in choices[: len(Theme)]} == set(Theme)
    assert set(Counter(choice.question.theme for choice in choices).values()) == {2}
    assert {choice.question.depth for choice in choices[len(Theme) :]} == {Depth.SO_WHAT}


def test_nothing_comes_back_until_the_whole_bank_has_been_asked() -> None:
    choices = follow(Theme.TIME, len(ALL) + 2)
    first, again = choices[: len(ALL)], choices[len(ALL) :]
    assert {choice.question.id for choice in first} == set(IDS)
    assert [choice.question.id for choice in again] == [choice.question.id for choice in first[:2]]
    assert {choice.reason.because for choice in again} == {Because.AGAIN}


def test_a_pair_without_a_confirmed_challenge_is_not_asked_about_it() -> None:
    choice = choose(BANK, theme=Theme.CHALLENGE, asked=[], round_key="one", challenge_confirmed=False)
    assert not speaks_of_challenge(choice.question)
    assert choice.reason.because is Because.NEAR
    assert "asked all" not in explain(choice)


def test_different_pairs_do_not_all_get_the_same_question() -> None:
    got = {choose(BANK, theme=None, asked=[], round_key=f"pair {n}").question.id for n in range(40)}
    assert len(got) > 10


@given(asked=histories, key=keys)
def test_the_last_question_looks_back_or_ahead_and_is_none_that_was_asked_while_there_is_another(
    asked: list[Asked], key: str
) -> None:
    choice = choose(BANK, theme=None, asked=asked, round_key=key, last=True)
    left = {q.id for q in ALL if q.theme in ENDING} - {each.question_id for each in asked}
    assert choice.question.theme in ENDING
    assert not left or choice.question.id in left
    assert (choice.reason.because is Because.LAST) == bool(left)
    said = "This one looks ahead." if choice.question.theme is Theme.NEXT else "This one looks back."
    assert not left or explain(choice).startswith(said)


def test_the_choice_has_no_way_to_learn_what_anybody_wrote() -> None:
    assert set(inspect.signature(choose).parameters) == {
        "bank",
        "theme",
        "asked",
        "round_key",
        "last",
        "seen",
        "challenge_confirmed",
    }
    assert set(Asked.__dataclass_fields__) == {"question_id", "opened"}


@given(themes, histories, keys, st.frozensets(st.sampled_from(IDS), max_size=30))
def test_no_question_is_put_twice_and_the_same_facts_give_the_same_choice(
    theme: Theme | None, asked: list[Asked], key: str, seen: frozenset[str]
) -> None:
    choice = choose(BANK, theme=theme, asked=asked, round_key=key, seen=seen)
    assert choice == choose(BANK, theme=theme, asked=asked, round_key=key, seen=seen)
    past = {one.question_id for one in asked} | seen
    assert choice.question.id not in past or past == set(IDS)


@given(themes, histories, keys)
def test_depth_never_jumps_a_step_that_still_has_a_question(
    theme: Theme | None, asked: list[Asked], key: str
) -> None:
    choice = choose(BANK, theme=theme, asked=asked, round_key=key)
    past = {one.question_id for one in asked}
    on_theme = [BANK.questions[one.question_id] for one in asked]
    depths = [q.depth for q in on_theme if q.theme is choice.question.theme]
    reached = depths[-1] if depths else 0
    for between in range(reached + 1, choice.question.depth):
        left = [
            q for q in ALL if q.theme is choice.question.theme and q.depth == between and q.id not in past
        ]
        assert not left


@given(themes, histories, keys)
def test_the_module_is_left_only_when_its_theme_has_run_out(
    theme: Theme | None, asked: list[Asked], key: str
) -> None:
    past = {one.question_id for one in asked}
    choice = choose(BANK, theme=theme, asked=asked, round_key=key)
    if theme and any(q.theme is theme and q.id not in past for q in ALL):
        assert choice.question.theme is theme
    else:
        assert choice.reason.because is not Because.MODULE


def test_a_history_may_hold_questions_that_have_left_the_bank() -> None:
    asked = [Asked("power-withdrawn-long-ago", opened=True)]
    assert choose(BANK, theme=Theme.POWER, asked=asked, round_key="one").question.depth is Depth.WHAT


def test_the_reason_is_told_in_plain_words_and_ends_with_the_questions_own() -> None:
    first, second, third, afresh = follow(Theme.POWER, 4)
    assert explain(first).startswith("The module is about power and decisions. It begins with what happened.")
    assert "Last time you were both asked what happened; this goes one step further." in explain(second)
    assert "Last time you were both asked what it means; this goes one step further." in explain(third)
    assert "It goes back to what happened." in explain(afresh)
    assert all(explain(c).endswith(c.question.why) for c in (first, second, third, afresh))


@given(themes, histories, keys)
def test_no_reason_says_whether_anybody_shared(theme: Theme | None, asked: list[Asked], key: str) -> None:
    choice = choose(BANK, theme=theme, asked=asked, round_key=key)
    told = explain(choice).replace(Theme.CHALLENGE.value, "it")
    assert not any(word in told.lower() for word in ("opened", "shared", "answered", "wrote", "!"))
    assert "  " not in told


def test_another_question_stays_on_its_theme_and_no_deeper() -> None:
    instead = question(Theme.POWER, Depth.SO_WHAT, 1)
    got = another(BANK, instead_of=instead, seen={instead.id}, round_key="one")
    assert got is not None
    assert (got.theme, got.depth) == (Theme.POWER, Depth.SO_WHAT)
    then = another(BANK, instead_of=got, seen={instead.id, got.id}, round_key="one")
    assert then is not None
    assert (then.theme, then.depth) == (Theme.POWER, Depth.WHAT)


@given(st.sampled_from(ALL), st.frozensets(st.sampled_from(IDS)), keys)
def test_another_question_is_never_one_they_have_seen(
    instead: Question, seen: frozenset[str], key: str
) -> None:
    got = another(BANK, instead_of=instead, seen=seen, round_key=key)
    left = {q.id for q in ALL if q.depth <= instead.depth} - seen - {instead.id}
    assert (got is None) == (not left)
    assert got is None or got.id in left


@pytest.mark.parametrize("confirmed", [True, False])
def test_another_question_knows_whether_there_is_a_challenge(confirmed: bool) -> None:
    instead = question(Theme.CHALLENGE, Depth.WHAT, 1)
    got = another(BANK, instead_of=instead, seen=(), round_key="one", challenge_confirmed=confirmed)
    assert got is not None
    assert speaks_of_challenge(got) is confirmed


def test_bridges_take_turns() -> None:
    used: list[str] = []
    for number in range(6):
        used.append(bridge(BANK, used=used, round_key=f"round {number}").id)
    assert set(used[:3]) == set(BANK.bridges)
    assert used[3:] == used[:3]


def test_every_theme_has_neighbours_and_is_not_its_own() -> None:
    assert set(NEAR) == set(Theme)
    assert all(theme not in beside and len(set(beside)) == 3 for theme, beside in NEAR.items())
