"""The documentation says what the code does."""

from docs.draw import PAGE, drawn


def test_the_diagrams_are_drawn_from_the_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "stateDiagram-v2" in page
    assert drawn(page) == page, "run: python -m docs.draw"
