"""What facilitators ask for in Slack: as their page has it, seen by them alone, and by nobody else at all."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.glance import view_of
from adapters.slack import commands, desk
from adapters.slack.render import to_message
from bot.messages import Action
from bot.model import Account, Platform
from tests.cast import ADA, FAY, IVY, JO, Character, bring_in
from tests.slack.conftest import Workspace
from tests.slack.stub import TEAM, Person, valid
from tests.slack.test_golden import within_limits
from tests.slack.test_home import OPENED, glance, person
from tests.slack.test_story import MINE, THEIRS, THURSDAY_17, asked

pytestmark = pytest.mark.both

FRIDAY_16 = datetime(2026, 11, 20, 16, tzinfo=UTC)
WORDS = ("digest", "programme", "people")


async def in_slack(workspace: Workspace, who: Character = FAY, user: str = "UFAY") -> Person:
    """Somebody is reached in the workspace, too."""
    async with workspace.built.store.write() as tx:
        await tx.setup.reach(who.reader, Account(Platform.SLACK, f"{TEAM}:{user}"))
    return Person(user, workspace.api, workspace.ben.client)


async def a_week(workspace: Workspace) -> None:
    """A week in which Ada shared a line with the facilitators by name, and Ben one without."""
    await asked(workspace)
    await workspace.ada_says(THEIRS)
    await workspace.ada(Action.DONE)
    await workspace.ada(Action.DECLINE)
    await share(workspace, "named")
    ben = workspace.ben
    await ben.says(MINE)
    await ben.says("that's it")
    await workspace.settle()
    await ben.presses("I have said enough")
    await workspace.settle()
    await ben.presses("Keep these choices", {"facilitators": "unnamed"})
    await workspace.settle()
    await workspace.wait_until(THURSDAY_17)
    await workspace.wait_until(FRIDAY_16)


async def share(workspace: Workspace, value: str) -> None:
    view = await workspace.view(ADA)
    for round_ in view.rounds.values():
        for part in round_.written:
            await workspace.ada(Action.CHOOSE, "", **{f"facilitators:{part.id}": value})


async def asks(person: Person, text: str, channel: str = "C1") -> str:
    """What somebody alone is shown after `/alongside`, as text."""
    answer: dict[str, Any] = json.loads(await person.commands(text, channel=channel))
    assert answer["response_type"] == "ephemeral"
    assert valid(answer["blocks"]) == ""
    return json.dumps(answer, ensure_ascii=False)


async def test_the_weekly_page_is_asked_for_as_numbers_and_no_word_of_it_comes(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    assert "There is no weekly page yet" in await asks(fay, "digest")
    await a_week(workspace)
    found = await asks(fay, " Digest ")
    assert "1 line waits for you." in found
    assert "2 of 2 people answered." in found
    assert "fewer than five people shared without a name: 1." in found
    async with workspace.built.store.read() as tx:
        (newest,) = await tx.digests.summaries(FAY.reader)
        page = await tx.digests.view(FAY.reader, newest.id)
        numbers = await tx.glances.numbers(FAY.reader, newest.id)
    assert [line.text for line in page.lines] == [THEIRS], "the control: the page has it"
    assert (numbers.counts, numbers.lines, numbers.taken_back) == (page.counts, 1, page.taken_back)
    assert f"http://127.0.0.1/me/digests/{newest.id}" in found
    sent = json.dumps([[*map(str, call)] for call in workspace.api.calls])
    assert [words for words in (THEIRS, "the date") if words in found or words in sent] == []


async def test_what_is_taken_back_settled_or_held_is_counted_as_the_page_counts_it(
    workspace: Workspace,
) -> None:
    fay = await in_slack(workspace)
    await a_week(workspace)
    async with workspace.built.store.write() as tx:
        (newest,) = await tx.digests.summaries(FAY.reader)
        (line,) = (await tx.digests.view(FAY.reader, newest.id)).lines
        await tx.digests.reply(FAY.reader, line.id, "We have read it.", workspace.now)
    answered = await asks(fay, "digest")
    assert "Every line has been taken further or answered." in answered
    assert "We have read it" not in answered
    await share(workspace, "no")
    taken = await asks(fay, "digest")
    assert "Nothing can be shown now." in taken
    assert "Taken back since: 1." in taken


async def test_the_programme_and_the_people_are_as_on_their_page(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    assert "Nothing has opened yet." in await asks(fay, "programme")
    await a_week(workspace)
    programme = await asks(fay, "programme")
    assert "Leading together" in programme
    assert "Ada and Ben: both" in programme
    assert "Questions come on Tuesday" in programme
    assert "/me/programme" in programme
    people = await asks(fay, "people")
    assert "Ben. I write to them in Slack." in people
    assert "Ada. I write to them on their page alone." in people
    assert "Fay, facilitates." in people
    assert THEIRS not in programme + people


async def test_nothing_of_it_goes_on_standing_in_slack(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    await a_week(workspace)
    calls = len(workspace.api.calls)
    for word in WORDS:
        await asks(fay, word)
        await asks(fay, word, fay.channel)
    await workspace.settle()
    assert len(workspace.api.calls) == calls


@pytest.mark.parametrize("word", [*WORDS, "digest here", "digest stop"])
async def test_to_anybody_else_these_are_words_that_are_not_known(workspace: Workspace, word: str) -> None:
    await bring_in(workspace.built.store)
    unknown = commands.read(word).answer
    assert "I do not know that one" in unknown
    for who in (
        workspace.ben,
        await in_slack(workspace, JO, "UJO"),
        Person("USTRANGER", workspace.api, workspace.ben.client),
    ):
        assert await who.commands(word) == unknown, who.user
    assert [each for each in WORDS if f"/alongside {each}" in unknown] == []


async def test_a_facilitator_learns_of_their_own_programme_alone(workspace: Workspace) -> None:
    await bring_in(workspace.built.store)
    ivy = await in_slack(workspace, IVY, "UIVY")
    await a_week(workspace)
    found = "".join([await asks(ivy, word) for word in WORDS])
    assert "Second programme" in found
    assert [each for each in ("Leading together", "Ada", "Ben", "Fay") if each in found] == []


async def test_a_facilitator_who_is_one_no_more_is_answered_as_anybody(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    async with workspace.built.store.write() as tx:
        await tx.erasure.remove(FAY.reader)
    assert "I do not know that one" in await fay.commands("people")


async def test_a_facilitator_is_told_what_they_can_ask_and_guessed_for(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    assert "/alongside people" in await asks(fay, "help")
    assert "/alongside people" in await asks(fay, "")
    assert "Did you mean /alongside not in slack?" in await asks(fay, "not in slak")
    assert "Did you mean /alongside programme?" in await asks(fay, "program")


def test_a_programme_of_ninety_people_fits_into_what_slack_takes() -> None:
    given = glance()
    many = tuple(person(f"Somebody with quite a long name, number {n}") for n in range(90))
    pairs = tuple(replace(given.pairs[0], id=str(n), one=many[2 * n], two=many[2 * n + 1]) for n in range(45))
    view = view_of(replace(given, pairs=pairs, people=many), OPENED + timedelta(days=1), "nobody")
    for card in (desk.programme(view), desk.people(view)):
        made = to_message(card, "https://alongside.example.org")
        assert valid(list(made.blocks)) == ""
        assert within_limits(list(made.blocks)) == []
        assert "number 89" in json.dumps(made.blocks)
