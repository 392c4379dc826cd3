"""The documentation says what the code does: whatever it names is there, and members can read what is theirs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from adapters.cli import app as commands
from adapters.settings import Settings
from adapters.slack.server import SlackApp
from adapters.wiring import serve_app
from bot.questions.wording import reading_grade, sentences, words
from docs.draw import PAGE, drawn
from docs.flows import drawn as flows_drawn
from docs.flows import page as flows_page
from storage.crypto import KeyRing
from tests.adapters.service import routes
from tests.reading import prose, syllables

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GUIDES = [page for page in PAGES if page.parent.name in ("guides", "governance")]
PROMISE = DOCS / "guides" / "promise.md"
HEAVY = 150_000
"""Bytes: a picture that is heavier is slow to load where connections are."""

_CODE = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^    (alongside .+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_FILE = re.compile(r"[\w-][\w./-]*/(?:[\w-]+\.(?:py|md|toml|csv|txt|html|webp))?")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_QUOTED = re.compile(r"“([^”]+)”")


def test_the_diagrams_are_drawn_from_the_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "stateDiagram-v2" in page
    assert drawn(page) == page, "run: python -m docs.draw"


def test_the_picture_of_the_flows_is_drawn_from_its_table() -> None:
    page = flows_page().read_text(encoding="utf-8")
    assert "flowchart" in page
    assert flows_drawn(page) == page, "run: python -m docs.flows"


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
    assert len(words(PROMISE.read_text(encoding="utf-8"))) <= 610


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_the_guides_never_raise_their_voice_or_label_anybody(page: Path) -> None:
    text = re.sub(r"!\[|<!--", "", page.read_text(encoding="utf-8"))
    assert re.findall(r"(?i)!|\b(?:patients?|carers?|service users?|clients?|vulnerable)\b", text) == []


# ---- what the pages name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_that_is_named_can_be_given(page: Path) -> None:
    assert {said: fault for said in _commands(page) if (fault := _fault_of(said))} == {}


def test_a_command_that_is_none_would_be_found() -> None:
    assert _fault_of("alongside people export")
    assert _fault_of("alongside serve --dry-run")
    assert not _fault_of('alongside erase "Ada Lovelace" --yes')


def test_every_page_path_that_is_named_is_a_route() -> None:
    given = ("sqlite:///:memory:", KeyRing.of([bytes(32)]), "127.0.0.1", 0, "")
    paths = routes(serve_app(Settings(*given, slack=SlackApp("", "s", client_id="1.2", client_secret="s"))))
    known = {re.sub(r"{[^}]*}", "…", path).rstrip("/") for path in paths}
    assert "/me/reflections" in known
    named = {
        said.rstrip("/") for page in PAGES for said in _codes(page) if re.fullmatch(r"/[a-z][\w/…{}-]*", said)
    }
    assert "/me/rhythm" in named
    # A decision names a path by its beginning.
    assert {said for said in named if not any(each in (said, f"{said}/…") for each in known)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = [to for to in _LINK.findall(text) if "://" not in to]
    assert [to for to in linked if not (page.parent / to).exists()] == []
    named = [said for said in _codes(page) if _FILE.fullmatch(said)]
    assert [said for said in named if not _is_there(said)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_to_a_heading_finds_it(page: Path) -> None:
    for to, heading in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        there = (page.parent / to if to else page).read_text(encoding="utf-8")
        slugs = [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in _HEADING.findall(there)]
        assert heading in slugs, f"{to}#{heading}"


def test_every_picture_is_shown_and_light() -> None:
    pictures = sorted((DOCS / "images").iterdir())
    shown = {
        (page.parent / to).resolve()
        for page in PAGES
        for to in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert [each.name for each in pictures if each.resolve() not in shown] == []
    assert [each.name for each in pictures if each.stat().st_size > HEAVY] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_what_the_guides_quote_is_said_by_the_product(page: Path) -> None:
    sources = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
    sources += (ROOT / "adapters" / "web" / "pages").iterdir()
    said = "\n".join(each.read_text(encoding="utf-8") for each in sources if each.is_file())
    quoted = {" ".join(each.split()) for each in _QUOTED.findall(page.read_text(encoding="utf-8"))}
    assert sorted(each for each in quoted if each.rstrip(".") not in said) == []


def _codes(page: Path) -> list[str]:
    return _CODE.findall(page.read_text(encoding="utf-8"))


def _commands(page: Path) -> Iterator[str]:
    yield from (said for said in _codes(page) if said.startswith("alongside "))
    for said in _BLOCK.findall(page.read_text(encoding="utf-8")):
        yield re.split(r"\s#|\s{3,}", said)[0].strip()


def _fault_of(said: str) -> str:
    """Why a command could not be given as it is written; nothing where it could."""
    at, found = typer.main.get_command(commands), shlex.split(said)[1:]
    while found and (inner := getattr(at, "commands", {})):
        if found[0] not in inner:
            return f"there is no {found[0]}"
        at = inner[found.pop(0)]
    options = {option for each in at.params for option in each.opts}
    return ", ".join(f"there is no {each}" for each in found if each.startswith("--") and each not in options)


def _is_there(said: str) -> bool:
    if said.startswith("."):
        return True  # made on first use
    ends = said.rstrip("/")
    places = (ROOT, ROOT / "bot", ROOT / "adapters", DOCS)
    return any((place / ends).exists() for place in places)
