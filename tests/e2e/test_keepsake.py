"""The keepsake as the two of a pair find it: on a phone, on a desk, on paper and as a file."""

from tests.e2e.conftest import Alone
from tests.e2e.demo import Demo
from tests.e2e.looking import Look
from tests.e2e.people import ONE, TWO, Person

PAGE = "What opened for the two of you"
MINE = "It was said on the stairs, afterwards. I had my coat on."
THEIRS = "I thought we had said it in the room."
ASKS = "Who was on the stairs?"


def go_there(who: Person) -> None:
    who.place.get_by_role("link", name="What you have written").click()
    who.place.get_by_role("link", name=PAGE).click()
    who.reads(PAGE)


def test_what_opened_stands_there_side_by_side_and_nothing_before_it_did(demo: Demo, alone: Alone) -> None:
    look = Look("keepsake")
    demo.move("start-over")
    one, two = alone(ONE), alone(TWO)
    for person, words in ((one, MINE), (two, THEIRS)):
        person.say(words)
        person.press("That’s it")
        person.press("I have said enough")
        person.choose("May your partner see your answer?", "Yes, my partner")
        person.press("Keep these choices")
    go_there(one)
    one.sees("Opened on Thursday 19 November 2026.")
    one.does_not_see(MINE, THEIRS)
    demo.move("opening")
    one.open(demo.address)
    one.write(ASKS, "Ask or say one thing back")
    one.press("Send it word for word")
    go_there(one)
    for words in (MINE, THEIRS, ASKS, "Ruth Adeyemi asked"):
        one.sees(words)
    look.at(one.page, "opened")
    go_there(two)
    two.sees(MINE)
    two.does_not_see(ASKS)
    with one.page.expect_download() as begun:
        one.place.get_by_role("link", name="Download it as a PDF").click()
    assert begun.value.suggested_filename == "alongside-keepsake.pdf"
    assert begun.value.path().read_bytes().startswith(b"%PDF-")
    one.page.emulate_media(media="print")
    one.page.set_viewport_size({"width": 720, "height": 1000})
    look.picture(one.page, "print")
    mine, theirs = (voice.bounding_box() for voice in one.place.locator(".voice").all()[:2])
    assert mine is not None
    assert theirs is not None
    assert (mine["y"], mine["x"] < theirs["x"]) == (theirs["y"], True)
    one.does_not_see("Download it as a PDF", "Pause")
    demo.move("invitation")
    one.open(demo.address)
    go_there(one)
    one.sees("There is nothing here to keep.")
    look.at(one.page, "nothing")
    assert not look.faults, "\n".join(look.faults)
