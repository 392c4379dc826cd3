"""A team's round in a channel of a Slack that nobody here wrote: what stands there, and what each sees alone."""

import json
from datetime import timedelta

from tests.clients.conftest import Place
from tests.clients.emulator import CHANNEL, PEOPLE
from tests.clients.person import Person
from tests.slack.stub import Blocks


async def reflects(place: Place, channel: str, text: str = "") -> Blocks:
    """What Ben alone is shown after `/reflect`."""
    said = json.loads(await place.does(place.ben.commands("/reflect", text, channel)))
    assert said["response_type"] == "ephemeral"
    blocks: Blocks = said["blocks"]
    return blocks


async def answers(place: Place, person: Person, channel: str, text: str, name: str) -> None:
    await place.does(person.presses("Answer", channel=channel))
    said = await place.does(person.submits(text=text, name=name))
    assert said["response_action"] == "update"
    assert "Nobody else can see it before" in str(said["view"]["blocks"])


async def test_a_question_is_previewed_asked_answered_and_closed_in_a_channel(place: Place) -> None:
    ben, channel = place.ben, place.slack.ids[CHANNEL]
    await place.both_join()
    first = await reflects(place, channel)
    assert "Only you can see this" in str(first)
    await place.does(ben.presses_alone(first, "Another", channel))
    assert str(ben.replaced) != str(first)
    assert await ben.standing(channel) == []
    await place.does(ben.presses_alone(ben.replaced, "Use this one", channel))
    assert "A question for everybody here" in await ben.shown(channel)

    await answers(place, ben, channel, "Named <by> Ben.", "With my name")
    others = [await place.somebody(name) for name in PEOPLE if name != "ben"]
    for number, person in enumerate(others):
        await answers(place, person, channel, f"Unnamed {number}.", "Without my name")
    asked = await ben.shown(channel)
    await answers(place, others[0], channel, "Unnamed, and said again.", "Without my name")
    assert await ben.shown(channel) == asked, "until it closes nothing there tells of an answer"
    assert "nnamed" not in asked

    await place.does(ben.presses_alone(ben.replaced, "Close it now", channel))
    shown = await ben.shown(channel)
    assert "Named <by> Ben." in shown
    assert f'{{"type": "user", "user_id": "{ben.user}"' in shown
    assert all(f"Unnamed {number}." in shown for number in range(1, 5))
    assert "Unnamed, and said again." in shown
    assert not [person.name for person in others if person.user in shown]
    question = (await ben.standing(channel))[0]
    assert "Closed." in str(question["blocks"])
    assert "with yours among them" in await others[3].shown()


async def test_the_clock_closes_it_and_somebody_may_have_taken_theirs_back(place: Place) -> None:
    ben, channel = place.ben, place.slack.ids[CHANNEL]
    kit = await place.somebody("kit")
    await place.both_join()
    await place.does(ben.presses_alone(await reflects(place, channel, "trust"), "Use this one", channel))
    begun = place.now
    await answers(place, ben, channel, "This one stays.", "With my name")
    await answers(place, kit, channel, "This one goes.", "With my name")
    await place.does(kit.presses("Answer", channel=channel))
    await place.does(kit.presses_in_modal("Take mine back"))
    assert "This one goes." not in str((await kit.modal())["blocks"])
    await place.wait_until(begun + timedelta(hours=25))
    assert "This one stays." in await ben.shown(channel)
    assert "This one goes." not in await ben.shown(channel)
