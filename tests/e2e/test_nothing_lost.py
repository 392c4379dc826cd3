"""Words are never lost and never kept twice: whatever the server, the line, the tab or the thumb does."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Alone, Watching
from tests.e2e.demo import Demo
from tests.e2e.people import FACILITATOR, ONE, TWO

HALF = "I had half a sentence"


def test_what_is_half_written_outlives_a_reload_and_a_server_that_is_killed(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    demo.move("start-over")
    one = alone(ONE)
    one.write(HALF)
    one.sees("Draft kept.")
    one.reload()
    expect(one.box()).to_have_value(HALF)
    with watching(one.page).away():
        demo.kill()
        one.write(f"{HALF} and then the lights went out.")
        one.sees("Not kept yet: no connection. Your words are still in the box.")
        demo.start()
        one.page.evaluate("() => dispatchEvent(new Event('online'))")
        one.sees("Draft kept.")
        one.reload()
    expect(one.box()).to_have_value(f"{HALF} and then the lights went out.")
    one.press("Send")
    one.faces("Kept. Only you can see it.")
    expect(one.box()).to_have_value("")
    one.reload()
    one.sees(f"{HALF} and then the lights went out.")


def test_sending_while_the_server_is_away_leaves_the_words_where_they_are(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    demo.move("start-over")
    one = alone(ONE)
    with watching(one.page).away():
        demo.kill()
        one.write(f"{HALF} when the lights went out.")
        one.button("Send").click()
        expect(one.place.get_by_role("alert")).to_have_text(re.compile("Your words are still in the box"))
        one.sees("The connection is lost. What you see may be behind.")
        expect(one.box()).to_have_value(f"{HALF} when the lights went out.")
        demo.start()
        one.press("Send")
    one.faces("Kept. Only you can see it.")
    one.reload()
    assert one.text().count(f"{HALF} when the lights went out.") == 1


def test_what_is_typed_while_the_server_is_away_is_there_once_it_is_back_and_the_page_is_loaded_again(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    demo.move("start-over")
    one = alone(ONE)
    with watching(one.page).away():
        demo.kill()
        one.write(f"{HALF} in the dark.")
        one.sees("Not kept yet: no connection.")
        demo.start()
        one.reload()
    expect(one.box()).to_have_value(f"{HALF} in the dark.")


def test_what_is_half_written_in_one_box_outlives_a_press_in_another_form(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    one = alone(ONE)
    one.write(HALF)
    one.press("Help")
    expect(one.box()).to_have_value(HALF)
    one.reload()
    expect(one.box()).to_have_value(HALF)


def test_far_too_much_text_stays_in_the_box_where_scripts_run(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    one = alone(ONE)
    with_all = "z" * 600_000
    one.page.evaluate(
        "(text) => { document.querySelector('textarea[name=message]').value = text; }", with_all
    )
    one.button("Send").click()
    one.sees("Not kept: that is more than fits here.")
    expect(one.box()).to_have_value(with_all)


def test_what_cannot_be_taken_stays_in_the_box_with_a_sentence_why(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    demo.move("start-over")
    for person in (alone(ONE), alone(TWO, script=False)):
        with watching(person.page).refusing(422):
            person.say("x" * 20_001)
            person.sees("That is 20,001 characters, and at most 20,000 fit here.")
            expect(person.box()).to_have_value("x" * 20_001)
            person.say("   ")
            person.sees("There is nothing in the box yet.")
        person.say("Short enough <b>now</b> & “quoted” 🙂 مرحبا")
        person.sees("Short enough <b>now</b> & “quoted” 🙂 مرحبا")
    facilitator = alone(FACILITATOR)
    line = facilitator.place.locator(".line").first
    line.get_by_text("Answer", exact=True).click()
    line.get_by_label("Your answer").fill("y" * 1_001)
    with watching(facilitator.page).refusing(422):
        facilitator.press("Send the answer", within=line)
        facilitator.sees("That is 1,001 characters, and at most 1,000 fit here.")
    expect(facilitator.place.locator(".line").first.get_by_label("Your answer")).to_have_value("y" * 1_001)


def test_two_clicks_at_once_keep_one_message(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    one = alone(ONE)
    one.write("Once is enough.")
    one.press_twice("Send")
    one.faces("Kept. Only you can see it.")
    two = alone(TWO, script=False)
    two.write("Once is enough.")
    two.press_twice("Send")
    two.faces("Kept. Only you can see it.")
    for person in (one, two):
        person.reload()
        expect(person.place.get_by_text("Once is enough.")).to_have_count(1)
        assert person.text().count("Once is enough.") == 1


def test_a_form_that_arrives_five_times_at_once_is_one_message(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    one = alone(ONE)
    one.write("Five times at once.")
    statuses = one.page.evaluate(
        """async () => {
          const form = document.querySelector('textarea[name=message]').form;
          const send = form.querySelector('button[value^=send]');
          const body = new URLSearchParams(new FormData(form, send));
          const to = form.getAttribute('action');
          const all = await Promise.all([1, 2, 3, 4, 5].map(() => fetch(to, { method: 'POST', body })));
          return all.map((answer) => answer.status);
        }"""
    )
    assert statuses == [200] * 5
    one.reload()
    one.faces("Kept. Only you can see it.")
    assert one.text().count("Five times at once.") == 1


def test_two_tabs_of_one_person_lose_nothing_and_an_old_button_is_answered_kindly(
    demo: Demo, alone: Alone
) -> None:
    demo.move("start-over")
    first = alone(ONE, script=False)
    second, third = first.another_tab(), first.another_tab()
    first.say("From the first tab.")
    second.say("From the second tab.")
    second.sees("From the first tab.")
    second.sees("From the second tab.")
    third.press("Another question")
    third.sees("That has no place here just now.")
    third.sees("From the second tab.")
    first.press("That’s it")
    first.press("I have said enough")
    second.press("That’s it")
    second.sees("There is something open first: who may see what you wrote.")
    first.press("Keep these choices")
    first.sees("only you can see it")


def test_what_was_written_in_a_tab_that_is_behind_is_given_back(
    demo: Demo, alone: Alone, watching: Watching
) -> None:
    demo.move("start-over")
    first = alone(ONE, script=False)
    second = first.another_tab()
    first.say("From the first tab.")
    first.press("That’s it")
    first.press("I have said enough")
    with watching(second.page).refusing(409):
        second.say("Written too late, and worth keeping.")
        second.sees("Your answer was complete already, so this was not added to it.")
    expect(second.box("Your answer")).to_have_value(re.compile("Written too late, and worth keeping"))
    second.press("Save the change")
    second.reload()
    second.sees("Written too late, and worth keeping.")


def test_the_back_button_and_sending_again_keep_each_message_once(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    for person in (alone(ONE), alone(TWO, script=False)):
        person.say("Sent before going back.")
        person.faces("Kept. Only you can see it.")
        person.page.go_back()
        box = person.box()
        if box.input_value() == "":
            box.fill("Sent before going back.")
        person.press("Send")
        person.reload()
        person.reads("Kept. Only you can see it.")
        again = person.text().count("Sent before going back.")
        assert again <= 2, again


def test_the_clock_moves_once_for_two_clicks_and_for_a_stage_that_is_behind(demo: Demo, alone: Alone) -> None:
    demo.move("start-over")
    page = alone(ONE, script=False).page
    page.goto(f"{demo.address}/")
    behind = page.context.new_page()
    behind.goto(f"{demo.address}/")
    before = page.locator("#clock b").inner_text()
    page.get_by_role("button", name="Weekly digest", exact=True).dblclick()
    clock = page.locator("#clock b")
    expect(clock).not_to_have_text(before)
    after = clock.inner_text()
    with behind.expect_navigation():
        behind.get_by_role("button", name="Weekly digest", exact=True).click()
    expect(behind.locator("#clock b")).to_have_text(after)
    page.reload()
    expect(clock).to_have_text(after)
    behind.close()
