"""`python -m docs.pictures`: takes the pictures of the documentation from a demo of its own.

A member's pages are taken as wide as a phone, where they are mostly read; a facilitator's as wide as a desk.
"""

import base64
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

from tests.browser import ARGUMENTS, find
from tests.e2e.demo import Demo, free_port
from tests.e2e.people import FACILITATOR, ONE, TWO, Person

IMAGES = Path(__file__).parent / "images"
STAGE = ViewportSize(width=1360, height=900)
PHONE, DESK = ViewportSize(width=390, height=780), ViewportSize(width=820, height=900)
QUALITY = 88
"""Of WebP: letters stay clean, and a page is a third of what it would be as PNG."""


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder), free_port())
        demo.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
                _take_stage(browser, demo)
                demo.move("start-over")
                _take_guides(browser, demo)
                browser.close()
        finally:
            demo.kill()


def _take_stage(browser: Browser, demo: Demo) -> None:
    """The picture of the README: all three pages side by side, just after an opening."""
    page = browser.new_page(viewport=STAGE, color_scheme="light")
    page.goto(demo.address)
    pair = [Person(name, page, pane=True, live=True) for name in (ONE, TWO)]
    for person, text in zip(pair, ANSWERS, strict=True):
        _answer(person, text)
        _share(person, facilitators="No")
    page.get_by_role("button", name="Opening").click()
    for person in pair:
        person.place.locator("#now").get_by_text("Your partner’s words").wait_for()
    _shoot(page, "stage", {"x": 0, "y": 0, **STAGE})
    page.close()


def _take_guides(browser: Browser, demo: Demo) -> None:
    """One round of the same pair, page by page."""
    one, two, facilitator = _at_their_pages(browser, demo)
    _picture(one, "question")
    _answer(one, ANSWERS[0])
    _picture(one, "who-sees", end=".always")
    _answer(two, ANSWERS[1])
    for person in (one, two):
        _share(person, facilitators="Yes, with my name")
    demo.move("opening")
    one.reload()
    one.sees("Your partner’s words")
    _picture(one, "opening", end=".always")
    one.page.goto(f"{demo.address}/one/rhythm")
    _picture(one, "when-i-write", end=".always")
    demo.move("digest")
    facilitator.reload()
    facilitator.reads("What pairs chose to tell you")
    _picture(facilitator, "weekly-page", end="footer")
    facilitator.page.goto(f"{demo.address}/facilitator/programme")
    _picture(facilitator, "programme", end="footer")
    one.open(demo.address)
    one.press("Help")
    one.press("I would like a call")
    _picture(one, "call", start="#now", end=".always")
    one.choose("Who should call you?", "Anna Lindqvist")
    one.write("07700 900 123, after four", "How they can reach you")
    one.press("Ask for a call")
    facilitator.open(demo.address)
    facilitator.reads("Somebody would like you to call them")
    _picture(facilitator, "call-wanted", end="main h1")


def _at_their_pages(browser: Browser, demo: Demo) -> Sequence[Person]:
    people = []
    for name, size in ((ONE, PHONE), (TWO, PHONE), (FACILITATOR, DESK)):
        page = browser.new_page(viewport=size, color_scheme="light")
        person = Person(name, page, pane=False, live=True)
        person.open(demo.address)
        people.append(person)
    return people


def _answer(person: Person, text: str) -> None:
    person.say(text)
    person.press("That’s it")
    person.press("I have said enough")


def _share(person: Person, *, facilitators: str) -> None:
    person.choose("May your partner see your answer?", "Yes, my partner")
    person.choose("May the facilitators see your answer?", facilitators)
    person.press("Keep these choices")
    person.sees("Change who may see it")


def _picture(person: Person, name: str, *, start: str = "", end: str = "") -> None:
    """The page as on a screen that is tall enough for it, from one thing on it to just before another."""
    page, size = person.page, person.page.viewport_size
    assert size is not None
    height: int = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size(ViewportSize(width=size["width"], height=max(size["height"], height)))
    top, foot = _top_of(page, start, 0), _top_of(page, end, height)
    _shoot(page, name, {"x": 0, "y": top, "width": size["width"], "height": foot - top})
    page.set_viewport_size(size)


def _top_of(page: Page, selector: str, otherwise: float) -> float:
    if not selector:
        return otherwise
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box["y"]


def _shoot(page: Page, name: str, shown: FloatRect) -> None:
    """Playwright itself writes PNG and JPEG alone; the browser can write what is smaller."""
    asked = {"format": "webp", "quality": QUALITY, "clip": {**shown, "scale": 1}}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


ANSWERS = (
    "I say my piece at the end, and people nod. I was furious on the bus home, mostly with myself.",
    "I thought we had heard everybody. I have to close on time, so I close.",
)

if __name__ == "__main__":
    main()
