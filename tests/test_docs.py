"""The documentation says what the code does, and members can read what is theirs."""

from pathlib import Path

from bot.questions.wording import reading_grade, sentences, words
from docs.draw import PAGE, drawn
from tests.reading import prose, syllables

DOCS = Path(__file__).parents[1] / "docs"
PROMISE = DOCS / "guides" / "promise.md"


def test_the_diagrams_are_drawn_from_the_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "stateDiagram-v2" in page
    assert drawn(page) == page, "run: python -m docs.draw"


# ---- what members read


def test_the_promise_can_be_read_at_eleven() -> None:
    text = prose(PROMISE.read_text(encoding="utf-8"))
    # Grade 6 is read by those who are eleven; no part of it may be harder than the whole is allowed to be.
    assert reading_grade(text, syllables) <= 6
    told = [part for part in text.splitlines() if len(words(part)) > 12]
    assert {part: grade for part in told if (grade := reading_grade(part, syllables)) > 6} == {}
    assert [each for each in sentences(text) if len(words(each)) > 20] == []


def test_the_promise_fits_on_one_printed_page() -> None:
    # Measured on A4 in 10.5 points of a wide letter, with margins of 15 mm.
    assert len(words(PROMISE.read_text(encoding="utf-8"))) <= 600
