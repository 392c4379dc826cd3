"""A team's round in a channel of Slack, over real HTTP and on both databases; the starter is Ben."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.cards import team as cards
from bot.leave import erase
from storage import tables as t
from tests.cast import BEN, MONDAY
from tests.databases import everything
from tests.slack.conftest import Workspace
from tests.slack.stub import Person

CHANNEL = "C1"
OWN = "What did we leave <!channel> & out?"


def kit(workspace: Workspace, number: int = 0) -> Person:
    """Somebody of the workspace who is in no programme."""
    return Person(f"UKIT{number}", workspace.api, workspace.ben.client)


def channel(workspace: Workspace) -> str:
    """All that everybody in the channel reads."""
    return json.dumps(
        [[each.text, each.blocks] for each in workspace.api.standing() if each.channel == CHANNEL],
        ensure_ascii=False,
    )


def private(workspace: Workspace, person: Person) -> str:
    return json.dumps(
        [each.blocks for each in workspace.api.standing() if each.channel == person.channel],
        ensure_ascii=False,
    )


async def asked(workspace: Workspace, text: str = "trust") -> None:
    await workspace.ben.reflects(text)
    await workspace.ben.chooses("Use this one")
    await workspace.settle()


async def answers(
    workspace: Workspace, person: Person, text: str, name: str = "Without my name"
) -> dict[str, Any]:
    await person.presses_in(CHANNEL, "Answer")
    await workspace.settle()
    found = await person.submits({"text": text, "name": name})
    await workspace.settle()
    return found


async def test_a_question_is_previewed_used_answered_and_closed_by_the_clock(workspace: Workspace) -> None:
    ben, api = workspace.ben, workspace.api
    first = json.dumps(await ben.reflects())
    assert "Only you can see this" in first
    await ben.chooses("Another")
    await workspace.settle()
    assert json.dumps(api.said[ben.user]) != first
    assert channel(workspace) == "[]"
    await ben.chooses("Use this one")
    await workspace.settle()
    assert "A question for everybody here" in channel(workspace)
    assert "Close it now" in json.dumps(api.said[ben.user])

    await answers(workspace, ben, "Named by Ben.", "With my name")
    for number in range(5):
        await answers(workspace, kit(workspace, number), f"Unnamed {number}.")
    await workspace.wait_until(MONDAY + timedelta(hours=24) - timedelta(seconds=1))
    assert "Unnamed" not in api.shown()
    assert "Named by Ben" not in api.shown()
    await workspace.wait(seconds=1)
    shown = channel(workspace)
    assert "Named by Ben." in shown
    assert '{"type": "user", "user_id": "UBEN"' in shown
    assert all(f"Unnamed {number}." in shown for number in range(5))
    assert "UKIT" not in shown
    assert "[Answer]" not in shown
    assert "with yours among them" in private(workspace, kit(workspace, 3))


async def test_until_the_close_nothing_that_anybody_is_shown_tells_of_an_answer(workspace: Workspace) -> None:
    """Whatever was answered, by whomever and however many: the same is shown, to the letter, and nothing is sent."""
    await asked(workspace)
    before = (workspace.api.shown(), workspace.api.said[workspace.ben.user])
    calls = len(workspace.api.calls)
    for number in range(6):
        await answers(workspace, kit(workspace, number), f"Answer {number}.")
        await answers(workspace, kit(workspace, number), f"Answer {number}, changed.", "With my name")
    await kit(workspace, 2).presses_in(CHANNEL, "Answer")
    await workspace.settle()
    await kit(workspace, 2).presses_in_modal("Take mine back")
    await workspace.settle()
    assert (workspace.api.shown(), workspace.api.said[workspace.ben.user]) == before
    sent = {method for method, _ in workspace.api.calls[calls:]}
    assert sent == {"views.open", "views.update"}, "each only to whoever acted"
    await workspace.ben.reflects()
    assert "Answer 1" not in json.dumps(workspace.api.said)


async def test_fewer_than_five_without_a_name_are_held_back_and_each_author_is_told(
    workspace: Workspace,
) -> None:
    await asked(workspace)
    for number in range(4):
        await answers(workspace, kit(workspace, number), f"Unnamed {number}.")
    await answers(workspace, kit(workspace, 9), "By name.", "With my name")
    await workspace.wait(hours=24)
    assert "Unnamed" not in channel(workspace)
    assert "Without a name" not in channel(workspace)
    assert "By name." in channel(workspace)
    for number in range(4):
        told = private(workspace, kit(workspace, number))
        assert "fewer than five were without a name" in told
        assert f"Unnamed {number}." in told


async def test_whoever_asked_closes_it_and_nobody_else_can(workspace: Workspace) -> None:
    await asked(workspace)
    await answers(workspace, kit(workspace), "Named.", "With my name")
    workspace.api.said["UKIT0"] = workspace.api.said["UBEN"]
    await kit(workspace).chooses("Close it now")
    await workspace.settle()
    assert "Only whoever asked can do that" in json.dumps(workspace.api.said["UKIT0"])
    assert "Named." not in channel(workspace)
    await workspace.ben.chooses("Close it now")
    await workspace.settle()
    assert "Named." in channel(workspace)


async def test_a_late_answer_is_given_back(workspace: Workspace) -> None:
    await asked(workspace)
    person = kit(workspace)
    await person.presses_in(CHANNEL, "Answer")
    await workspace.settle()
    await workspace.wait(hours=24)
    shown = await person.submits({"text": "Too late.", "name": "With my name"})
    assert shown["response_action"] == "update"
    assert "so this one was not kept" in json.dumps(shown)
    assert "Too late." in json.dumps(shown)
    assert "Too late." not in workspace.api.shown()


async def test_an_answer_is_one_a_person_and_is_shown_to_them_again(workspace: Workspace) -> None:
    await asked(workspace)
    person = kit(workspace)
    shown = await answers(workspace, person, "First.", "With my name")
    assert "Kept. Nobody else can see it before Tuesday at 09:00" in json.dumps(shown)
    await person.presses_in(CHANNEL, "Answer")
    await workspace.settle()
    modal = json.dumps(workspace.api.modals[-1])
    assert "First." in modal
    assert '"initial_option": {"text": {"type": "plain_text", "text": "With my name"' in modal
    await person.submits({"text": "Second.", "name": "With my name"})
    await workspace.wait(hours=24)
    assert "First." not in channel(workspace)
    assert "Second." in channel(workspace)


async def test_nothing_is_chosen_beforehand_and_the_sentence_stands_above_send(workspace: Workspace) -> None:
    await asked(workspace)
    await kit(workspace).presses_in(CHANNEL, "Answer")
    await workspace.settle()
    modal = workspace.api.modals[-1]
    assert "initial" not in json.dumps(modal)
    for said in ("Everybody in this channel sees your answer on Tuesday at 09:00", "at most 12 months"):
        assert said in json.dumps(modal)
    assert modal["submit"]["text"] == "Send"
    empty = await kit(workspace).submits({"text": "  ", "name": "With my name"})
    assert empty["response_action"] == "errors"


async def test_what_is_taken_back_after_the_close_goes_from_the_channel(workspace: Workspace) -> None:
    await asked(workspace)
    for number in range(5):
        await answers(workspace, kit(workspace, number), f"Unnamed {number}.")
    await workspace.wait(hours=24)
    assert "Unnamed 4." in channel(workspace)
    await kit(workspace, 2).presses_in("DKIT2", "Take mine back")
    await workspace.settle()
    assert "Unnamed" not in channel(workspace), "four are too few to stand without a name"
    assert "Taken back, and deleted." in private(workspace, kit(workspace, 2))
    assert "Unnamed 2." not in workspace.api.shown()
    assert "fewer than five were without a name" in private(workspace, kit(workspace, 1))


async def test_a_round_that_nobody_answers_closes_quietly(workspace: Workspace) -> None:
    await asked(workspace)
    posted = len(workspace.api.messages)
    await workspace.wait(hours=25)
    assert len(workspace.api.messages) == posted
    assert "Closed." in channel(workspace)


async def test_a_question_of_their_own_is_theirs_to_the_letter(workspace: Workspace) -> None:
    typed = OWN.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    await asked(workspace, typed)
    (message,) = [each for each in workspace.api.standing() if each.channel == CHANNEL]
    shown = json.dumps(message.blocks, ensure_ascii=False)
    assert OWN in shown
    assert '"user_id": "UBEN"' in shown
    assert "<!channel>" not in message.text


async def test_somebody_unknown_is_told_how_to_get_in_and_nothing_is_kept(workspace: Workspace) -> None:
    said = json.dumps(await kit(workspace).reflects("trust"))
    assert "I do not know you here yet" in said
    async with everything(workspace.built.store.database) as connection:
        assert (await connection.execute(select(t.team_rounds))).all() == []


async def test_a_channel_that_the_app_is_not_in_is_told_to_whoever_asked(workspace: Workspace) -> None:
    workspace.api.closed_to_us.add(CHANNEL)
    await asked(workspace)
    assert channel(workspace) == "[]"
    assert "Invite me" in private(workspace, workspace.ben)
    workspace.api.closed_to_us.clear()
    await asked(workspace)
    assert "A question for everybody here" in channel(workspace)


async def test_one_question_at_a_time_stands_in_a_channel(workspace: Workspace) -> None:
    await asked(workspace)
    assert "Close it now" in json.dumps(await workspace.ben.reflects("power"))
    assert "Only you can see this" in json.dumps(await workspace.ben.reflects("power", "C2"))


async def test_cancelled_or_left_lying_it_is_never_asked(workspace: Workspace) -> None:
    await workspace.ben.reflects(OWN)
    await workspace.ben.chooses("Cancel")
    await workspace.settle()
    assert "Nothing was asked" in json.dumps(workspace.api.said["UBEN"])
    await workspace.ben.reflects(OWN)
    await workspace.wait(hours=25)
    await workspace.ben.chooses("Use this one")
    await workspace.settle()
    assert channel(workspace) == "[]"
    async with everything(workspace.built.store.database) as connection:
        assert (await connection.execute(select(t.words))).all() == []


async def test_between_the_two_it_says_where_it_belongs(workspace: Workspace) -> None:
    said = json.dumps(await workspace.ben.reflects("", workspace.ben.channel))
    assert "In a channel, /reflect asks everybody there" in said
    assert "I know these themes" in json.dumps(await workspace.ben.reflects("weather"))


async def test_whoever_writes_that_harm_is_near_is_shown_who_can_be_reached(workspace: Workspace) -> None:
    await asked(workspace)
    shown = json.dumps(await answers(workspace, kit(workspace), "I want to kill myself."))
    assert "People can, now." in shown
    assert "999" in shown


async def test_somebody_of_another_workspace_finds_no_round(workspace: Workspace) -> None:
    await asked(workspace)
    (message,) = [each for each in workspace.api.standing() if each.channel == CHANNEL]
    button = next(each for block in message.blocks for each in block.get("elements", ()) if "value" in each)
    person = kit(workspace)
    body = {
        "type": "block_actions",
        "team": {"id": "T2"},
        "user": {"id": person.user, "team_id": "T2"},
        "trigger_id": "trigger1",
        "container": {"type": "message", "message_ts": message.ts, "channel_id": CHANNEL},
        "actions": [{**button, "action_ts": "1.1"}],
    }
    assert (await person.interacts(body))[0] == 200
    await workspace.settle()
    assert workspace.api.modals == []


async def test_erasing_somebody_takes_their_answer_and_their_question_from_the_channel(
    workspace: Workspace,
) -> None:
    await asked(workspace, OWN)
    await answers(workspace, workspace.ben, "Mine.", "With my name")
    await answers(workspace, kit(workspace), "Another's.", "With my name")
    await workspace.wait(hours=24)
    assert "Mine." in channel(workspace)
    await erase(workspace.built.store, BEN.reader, workspace.now)
    await workspace.settle()
    assert "Mine." not in channel(workspace)
    assert "What did we leave" not in channel(workspace)
    assert "Another's." in channel(workspace)
    async with everything(workspace.built.store.database) as connection:
        rows = json.dumps([[*map(str, row)] for row in await connection.execute(select(t.team_rounds))])
        rows += json.dumps([[*map(str, row)] for row in await connection.execute(select(t.team_answers))])
    assert "UBEN" not in rows


@pytest.mark.parametrize(
    "value", ["team-use|a b|team|a b", "team-nothing|a b|team|a b", "team-send|a|team|a"]
)
async def test_a_button_that_is_none_of_ours_is_refused_kindly(workspace: Workspace, value: str) -> None:
    await workspace.ben.reflects()
    workspace.api.said["UBEN"][-1]["elements"][0]["value"] = value
    await workspace.ben.chooses("Use this one")
    await workspace.settle()
    assert channel(workspace) == "[]"
    assert cards.GONE in json.dumps(workspace.api.said["UBEN"]) or "Nothing was changed" in json.dumps(
        workspace.api.said["UBEN"]
    )
