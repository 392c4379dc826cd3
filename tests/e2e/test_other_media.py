"""On paper, and in a reader's own colours: what is made of colour alone must still be there."""

from playwright.sync_api import expect

from tests.e2e.conftest import Alone
from tests.e2e.demo import Demo
from tests.e2e.looking import COLOURS, DESKTOP, Look, violations
from tests.e2e.people import FACILITATOR, ONE, TWO

_COLOUR = "(e) => getComputedStyle(e).backgroundColor"
_MARK = "(e) => getComputedStyle(e, '::before').backgroundImage"


def test_what_is_printed_from_a_dark_screen_is_dark_on_white_and_has_no_buttons(
    demo: Demo, alone: Alone
) -> None:
    demo.move("start-over")
    look = Look("print")
    for who in (ONE, FACILITATOR):
        page = alone(who, DESKTOP, scheme="dark").page
        page.emulate_media(media="print", color_scheme="dark")
        look.picture(page, who)
        assert page.locator("body").evaluate(_COLOUR) == "rgb(255, 255, 255)"
        assert not violations(page.main_frame, COLOURS)
        expect(page.get_by_role("button")).to_have_count(0)


def test_the_two_voices_stand_side_by_side_on_paper(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    one, two = alone(ONE), alone(TWO)
    for person in (one, two):
        person.say("It was said on the stairs, afterwards.")
        person.press("That’s it")
        person.press("I have said enough")
        person.choose("May your partner see your answer?", "Yes, my partner")
        person.press("Keep these choices")
    demo.move("opening")
    one.awaits("Opened for both of you on Thursday at 17:00.")
    one.page.emulate_media(media="print")
    one.page.set_viewport_size({"width": 720, "height": 1000})
    Look("print").picture(one.page, "opened")
    mine, theirs = (voice.bounding_box() for voice in one.place.locator("#now .voice").all())
    assert mine is not None
    assert theirs is not None
    assert mine["y"] == theirs["y"]
    assert mine["x"] < theirs["x"]


def test_with_colours_of_the_readers_own_the_one_button_is_filled_and_the_mark_is_there(
    demo: Demo, alone: Alone
) -> None:
    demo.move("start-over")
    one = alone(ONE)
    for scheme in ("dark", "light"):
        one.page.emulate_media(forced_colors="active", color_scheme="dark" if scheme == "dark" else "light")
        Look("forced-colours").picture(one.page, scheme)
        ground = one.page.locator("body").evaluate(_COLOUR)
        assert one.button("Send").evaluate(_COLOUR) != ground
        mark = one.page.locator(".name").evaluate(_MARK)
        assert "gradient" in mark
        assert ground not in mark
