"""The keepsake as a file: it sets what people write, and says so where it cannot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from logging import DEBUG

import pytest
from pypdf import PdfReader

from adapters.web.keepsake_pdf import BEYOND, settable, typeset
from bot.cards.keepsake import NOTHING, keepsake
from bot.conversation.state import State
from bot.messages import Card
from bot.model import Sharing
from bot.view import Heard, MemberView, Turn
from tests.views import AFTER, OPENS, PARTNERS, answer, opened_round, prompts, view

KNOWN = frozenset(map(ord, "abcdefghijklmnopqrstuvwxyz., Éé1"))


def with_words(mine: str, theirs: str, *turns: Turn, rounds: int = 1) -> tuple[MemberView, Sequence[Card]]:
    seen = view(State.IDLE)
    found = [
        opened_round(
            id=f"{number:032d}",
            pair=seen.conversation.pair,
            opens_at=OPENS + timedelta(days=7 * number),
            written=(answer(text=mine, sharing=Sharing(partner=True), opened=True),),
            heard=(Heard(0, theirs),),
            turns=turns,
        )
        for number in range(rounds)
    ]
    seen = replace(seen, rounds={each.id: each for each in found})
    return seen, keepsake(seen, prompts())


def text_of(file: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages)


def in_one_line(file: bytes) -> str:
    return " ".join(text_of(file).split())


@pytest.mark.parametrize(
    "words",
    [
        "Größe, naïve, Łódź, ’tis “so” — and…",
        "Привет, как дела?",
        "Καλημέρα κόσμε",
        "{nb} **bold** <b>&amp;</b>",
    ],
)
def test_words_of_many_scripts_stand_there_to_the_letter(words: str) -> None:
    read = text_of(typeset(*with_words(words, PARTNERS), AFTER))
    assert words in read
    assert BEYOND not in read


def test_arabic_is_set_and_runs_from_the_right() -> None:
    file = typeset(*with_words("مرحبا", PARTNERS), AFTER)
    begins: list[float] = []

    def seen(text: str, _cm: object, tm: Sequence[float], _font: object, _size: float) -> None:
        if _arabic(text):
            begins.append(tm[4])

    read = PdfReader(BytesIO(file)).pages[0].extract_text(visitor_text=seen)
    assert _arabic(read) == "مرحبا"
    assert begins, "it stands nowhere"
    assert min(begins) > 200, "it stands at the left edge of its column, as English does"
    assert BEYOND not in read


def _arabic(text: str) -> str:
    return "".join(sign for sign in text if "\u0600" <= sign <= "\u06ff")


def test_what_no_typeface_can_show_is_said_and_nothing_of_it_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(DEBUG):
        read = in_one_line(typeset(*with_words("Well 🙂 then, שלום עולם.", "你好"), AFTER))
    assert "Well [slightly smiling face] then," in read
    assert read.count("[words in another script]") == 2
    assert BEYOND in read
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        ("a 👍🏽 b", "a [thumbs up sign] b"),
        ("a\ufe0f\u0000b\tc\nd", "ab c\nd"),
        ("שלום, עולם", "[words in another script]"),
        ("e\u0301", "é"),
        ("1\ufe0f\u20e3", "1"),
        ("\ue000", "[a sign]"),
        ("\ud800.", "[a sign]."),
    ],
)
def test_a_sign_becomes_its_name_and_a_script_one_bracket(written: str, set_as: str) -> None:
    assert settable(written, KNOWN | {10}) == set_as


def test_long_words_and_long_answers_go_on_over_pages_on_both_sides() -> None:
    seen, cards = with_words("x" * 4000, "\n\n".join(f"Line {n} of many." for n in range(200)))
    read = text_of(typeset(seen, cards, AFTER))
    assert read.count("x") >= 4000
    assert all(f"Line {n} of many." in read for n in range(200))


def test_it_is_the_same_file_all_day_and_holds_what_was_said_back() -> None:
    said = (Turn(True, "Where did they go?", True, "To staff."), Turn(False, None, True))
    seen, cards = with_words("I was there.", PARTNERS, *said, rounds=2)
    file = typeset(seen, cards, AFTER)
    assert file == typeset(seen, cards, AFTER + timedelta(hours=1))
    assert "Amara asked\nWhere did they go?\nBen answered\nTo staff." in text_of(file)
    assert PdfReader(BytesIO(file)).metadata.title == "What opened for the two of you"  # type: ignore[union-attr]


def test_an_empty_one_is_short_and_says_so() -> None:
    assert NOTHING[1] in text_of(typeset(view(State.IDLE), (), AFTER))
