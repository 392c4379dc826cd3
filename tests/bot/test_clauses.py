"""Where an answer is cut. A bar stands between clauses; every clause is an exact piece of the answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.clauses import split, with_tail
from bot.conversation.grammar import normalise
from prompts.followups import load

_, LEXICON = load()


def cut(answer: str) -> str:
    return " | ".join(answer[slice(*clause.span)] for clause in split(answer, LEXICON).clauses)


@pytest.mark.parametrize(
    ("answer", "clauses"),
    [
        ("I chair it, and I am ashamed of the minutes.", "I chair it | I am ashamed of the minutes"),
        ("We asked the community and the trust", "We asked the community and the trust"),
        ("I went home and cried", "I went home and cried"),
        ("I asked and they left", "I asked | they left"),
        ("My partner and I were late", "My partner and I were late"),
        ("She and I were late", "She and I were late"),
        ("He read it as if it were his and I let it go", "He read it as if it were his | I let it go"),
        ("I was calm but she was not", "I was calm | she was not"),
        (
            "I was angry, hurt and a bit ashamed. It rained.",
            "I was angry, hurt and a bit ashamed | It rained",
        ),
        ("I was angry, and we left", "I was angry | we left"),
        ("Well, you know, I was cross though", "I was cross"),
        ("I think he is afraid", "I think he is afraid"),
        ("It took a while and we left", "It took a while | we left"),
        ("the patients' group met — I waited", "the patients' group met | I waited"),
        ("so I said “why” (twice)", "I said | why | twice"),
        ("I was sad😡then home", "I was sad | home"),
        ("", ""),
        ("and so, um", ""),
    ],
)
def test_an_answer_is_cut_where_a_listener_would_breathe(answer: str, clauses: str) -> None:
    assert cut(answer) == clauses


def test_dictated_words_are_cut_before_a_pronoun_but_not_after_what_binds_it() -> None:
    spoken = (
        "the meeting ran over again we waited in the corridor and she said he was late that day I was cross"
    )
    assert cut(spoken) == (
        "the meeting ran over again | we waited in the corridor | she said he was late that day I was cross"
    )


def test_a_reason_that_hangs_on_a_clause_can_be_taken_with_it_unless_it_goes_on() -> None:
    answer = "I was cross because nobody rang. I was cross because nobody rang and I waited."
    reading = split(answer, LEXICON)
    first, reason, second, half, *_ = reading.clauses
    together = with_tail(reading, first, reason)
    assert together is not None
    assert answer[slice(*together.span)] == "I was cross because nobody rang"
    assert with_tail(reading, second, half) is None


def test_words_in_quotation_marks_and_pasted_lines_are_not_the_writers_own() -> None:
    answer = "She wrote “I am cross”. I am not.\n> I am livid"
    borrowed = [answer[slice(*c.span)] for c in split(answer, LEXICON).clauses if c.borrowed]
    assert borrowed == ["I am cross", "I am livid"]


def test_a_question_is_known_as_one() -> None:
    assert [clause.asked for clause in split("I was cross, you say? I was.", LEXICON).clauses] == [
        True,
        True,
        False,
    ]


def test_curly_missing_and_straight_apostrophes_are_one_word() -> None:
    assert {normalise(word) for word in ("dont", "Don’t", "don't", "DON'T")} == {"don't"}


@given(st.text(alphabet=st.sampled_from("I was cross, and. “”'’\n\x00😡é\u0301ש?-")))
@settings(deadline=None)
def test_clauses_are_in_order_inside_the_answer_and_do_not_overlap(answer: str) -> None:
    end = 0
    for clause in split(answer, LEXICON).clauses:
        assert end <= clause.span[0] < clause.span[1] <= len(answer)
        end = clause.span[1]
