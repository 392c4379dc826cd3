"""The end of a programme as the two meet it, and how they go on by themselves."""

from tests.e2e.conftest import Alone
from tests.e2e.demo import Demo
from tests.e2e.looking import Look
from tests.e2e.people import FACILITATOR, ONE, TWO

WEEKS = 20
"""More than the demo's programme has."""


def test_after_the_last_question_the_two_go_on_without_facilitators(demo: Demo, alone: Alone) -> None:
    look = Look("going-on")
    demo.move("start-over")
    one, two = alone(ONE), alone(TWO)
    for _ in range(WEEKS):
        last = "This is the last question." in demo.read("/one/")
        for person in (one, two):
            person.open(demo.address)
            person.press("Skip it")
        demo.move("opening")
        if last:
            break
        demo.move("question")
    one.open(demo.address)
    one.faces("That was the last question.")
    look.at(one.page, "the-end")
    one.press("I would like us to go on")
    one.faces("You would like the two of you to go on.")
    look.at(one.page, "said-so")
    two.open(demo.address)
    two.does_not_see("You would like the two of you to go on.")
    two.press("I would like us to go on")
    demo.move("question")
    one.open(demo.address)
    one.sees("You both wanted to go on. The facilitators see nothing of this.")
    look.at(one.page, "going-on")
    one.say("It is Sunday, and we still do.")
    one.press("That’s it")
    one.press("I have said enough")
    one.does_not_see("May the facilitators see your answer?")
    look.at(one.page, "who-sees")
    facilitator = alone(FACILITATOR)
    facilitator.page.get_by_role("link", name="The programme at a glance").click()
    facilitator.sees("The programme has ended for:")
    look.at(facilitator.page, "has-ended")
    assert not look.faults, "\n".join(look.faults)
