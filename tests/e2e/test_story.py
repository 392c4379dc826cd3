"""The whole story, as three people, on the demo as it is started for a newcomer."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.e2e import story
from tests.e2e.conftest import Window
from tests.e2e.demo import Demo
from tests.e2e.looking import DESKTOP, PHONE, Look, overflow
from tests.e2e.people import FACILITATOR, ONE, TWO, Person

MOVES = {"Next question": "question", "Opening": "opening", "Weekly digest": "digest"}
Looking = Callable[[Person, str], None]


def test_the_story_plays_on_the_stage_of_a_desktop_with_script(demo: Demo, window: Window) -> None:
    play_on_stage(demo, window(DESKTOP), live=True)


def test_the_story_plays_on_the_stage_of_a_phone_without_script(demo: Demo, window: Window) -> None:
    play_on_stage(demo, window(PHONE, script=False, scheme="dark"), live=False)


def test_the_story_plays_on_a_phone_and_every_state_is_fit_to_be_seen(demo: Demo, window: Window) -> None:
    look = Look("story")
    play_alone(demo, lambda: window(PHONE), lambda person, state: look.at(person.page, state), live=True)
    assert not look.faults, "\n".join(look.faults)


def test_the_story_plays_on_a_desktop_without_script(demo: Demo, window: Window) -> None:
    play_alone(demo, lambda: window(DESKTOP, script=False, scheme="dark"), sideways, live=False)


def play_on_stage(demo: Demo, page: Page, *, live: bool) -> None:
    def move(button: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()

    def look(person: Person, state: str) -> None:
        sideways(person, state)
        assert not overflow(page.main_frame), state

    page.goto(demo.address)
    move("Begin with the invitation")
    one, two, facilitator = (Person(name, page, pane=True, live=live) for name in (ONE, TWO, FACILITATOR))
    play(story.Cast(one, two, facilitator, move, look))


def play_alone(demo: Demo, window: Callable[[], Page], look: Looking, *, live: bool) -> None:
    demo.move("invitation")
    one, two, facilitator = (
        Person(name, window(), pane=False, live=live) for name in (ONE, TWO, FACILITATOR)
    )
    for person in (one, two, facilitator):
        person.open(demo.address)
    play(story.Cast(one, two, facilitator, lambda button: demo.move(MOVES[button]), look))


def play(cast: story.Cast) -> None:
    for scene in story.SCENES:
        scene(cast)


def sideways(person: Person, state: str) -> None:
    assert not overflow(person.frame), state
