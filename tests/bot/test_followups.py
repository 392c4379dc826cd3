"""What the bot asks after an answer. The answers in golden/followups.txt are invented.

Read the golden file by eye after every change: `python -m tests.bot.test_followups` writes it anew.
"""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.followups import FollowUp, choose, worded
from bot.questions.bank import Depth, Question, Theme
from bot.questions.rules import Kind, faults
from prompts.followups import FaultyFollowUps, load, parse

FRAMES, LEXICON = load()
GOLDEN = Path(__file__).parent.parent / "golden" / "followups.txt"
QUESTION = Question(
    id="held-back",
    text="What did you last hold back in front of them?",
    theme=Theme.TRUST,
    depth=Depth.WHAT,
    why="",
    followups=("What did it keep safe?", "What did they hear instead?"),
)


def ask(
    answer: str, *, names: frozenset[str] = frozenset({"Priya"}), recent: tuple[str, ...] = (), row: int = 0
) -> FollowUp:
    return choose(
        answer,
        QUESTION,
        lexicon=LEXICON,
        frames=FRAMES,
        names=names,
        recent=recent,
        quoted_in_a_row=row,
        key=answer,
    )


def quote(answer: str) -> str:
    span = ask(answer).quote
    return "" if span is None else answer[slice(*span)]


def write_golden(text: str) -> str:
    """The golden file with every question made anew; the answers are the lines that begin with '> '."""
    written = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line for line in block.splitlines() if line.startswith("> ")]
        answer = "\n".join(line[2:] for line in lines)
        asked = ask(answer)
        written.append("\n".join([*lines, worded(asked, answer) if asked.quote else "(bank)"]))
    return "\n\n".join(written) + "\n"


# (the answer, what is quoted, the question when its other frames were asked lately)
EXAMPLES = [
    ("The meeting ran over again. I was furious.", "I was furious", "A.3"),
    ("I chair it, and I am ashamed of the minutes.", "I am ashamed of the minutes", "A.2"),
    ("im new there and i feel small next to her folders", "i feel small next to her folders", "A.1"),
    ("Three emails, no reply. She doesn't want me in that room.", "She doesn't want me in that room", "B.1"),
    (
        "I think he is afraid of his own board. He checks every word.",
        "I think he is afraid of his own board",
        "B.2",
    ),
    ("My team is stretched, and I have to keep the peace.", "I have to keep the peace", "C.1"),
    ("We are supposed to speak with one voice. We don't.", "We are supposed to speak with one voice", "C.4"),
    ("I must be the reasonable one, every month.", "I must be the reasonable one", "C.5"),
    ("I went along, and I had to translate for everybody.", "I had to translate for everybody", "C.3"),
]


@pytest.mark.parametrize(("answer", "quoted", "frame"), EXAMPLES)
def test_the_person_s_own_words_are_quoted_with_a_question_that_fits(
    answer: str, quoted: str, frame: str
) -> None:
    others = tuple(key for key in FRAMES.by_key if key != frame and key[0] == frame[0])
    found = ask(answer, recent=others[-6:])
    assert found.key == frame
    assert worded(found, answer) == f"You wrote “{quoted}”. {FRAMES.by_key[frame].text}"


def test_the_golden_answers_get_the_questions_that_were_read_and_kept() -> None:
    text = GOLDEN.read_text("utf-8")
    assert write_golden(text) == text


def test_every_question_about_a_persons_own_words_passes_the_rules_of_all_questions() -> None:
    for block in GOLDEN.read_text("utf-8").strip().split("\n\n"):
        *lines, asked = block.splitlines()
        if asked != "(bank)":
            answer = "\n".join(line[2:] for line in lines)
            assert not faults(asked, kind=Kind.MADE, answer=answer), asked


LEFT_ALONE = [
    "Furious.",
    "I was not furious.",
    "I was furious about it? Not me, ever.",
    "They wrote “I was furious about the minutes” and I let it stand.",
    "If I was furious I hid it well enough that day.",
    "I have never been so furious as they say I was.",
    "I was furious with Priya about the minutes of last week.",
    "She said she was late. I was bloody furious about it.",
    "My mum came too and I was furious with her all evening.",
    "Could you ask me something else, I was furious.",
    "I am afraid that is not how I remember it at all.",
    "We came in a taxi and I have to take my tablets at two.",
    "It is late and I have to go to bed now.",
    "I was furious 10 times over that day and more.",
    "He asked. He said they don't trust us with money.",
    "Look at the diagnosis they gave me, I was furious.",
]


@pytest.mark.parametrize("answer", LEFT_ALONE)
def test_what_is_denied_borrowed_exposed_or_spoken_to_the_bot_is_not_quoted(answer: str) -> None:
    assert ask(answer).quote is None


def test_a_quote_is_followed_by_the_banks_own_after_two_in_a_row() -> None:
    answer = EXAMPLES[0][0]
    assert ask(answer, row=1).quote is not None
    assert ask(answer, row=2).key in ("held-back#1", "held-back#2")


def test_a_question_is_not_asked_again_within_six_and_then_the_least_recent_comes_first() -> None:
    answer = EXAMPLES[0][0]
    assert ask(answer, recent=("A.2", "A.3")).quote is None
    others = ("B.1", "C.1", "B.2", "C.2", "C.3", "C.4")
    assert ask(answer, recent=("A.2", "A.3", *others)).key == "A.2"
    assert ask(answer, recent=("A.3", "A.2", *others)).key == "A.3"


def test_the_bank_gives_its_other_follow_up_when_one_was_asked() -> None:
    assert ask("Fine.", recent=("held-back#1",)).key == "held-back#2"
    assert ask("Fine.", recent=("held-back#2", "held-back#1")).key == "held-back#2"
    assert worded(ask("Fine.", recent=("held-back#1",)), "Fine.") == QUESTION.followups[1]


def test_names_are_kept_out_whole_or_in_part_and_in_small_letters() -> None:
    answer = "Long day. I was furious about the harbour plan."
    assert ask(answer).quote is not None
    assert ask(answer, names=frozenset({"Harbour Leaders"})).quote is None
    assert ask(answer, names=frozenset({"The Plan of Plans"})).quote is None


def test_faulty_words_are_refused_with_every_fault_named() -> None:
    frame = {"key": "A.1", "text": "Really? No?", "signals": ["rage"]}
    with pytest.raises(
        FaultyFollowUps, match=r"one question of.*\['rage'\].*no frame for.*missing.*more: unknown"
    ):
        parse({"frame": [frame], "words": {"more": ["x"], "topics": ["Ill"]}})


OPENINGS = ["Long day. ", "We met, and ", "It rained but ", "Honestly ", "so ", ""]
CORES = [core for _, core, _ in EXAMPLES] + [
    "I was angry, hurt and a bit ashamed",
    "We got annoyed over the form",
]
ENDINGS = [
    ". It rained.",
    ", and then we went home",
    " and we left it there",
    " because nobody rang",
    "",
    "! No.",
    " today",
]
ANSWERS = st.builds(lambda *parts: "".join(parts), *map(st.sampled_from, (OPENINGS, CORES, ENDINGS)))
FEELINGS = [core for core in CORES if re.match(r"(i|we) (was|am|feel|got) (?!supp)", core.lower())]


@given(ANSWERS, st.sampled_from([frozenset[str](), frozenset({"Ann Form"}), frozenset({"PEACE", "board"})]))
@settings(deadline=None)
def test_a_quote_is_an_exact_piece_of_at_most_twelve_words_without_a_name(
    answer: str, names: frozenset[str]
) -> None:
    found = ask(answer, names=names)
    assert found == ask(answer, names=names)
    if found.quote is not None:
        start, end = found.quote
        assert worded(found, answer) == f"You wrote “{answer[start:end]}”. {found.text}"
        assert len(answer[start:end].split()) <= 12
        for name in " ".join(names).lower().split():
            assert name not in answer[start:end].lower().split()
    assert worded(found, answer).count("?") == 1


@given(ANSWERS)
@settings(deadline=None)
def test_an_if_after_the_quoted_words_takes_the_quote_away(answer: str) -> None:
    span = ask(answer).quote
    if span is not None:
        rest = re.sub(r"\w+", "if", answer[span[1] :], count=1)
        changed = answer[: span[1]] + rest + ("" if "if" in rest else " if they ask")
        assert ask(changed).quote != span


@given(st.sampled_from(OPENINGS), st.sampled_from(FEELINGS), st.sampled_from(ENDINGS), st.integers(0, 12))
@settings(deadline=None)
def test_a_not_before_the_feeling_never_keeps_a_question_about_it(
    opening: str, core: str, ending: str, at: int
) -> None:
    words = core.split()
    for negation in ("not", "never", "no longer", "hardly"):
        place = min(at, 3)
        changed = " ".join([*words[:place], negation, *words[place:]])
        answer = opening + changed + ending
        assert not ask(answer).key.startswith("A."), answer


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_gets_one_question(text: str) -> None:
    found = ask(text)
    assert found.text.count("?") == 1


@given(
    st.lists(
        st.sampled_from(
            [*CORES, "😡", "\u202eאני", "\x00", "e\u0301", "’", "“", "_", "\n", "?", ",", "2", "if"]
        )
    )
)
@settings(deadline=None)
def test_words_among_rubble_are_quoted_exactly_or_not_at_all(pieces: list[str]) -> None:
    answer = " ".join(pieces)
    span = ask(answer).quote
    assert span is None or answer[slice(*span)].strip() == answer[slice(*span)] != ""


@pytest.mark.parametrize(
    "text",
    [
        "I was furious, and I have to keep the peace. " * 2300,
        "i was furious and " * 5800,
        "a" * 100_000,
        "“'(" * 33_000,
        "\x00 " * 50_000,
        "I was " * 17_000,
        "angry, " * 15_000,
    ],
)
def test_a_hundred_kilobytes_are_read_in_a_moment(text: str) -> None:
    started = time.process_time()
    ask(text)
    assert time.process_time() - started < 0.2


if __name__ == "__main__":
    GOLDEN.write_text(write_golden(GOLDEN.read_text("utf-8")), "utf-8")
