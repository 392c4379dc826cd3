"""Every way to say less, later or nothing at all; each answer of the bot is looked at."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Alone, Watching
from tests.e2e.demo import Demo
from tests.e2e.looking import DESKTOP, Look
from tests.e2e.people import FACILITATOR, ONE, TWO
from tests.e2e.story import question_of


def test_help_another_why_not_now_skip_and_stop_are_always_at_hand(demo: Demo, alone: Alone) -> None:
    look = Look("ways-out")
    demo.move("start-over")
    one = alone(ONE)
    asked = question_of(one)
    one.press("Help")
    one.faces("Who you can reach now")
    for way in ("999", "111", "116 123", "85258"):
        one.sees(re.compile(way))
    one.sees("How this works")
    look.at(one.page, "help")
    one.press("Why this one?")
    expect(one.place.get_by_text("Why this one", exact=True)).to_be_in_viewport()
    look.at(one.page, "why-this-one")
    one.press("Another question")
    one.awaits("Another question")
    assert question_of(one) != asked, "Another question is another one."
    one.press("Not now")
    one.faces("Put off.")
    one.sees("Its opening stays where it is, on Thursday at 17:00.")
    look.at(one.page, "put-off")
    one.press("Skip it")
    one.faces("Skipped.")
    look.at(one.page, "skipped")
    one.press("Pause")
    one.faces("Paused.")
    one.sees("Nobody has been told.")
    look.at(one.page, "paused")
    one.press("Start again now")
    one.reads("Skipped.")
    one.does_not_see("Paused.")
    one.press("Stop")
    one.faces("Stopped.")
    one.sees("I will not write to you again unless you start. Nobody has been told.")
    look.at(one.page, "stopped")
    one.press("Start again")
    one.reads("Skipped.")
    one.does_not_see("Stopped.")
    look.at(one.page, "started-again")
    assert not look.faults, "\n".join(look.faults)


def test_stop_as_a_whole_message_silences_at_once_and_make_them_stop_is_an_answer(
    demo: Demo, alone: Alone
) -> None:
    demo.move("start-over")
    one = alone(ONE, script=False)
    one.say("Make them stop.")
    one.faces("Kept. Only you can see it.")
    one.say("Stop.")
    one.faces("Stopped.")
    two = alone(TWO)
    demo.move("question")
    two.awaits("Another question")
    one.reload()
    one.reads("Stopped.")
    one.does_not_see("Another question")
    two.reload()
    two.does_not_see(re.compile("stopped", re.IGNORECASE))
    one.press("Start again")
    one.sees("Make them stop.")
    one.does_not_see("Stopped.")


def test_two_questions_unanswered_are_followed_by_less_often_later_or_stop(demo: Demo, alone: Alone) -> None:
    look = Look("ways-out-2")
    demo.move("start-over")
    one = alone(ONE)
    for _ in range(3):
        demo.move("question")
    one.awaits("I have asked twice. Less often, later, or stop?")
    look.at(one.page, "less-often")
    one.press("Less often: every other week")
    one.faces("Less often, then.")
    one.sees("I ask every other week from now on.")
    expect(one.button("Less often: every other week")).to_have_count(0)
    look.at(one.page, "every-other-week")
    demo.move("start-over")
    one.reload()
    one.say("I want to kill myself.")
    one.reads("I am a bot and cannot help with this. People can, now.")
    one.sees(re.compile("999"))
    look.at(one.page, "care")
    assert not look.faults, "\n".join(look.faults)


def test_somebody_in_need_asks_for_a_call_and_sees_when_somebody_will(demo: Demo, alone: Alone) -> None:
    look = Look("calls")
    demo.move("start-over")
    one, facilitator = alone(ONE), alone(FACILITATOR, DESKTOP)
    facilitator.reads("What pairs chose to tell you")
    one.say("I want to kill myself.")
    one.press("I would like a call")
    one.faces("Somebody can call you.")
    look.at(one.page, "whom-to-ask")
    one.choose("Who should call you?", "Anna Lindqvist")
    one.write("After six, on the number that you have.", "How they can reach you")
    one.press("Ask for a call")
    one.faces("You have asked Anna Lindqvist to call you.")
    one.sees(re.compile("Nobody has answered yet"))
    look.at(one.page, "asked")
    facilitator.awaits("After six, on the number that you have.")
    look.at(facilitator.page, "wanted")
    facilitator.press("I will call Ruth Adeyemi")
    facilitator.sees(re.compile("They know."))
    look.at(facilitator.page, "will-call")
    one.awaits("Anna Lindqvist will call you.")
    facilitator.press("I have spoken with Ruth Adeyemi")
    facilitator.reads("What pairs chose to tell you")
    facilitator.does_not_see("After six, on the number that you have.")
    assert not look.faults, "\n".join(look.faults)


def test_nothing_is_kept_before_somebody_agrees(demo: Demo, alone: Alone) -> None:
    demo.move("invitation")
    one = alone(ONE)
    expect(one.box()).to_have_count(0)
    one.press("Read on")
    one.press("Stop")
    one.faces("Stopped.")
    one.press("Start again")
    one.awaits("I agree")
    one.press("I agree")
    one.reads("What words would you use for yourself here?")


def test_whoever_is_lost_reads_what_to_do(demo: Demo, alone: Alone, watching: Watching) -> None:
    look = Look("errors")
    demo.move("start-over")
    one = alone(ONE)
    with watching(one.page).refusing(403, 404, 413):
        one.page.goto(f"{demo.address}/one/digests/nothing")
        one.faces("There is nothing here")
        look.at(one.page, "nothing-here")
        one.page.goto(f"{demo.address}/one/")
        one.press_with_an_old_key("Help")
        one.faces("That did not send")
        look.at(one.page, "earlier-visit")
        one.place.get_by_role("link", name="Go to your page").click()
        one.sees("Our challenge")
        one.write("Half a sentence from long ago.")
        one.press_with_an_old_key("Send")
        one.sees("Here it is, to copy.")
        expect(one.box("What you wrote")).to_have_value("Half a sentence from long ago.")
        look.at(one.page, "words-to-copy")
        one.unfold("Help")
        one.sees("Who you can reach now")
        look.at(one.page, "words-to-copy-and-help")
        two = alone(TWO)
        with watching(two.page).refusing(413):
            two.write("z" * 600_000)
            with two.page.expect_navigation():
                # As a browser without scripts does: with them the words would stay in the box.
                two.box().evaluate("(box) => box.form.submit()")
            two.sees("at most 20,000 characters fit in a box")
        look.at(two.page, "far-too-much")
    assert not look.faults, "\n".join(look.faults)


def test_a_quiet_week_and_an_earlier_week_are_fit_to_be_seen(demo: Demo, alone: Alone) -> None:
    look = Look("weeks")
    demo.move("invitation")
    demo.move("digest")
    facilitator = alone(FACILITATOR)
    facilitator.sees("Who took part")
    look.at(facilitator.page, "a-week-without-the-pair")
    facilitator.place.locator(".list a").first.click()
    facilitator.reads("What pairs chose to tell you")
    look.at(facilitator.page, "an-earlier-week")
    assert not look.faults, "\n".join(look.faults)


def test_agreement_is_withdrawn_by_itself_and_given_again(demo: Demo, alone: Alone) -> None:
    look = Look("withdrawing")
    demo.move("start-over")
    one, two = alone(ONE), alone(TWO)
    one.say("They had decided before I came in.")
    one.page.goto(one.page.url.partition("#")[0] + "leaving")
    look.at(one.page, "ways-out")
    one.press("No more mail")
    one.sees("Kept. No mail tells you of anything from now on, and nobody has been told.")
    one.press("Tell me by mail")
    before = two.place.locator("main").inner_text()
    one.unfold("Withdraw your agreement")
    one.press("Yes, I withdraw it")
    one.faces("You have withdrawn your agreement.")
    expect(one.box()).to_have_count(0)
    look.at(one.page, "withdrawn")
    two.reload()
    assert two.place.locator("main").inner_text() == before
    one.page.get_by_role("link", name="What you have written").click()
    one.sees("They had decided before I came in.")
    one.unfold("Remove your answer")
    look.at(one.page, "written")
    one.page.get_by_role("link", name="Go to your page").click()
    one.unfold("What is kept and who can see it, if you want to agree again")
    look.at(one.page, "agree-again")
    one.press("I agree")
    one.sees("You have agreed again.")
    one.sees("Kept.")
    look.at(one.page, "agreed-again")
    assert not look.faults, "\n".join(look.faults)


def test_leaving_is_three_things_and_none_happens_by_a_slip(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    look = Look("leaving")
    demo.move("start-over")
    one, two = alone(ONE), alone(TWO)
    one.page.get_by_role("link", name="What you have written").click()
    one.page.get_by_role("link", name="Take a copy, withdraw, leave, or have everything removed").click()
    look.at(one.page, "leaving")
    with one.page.expect_download() as copy:
        one.page.get_by_role("link", name="Download a copy").click()
    assert copy.value.suggested_filename.endswith(".zip")
    one.unfold("Leave the programme")
    one.press("Yes, I leave")
    one.faces("You have left.")
    look.at(one.page, "left")
    two.reload()
    two.does_not_see(re.compile("left"))
    one.press("Undo: I stay")
    one.does_not_see("You have left.")
    one.page.goto(one.page.url.partition("#")[0] + "leaving")
    one.unfold("Have everything removed")
    with watching(one.page).refusing(422):
        one.press("Remove everything")
        one.sees("Nothing has been removed. Tick the box first")
        look.at(one.page, "not-removed")
        one.page.get_by_label("I want everything that I wrote removed, for good.").check()
        one.press("Remove everything")
    one.reads("Everything is removed")
    look.at(one.page, "removed")
    two.reload()
    two.awaits("Your partner has left the programme.")
    look.at(two.page, "partner-left")
    assert not look.faults, "\n".join(look.faults)
