"""A whole round of a pair of which one half is in a Slack that nobody here wrote, and the other on the web.

What is asserted stands there, by Slack's own methods, or on a page.
"""

import json
from datetime import UTC, datetime

from bot.leave import erase
from bot.messages import Action
from tests.cast import ADA, BEN
from tests.clients.conftest import Place

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)
MINE, THEIRS = "I kept <the> minutes & said so.", "I went along with the date."


async def opened(place: Place) -> str:
    """Both have answered and shared, and the opening has come; the round."""
    await place.both_join()
    await place.wait_until(TUESDAY_10)
    await place.does(place.ben.says(MINE))
    await place.does(place.ben.says("that's it"))
    await place.does(place.ben.presses("I have said enough"))
    await place.does(place.ben.presses("Keep these choices", {"partner": "yes"}))
    await place.ada_shares_an_answer(THEIRS)
    await place.wait_until(THURSDAY_17)
    return next(iter((await place.view(ADA)).rounds))


async def test_somebody_comes_by_a_code_agrees_and_finds_own_words_and_challenge_in_modals(
    place: Place,
) -> None:
    ben = place.ben
    await place.ada_joins()
    await place.ben_comes()
    assert "Your organisation may be able to read what is written here" in await ben.shown()
    assert "a bot that asks questions" in await ben.shown()
    await place.does(ben.says("Am I heard already?"))
    assert "Am I heard already?" not in await place.page(BEN, "/me/reflections"), "not before consent"
    await place.does(ben.presses("Read on"))
    await place.does(ben.presses("I agree"))
    await place.does(ben.presses("Your words for yourself"))
    assert (await ben.modal())["submit"]["text"] == "Use these words"
    assert await place.does(ben.submits(words="Ben, who takes the minutes")) == {}
    where = (await ben.commands("/alongside", "my words")).rpartition("http://127.0.0.1")[2]
    assert "Ben, who takes the minutes" in await place.page(BEN, where)
    await place.does(ben.presses("Your challenge"))
    assert await place.does(ben.submits(challenge="That the minutes say what was said.")) == {}
    assert "You have put your challenge like this" in await ben.shown()
    assert "That the minutes say what was said." in await place.page(ADA, "/me/")
    await place.ada(Action.CONFIRM, "1")
    await place.wait_until(TUESDAY_10)
    question = (await ben.standing())[-1]
    assert "That the minutes say what was said." in str(question["blocks"]), "the question quotes it"


async def test_an_answer_in_two_messages_with_an_edit_and_a_deletion_is_probed_shared_and_opened(
    place: Place,
) -> None:
    ben = place.ben
    await place.both_join()
    await place.wait_until(TUESDAY_10)
    first = await place.does(ben.says("The talk was before me."))
    deleted = await place.does(ben.says("Or so I was told."))
    await place.does(ben.says("I was furious."))
    await place.does(ben.edits(first, "The <real> talk was before I came in & sat down."))
    await place.does(ben.deletes(deleted))
    await place.wait(minutes=5)
    assert "“I was furious”" in await ben.shown(), "the follow-up takes up their own words"
    await place.does(ben.says("That nobody had waited."))
    await place.does(ben.says("that's it"))
    await place.does(ben.presses("Keep these choices", {"partner": "yes"}))
    await place.ada_shares_an_answer(THEIRS)
    await place.settle()
    assert THEIRS not in await ben.shown()
    assert "furious" not in await place.page(ADA, "/me/")
    await place.wait_until(THURSDAY_17)
    assert THEIRS in await ben.shown()
    hers = await place.page(ADA, "/me/")
    for said in (
        "The <real> talk was before I came in & sat down. I was furious.",
        "That nobody had waited.",
    ):
        assert said in hers
    assert "Or so I was told" not in hers
    assert {status for _, status in place.slack.relay.given} == {200}


async def test_one_turn_is_sent_and_answered_word_for_word_both_ways(place: Place) -> None:
    ben = place.ben
    round_ = await opened(place)
    await place.does(ben.presses("Ask or say one thing back"))
    refused = await place.does(ben.submits(text="   "))
    assert refused["response_action"] == "errors"
    assert await place.does(ben.submits(text="Why <!channel> the date & not the place?")) == {}
    await place.ada(Action.READ, round_)
    assert "Why <!channel> the date & not the place?" in await place.page(ADA, "/me/")
    await place.ada(Action.ANSWER_BACK, round_, text="The place was never asked.")
    await place.settle()
    assert "Your partner answered" in await ben.shown()

    await place.ada(Action.SAY_BACK, round_, text="Who read them?")
    await place.settle()
    assert "Your partner has asked you something" in await ben.shown()
    assert "Who read them?" not in await ben.shown(), "not before they choose to read it"
    await place.does(ben.presses("Read it"))
    await place.does(ben.presses("Your answer"))
    assert await place.does(ben.submits(text="Nobody, I think.")) == {}
    assert "Nobody, I think." in await place.page(ADA, "/me/")


async def test_words_that_are_changed_or_taken_back_read_differently_where_they_stand(place: Place) -> None:
    ben = place.ben
    await opened(place)
    before = next(each for each in await ben.standing() if THEIRS in str(each.get("blocks")))
    ((part, _),) = [each.written for each in (await place.view(ADA)).rounds.values()]
    await place.wait(minutes=5)
    changed = "I went along with the date, and with the place."
    await place.ada(Action.EDIT, part.id, **{f"text:{part.id}": changed})
    await place.settle()
    after = next(each for each in await ben.standing() if each["ts"] == before["ts"])
    assert changed in str(after["blocks"])
    assert "Changed since the opening." in str(after["blocks"])
    assert after["edited"]["user"] == place.slack.relay.bot
    await place.ada_shares("no")
    await place.settle()
    after = next(each for each in await ben.standing() if each["ts"] == before["ts"])
    assert "Taken back." in str(after["blocks"])
    assert "I went along" not in await ben.shown()


async def test_what_somebody_has_erased_goes_from_the_message_that_shows_it(place: Place) -> None:
    ben = place.ben
    await opened(place)
    (message,) = [each for each in await ben.standing() if THEIRS in str(each.get("blocks"))]
    await erase(place.built.store, ADA.reader, place.now)
    await place.settle()
    assert THEIRS not in await ben.shown()
    (after,) = [each for each in await ben.standing() if each["ts"] == message["ts"]]
    assert "Taken back." in str(after["blocks"])


async def test_whoever_leaves_slack_takes_what_their_partner_said_along(place: Place) -> None:
    ben = place.ben
    await opened(place)
    (message,) = [each for each in await ben.standing() if THEIRS in str(each.get("blocks"))]
    assert "I write to you on your page from now on" in await place.does(
        ben.commands("/alongside", "not in slack")
    )
    assert message["ts"] not in [each["ts"] for each in await ben.standing()]
    assert THEIRS not in await ben.shown()
    assert THEIRS in await place.page(BEN, "/me/")


async def test_stop_silences_at_once_and_can_be_undone_and_help_comes_when_it_is_asked_for(
    place: Place,
) -> None:
    ben = place.ben
    await place.both_join()
    await place.wait_until(TUESDAY_10)
    assert "It is in our conversation" in await place.does(ben.commands("/alongside", "help"))
    help_ = (await ben.standing())[-1]
    assert "I would like a call" in str(help_["blocks"])
    await place.does(ben.says("stop"))
    stopped = await ben.standing()
    assert "Nobody has been told" in str(stopped[-1]["blocks"])
    await place.wait(days=8)
    assert [each["ts"] for each in await ben.standing()] == [each["ts"] for each in stopped]
    await place.does(ben.presses("Start again"))
    await place.wait(days=8)
    assert len(await ben.standing()) > len(stopped)


async def test_the_home_of_the_app_says_how_things_stand_and_is_pressed_there(place: Place) -> None:
    ben = place.ben
    await place.both_join()
    await place.wait_until(TUESDAY_10)
    await place.does(ben.opens_the_app("home"))
    home = json.dumps((await ben.home())["blocks"], ensure_ascii=False)
    assert "You and Ada" in home
    assert "What you both share opens on Thursday at 17:00." in home
    await place.does(ben.presses_at_home("Pause"))
    assert "I am quiet until" in str((await ben.home())["blocks"]), "it says at once how things stand now"
