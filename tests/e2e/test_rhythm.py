"""The page on which people say when they are written to, as they use it: on a phone without script, too."""

import re

from tests.e2e.conftest import Alone, Watching
from tests.e2e.demo import Demo
from tests.e2e.looking import Look
from tests.e2e.people import FACILITATOR, ONE, Person

PAGE = "When I write to you"


def go_there(who: Person) -> None:
    who.place.get_by_role("link", name=PAGE).click()
    who.reads(PAGE)


def test_hours_a_day_and_how_often_are_chosen_and_a_slip_is_told_without_script(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    demo.move("start-over")
    one = alone(ONE, script=False)
    go_there(one)
    one.sees("I write to you from 09:00 until 20:00, London time.")
    one.write("Lundon", "Your time zone")
    with watching(one.page).refusing(422):
        one.press("Keep these hours")
        one.sees(re.compile("Did you mean Europe/London?"))
    one.write("Dublin", "Your time zone")
    one.box("From").select_option("11:30")
    one.box("Until").select_option("midnight")
    one.press("Keep these hours")
    one.sees("Kept. These are your hours now.")
    one.sees("I write to you from 11:30 until midnight, Dublin time.")
    one.press("Ask every other week")
    one.sees("I ask you every other week. In the weeks between, nothing of yours can open.")
    first = one.box("The day on which I write again").get_attribute("min") or ""
    one.write(first, "The day on which I write again")
    one.press("Be quiet until then")
    one.sees(re.compile("I am quiet until .* at 11:30"))
    one.press("Start again now")
    one.does_not_see("Paused.")


def test_the_page_is_clean_at_every_size_for_a_member_and_a_facilitator(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    look = Look("rhythm")
    demo.move("start-over")
    one = alone(ONE)
    go_there(one)
    look.at(one.page, "as-it-was")
    one.write("Lundon", "Your time zone")
    with watching(one.page).refusing(422):
        one.press("Keep these hours")
        one.sees(re.compile("Did you mean Europe/London?"))
    look.at(one.page, "refused")
    one.press("Pause")
    one.place.get_by_role("link", name="Choose the day yourself").click()
    one.reads(PAGE)
    look.at(one.page, "paused")
    facilitator = alone(FACILITATOR)
    go_there(facilitator)
    look.at(facilitator.page, "facilitator")
    assert not look.faults, "\n".join(look.faults)
