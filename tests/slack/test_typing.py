"""Plain typing is good enough for everything: joining, answering, saying no, and choosing who may see it."""

import pytest

from bot.conversation import typed
from bot.conversation.events import Choice
from bot.conversation.state import Standing, State
from bot.messages import Action
from bot.model import Facilitators
from tests.cast import BEN
from tests.slack.conftest import Workspace
from tests.slack.test_story import TUESDAY_10
from tests.views import conversation

NAMED, UNNAMED, NO = Facilitators.NAMED, Facilitators.UNNAMED, Facilitators.NO


async def test_a_whole_round_can_be_typed(workspace: Workspace) -> None:
    ben = workspace.ben
    await workspace.ada_joins()
    await ben.opens_the_app()
    for text in ("read on", "I agree.", "The one who takes the minutes"):
        await ben.says(text)
        await workspace.settle()
    assert (await workspace.view(BEN)).words_for_me == "The one who takes the minutes"
    await workspace.wait_until(TUESDAY_10)
    first = (await workspace.view(BEN)).conversation.question
    await ben.says("Another question")
    assert (await workspace.view(BEN)).conversation.question != first
    for text in ("I kept the minutes short.", "That’s it.", "I have said enough"):
        await ben.says(text)
    await ben.says("My partner, and the facilitators without my name")
    await workspace.settle()
    (answer, added) = next(iter((await workspace.view(BEN)).rounds.values())).written
    assert (answer.sharing.partner, answer.sharing.facilitators) == (True, UNNAMED)
    assert (added.sharing.partner, added.sharing.facilitators) == (False, NO)
    assert not answer.sharing.chats, "which is said by its own button"
    assert "The facilitators see it after the opening, without your name" in workspace.api.shown()
    await ben.says("pause")
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.PAUSED


CHOOSING = conversation(State.CHOOSING, answered=True)


@pytest.mark.parametrize(
    ("text", "partner", "upward"),
    [
        ("only me", False, NO),
        ("No, only me.", False, NO),
        ("My partner", True, NO),
        ("the facilitators with my name", False, NAMED),
        ("My partner and facilitators with my name!", True, NAMED),
    ],
)
def test_who_may_see_an_answer_is_read_out_of_a_whole_message(
    text: str, partner: bool, upward: Facilitators
) -> None:
    chose = typed.chosen(text, CHOOSING)
    assert chose is not None
    answer, added = chose.choices.values()
    assert answer == Choice(partner, upward)
    assert added == Choice(False, NO)


@pytest.mark.parametrize(
    "text",
    ["", "my partner is away", "only me and my partner", "everybody", "facilitators", "not my partner"],
)
def test_what_is_not_clear_chooses_nothing(text: str) -> None:
    assert typed.chosen(text, CHOOSING) is None


def test_nothing_is_chosen_where_nothing_is_to_be_chosen() -> None:
    assert typed.chosen("my partner", conversation(State.WAITING)) is None


@pytest.mark.parametrize("text", ["skip", "Pause", "why this one?"])
def test_on_a_page_such_a_message_is_an_answer(text: str) -> None:
    assert typed.command(text, conversation(State.ASKED), in_chat=False) is None
    assert isinstance(typed.command(text, conversation(State.ASKED), in_chat=True), Action)
