"""The stage as a newcomer finds it: what it looks like, what its parts are called, what its buttons do."""

from playwright.sync_api import expect

from tests.e2e.conftest import Window
from tests.e2e.demo import Demo
from tests.e2e.looking import (
    COLOURS,
    DESKTOP,
    NARROW,
    PHONE,
    WEIGHT,
    Look,
    overflow,
    small_targets,
    violations,
    weight,
)
from tests.e2e.people import FACILITATOR, ONE, TWO, Person


def test_a_newcomer_answers_as_two_people_with_nothing_explained(demo: Demo, window: Window) -> None:
    demo.move("start-over")
    page = window(DESKTOP)
    page.goto(demo.address)
    look = Look("stage")
    for person in (Person(ONE, page, pane=True, live=True), Person(TWO, page, pane=True, live=True)):
        person.write(f"I am writing as {person.name}.")
        person.press("Send")
        person.sees(f"I am writing as {person.name}.")
    for name in (ONE, TWO, FACILITATOR):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        expect(page.get_by_title(name, exact=True)).to_be_visible()
    faults = []
    for width, height in ((NARROW, 640), (DESKTOP, 800), (PHONE, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            look.picture(page, f"stage-{width}-{scheme}")
            rules = COLOURS if scheme == "dark" else ()
            for frame in page.frames:
                faults += [f"at {width}, {scheme}: {each}" for each in violations(frame, rules)]
        for frame in page.frames:
            faults += [f"at {width} stands out: {each}" for each in overflow(frame)]
            faults += [f"at {width} is too small: {each}" for each in small_targets(frame)]
    assert weight(page.main_frame) < WEIGHT
    assert not faults, "\n".join(faults)


def test_a_button_with_nothing_to_do_says_why(demo: Demo, window: Window) -> None:
    page = window(PHONE)
    page.goto(demo.address)
    with page.expect_navigation():
        page.get_by_role("button", name="Begin with the invitation", exact=True).click()
    before = page.locator("#clock").inner_text()
    for button in ("Next question", "Opening"):
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Neither of the pair has joined yet")
        expect(page.locator("#clock")).to_have_text(before)
    assert not violations(page.main_frame)
