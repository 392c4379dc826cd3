"""A pair of which one half is in Slack: the whole of a round, over real HTTP, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

import adapters.house
from bot.conversation.state import Standing, State
from bot.leave import erase
from bot.messages import Action
from tests.cast import ADA, BEN, NAMES
from tests.conftest import only_sqlite
from tests.slack.conftest import Workspace
from tests.slack.stub import Failure

pytestmark = pytest.mark.both

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)
MINE, THEIRS = "I kept the minutes short.", "I went along with the date."


async def asked(workspace: Workspace) -> None:
    """Both have joined, and have been asked."""
    await workspace.ada_joins()
    await workspace.ben_joins()
    await workspace.wait_until(TUESDAY_10)


async def opened(workspace: Workspace, value: str) -> None:
    """Both have answered and shared, Ada as `value` says; the opening has come."""
    await asked(workspace)
    await workspace.ada_says(THEIRS)
    await workspace.ada(Action.DONE)
    await workspace.ada(Action.DECLINE)
    await workspace.ada_shares(value)
    ben = workspace.ben
    await ben.says(MINE)
    await ben.says("that's it")
    await workspace.settle()
    await ben.presses("I have said enough")
    await workspace.settle()
    await ben.presses("Keep these choices", {"partner": "yes"})
    await workspace.settle()
    await workspace.wait_until(THURSDAY_17)


async def test_somebody_joins_answers_is_probed_shares_and_reads_both_words_in_slack(
    workspace: Workspace,
) -> None:
    ben, api = workspace.ben, workspace.api
    await workspace.ada_joins()
    await ben.opens_the_app()
    await workspace.settle()
    assert "a bot that asks questions" in api.shown()
    await ben.says("Am I heard already?")
    assert "Am I heard already?" not in str((await workspace.view(BEN)).rounds), (
        "nothing is kept before consent"
    )
    for label in ("Read on", "I agree"):
        await ben.presses(label)
        await workspace.settle()
    await ben.presses("Your words for yourself")
    await workspace.settle()
    assert api.modals[-1]["submit"]["text"] == "Use these words"
    assert await ben.submits({"words": "Ben, who takes the minutes"}) == {}
    await workspace.settle()
    assert (await workspace.view(BEN)).words_for_me == "Ben, who takes the minutes"
    await workspace.wait_until(TUESDAY_10)
    assert "Your organisation may be able to read what is written here" in api.shown()

    await ben.says("The real talk was before I came in.")
    await ben.says("I was furious.")
    await workspace.wait(minutes=5)
    assert "“I was furious”" in api.shown()
    await ben.presses("I have said enough")
    await workspace.settle()
    await ben.presses("Keep these choices", {"partner": "yes"})
    await workspace.settle()
    await workspace.ada_says(THEIRS)
    await workspace.ada(Action.DONE)
    await workspace.ada(Action.DECLINE)
    await workspace.ada_shares("chats")
    assert THEIRS not in api.shown()
    await workspace.wait_until(THURSDAY_17)
    assert THEIRS in api.shown()
    heard = next(iter((await workspace.view(ADA)).rounds.values())).heard[0].text
    assert heard == "The real talk was before I came in.\n\nI was furious."


async def test_words_whose_author_keeps_them_out_of_chats_are_a_link_there(workspace: Workspace) -> None:
    await opened(workspace, "yes")
    assert THEIRS not in workspace.api.shown()
    assert "Read them on my page" in workspace.api.shown()


async def test_words_that_are_taken_back_go_from_the_message_that_showed_them(workspace: Workspace) -> None:
    await opened(workspace, "chats")
    assert THEIRS in workspace.api.shown()
    await workspace.ada_shares("no")
    await workspace.settle()
    assert THEIRS not in workspace.api.shown()
    assert "Taken back." in workspace.api.shown()


async def test_whoever_erases_themselves_leaves_nothing_of_their_partners_in_their_chat(
    workspace: Workspace,
) -> None:
    await opened(workspace, "chats")
    assert THEIRS in workspace.api.shown()
    await workspace.built.house.erase(BEN.reader)
    assert THEIRS not in workspace.api.shown()


@only_sqlite
async def test_a_slow_slack_holds_up_nobodys_erasure(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.house, "LONGEST", timedelta(seconds=0.1))
    await opened(workspace, "chats")
    workspace.api.failures["chat.delete"] = [Failure(silent=True)]
    await workspace.built.house.erase(BEN.reader)
    async with workspace.built.store.read() as tx:
        assert (await tx.people.get(BEN.reader)).name != NAMES[BEN.id]


async def test_what_is_erased_goes_from_the_partners_chat_at_once(workspace: Workspace) -> None:
    await opened(workspace, "chats")
    assert THEIRS in workspace.api.shown()
    await erase(workspace.built.store, ADA.reader, workspace.now)
    await workspace.settle()
    assert THEIRS not in workspace.api.shown()
    assert "Taken back." in workspace.api.shown()


async def test_editing_and_deleting_a_message_changes_the_answer(workspace: Workspace) -> None:
    await asked(workspace)
    ben = workspace.ben
    first, second = await ben.says("I said nothing."), await ben.says("Or next to nothing.")
    await ben.edits(first, "I said one thing.")
    await ben.deletes(second)
    await ben.says("That’s it.")
    await workspace.settle()
    (part, _) = next(iter((await workspace.view(BEN)).rounds.values())).written
    assert part.text == "I said one thing."


async def test_one_turn_is_taken_in_a_modal_and_said_word_for_word(workspace: Workspace) -> None:
    await opened(workspace, "chats")
    ben = workspace.ben
    await ben.presses("Ask or say one thing back")
    await workspace.settle()
    refused = await ben.submits({"text": "   "})
    assert refused["response_action"] == "errors"
    assert await ben.submits({"text": "Why <!channel> the date & not the place?"}) == {}
    await workspace.settle()
    round_ = next(iter((await workspace.view(ADA)).rounds))
    await workspace.ada(Action.READ, round_)
    (turn,) = (await workspace.view(ADA)).rounds[round_].turns
    assert turn.text == "Why <!channel> the date & not the place?"
    assert await ben.submits({"text": "Another one"}, "V-again") != {}, "one turn is one turn"


async def test_stop_typed_or_as_a_command_silences_at_once_and_can_be_undone(workspace: Workspace) -> None:
    await asked(workspace)
    ben = workspace.ben
    assert "Nobody has been told" in await ben.commands("stop")
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.STOPPED
    before = len(workspace.api.messages)
    await workspace.wait(days=8)
    assert len(workspace.api.messages) == before
    await ben.presses("Start again")
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.ACTIVE


async def test_a_command_that_is_unknown_gets_the_nearest(workspace: Workspace) -> None:
    assert "Did you mean /alongside pause?" in await workspace.ben.commands("pasue")
    assert "http://127.0.0.1/me/reflections" in await workspace.ben.commands("my reflections")
    assert (await workspace.ben.commands("my words")).endswith(" http://127.0.0.1/me/")
    assert (await workspace.view(BEN)).conversation.state is State.INVITED
