"""The app's home: what each finds there, as it was when somebody last looked, and that it works and leaks nothing.

`python -m tests.slack.test_home` writes the golden homes anew; read the difference before you keep it.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from adapters.slack import home, limits
from adapters.slack.render import to_home
from bot.conversation.state import Standing, State
from bot.digest.model import Counts, DigestNumbers
from bot.messages import Card
from bot.model import Account, Module, Platform, Programme, Role, Weekly
from bot.rows import Glance, GlancePair, GlancePerson, Week
from tests.cast import BEN, FAY, JO, bring_in
from tests.slack.conftest import Workspace
from tests.slack.stub import TEAM, Person, valid
from tests.slack.test_golden import ADDRESS, within_limits
from tests.slack.test_story import MINE, THEIRS, asked, opened
from tests.views import ANSWER, LATER, PARTNERS, conversation, early, opened_round, round_view, view

GOLDEN = Path(__file__).parent / "golden"
OPENED = datetime(2026, 3, 5, 17, tzinfo=UTC)


def person(name: str, role: Role = Role.MEMBER, *, joined: bool = True) -> GlancePerson:
    return GlancePerson(name * 4, name, role, joined=joined, left=False, has_address=True, free=False)


def glance() -> Glance:
    weekly = Weekly(1, time(10), "Europe/London")
    programme = Programme(
        "t", "g", "Leading side by side", "Europe/London", weekly, 2, time(17), weekly, 12, "Jo"
    )
    amara, ben, cleo, dan = person("Amara"), person("Ben"), person("Cleo"), person("Dan", joined=False)
    return Glance(
        programme,
        (Module("t", "m", "g", 1, "Beginning", "trust", date(2026, 3, 2)),),
        (
            GlancePair("1", amara, ben, (Week(OPENED, 2),)),
            GlancePair("2", cleo, dan, (Week(OPENED - timedelta(weeks=1), 2), Week(OPENED, 0))),
        ),
        (amara, ben, cleo, dan, person("Fay", Role.FACILITATOR)),
    )


DIGEST = DigestNumbers(
    "d" * 32,
    "Leading side by side",
    "Europe/London",
    OPENED - timedelta(days=6),
    OPENED + timedelta(days=1),
    Counts(people=4, answered=2, kept=1, held=1),
    lines=2,
    waiting=1,
    taken_back=1,
)
HOMES: Mapping[str, Card] = {
    "asked": home.member(view(State.ASKED, round_view()), LATER),
    "not-begun": home.member(early(State.TOLD), LATER),
    "between": home.member(
        replace(view(State.WAITING, opened_round()), next_ask_at=LATER + timedelta(days=6)), LATER
    ),
    "alone": home.member(
        view(State.ASKED, round_view(), conversation=conversation(State.ASKED, alone=True)), LATER
    ),
    "paused": home.member(
        view(
            State.ASKED,
            round_view(),
            conversation=conversation(
                State.ASKED, standing=Standing.PAUSED, resume_at=LATER + timedelta(days=14)
            ),
        ),
        LATER,
    ),
    "stopped": home.member(
        view(State.ASKED, round_view(), conversation=conversation(State.ASKED, standing=Standing.STOPPED)),
        LATER,
    ),
    "facilitator": home.facilitator(glance(), DIGEST),
    "facilitator-before-anything": home.facilitator(replace(glance(), pairs=()), None),
    "outside": home.outside(),
    "stranger": home.stranger(),
}


def golden(name: str) -> str:
    return json.dumps(to_home(HOMES[name], ADDRESS), ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", HOMES)
def test_a_home_looks_as_it_did_when_somebody_last_looked(name: str) -> None:
    assert golden(name) == (GOLDEN / f"home-{name}.json").read_text("utf-8")


@pytest.mark.parametrize("name", HOMES)
def test_slack_takes_every_home_and_nobodys_answer_stands_in_it(name: str) -> None:
    blocks = to_home(HOMES[name], ADDRESS)["blocks"]
    assert valid(blocks, limits.HOME_BLOCKS) == ""
    assert within_limits(blocks) == []
    text = json.dumps(blocks, ensure_ascii=False)
    assert not [words for words in (ANSWER, PARTNERS, ANSWER[:20], PARTNERS[:20]) if words in text]


def shown(workspace: Workspace, user: str = "UBEN") -> str:
    return json.dumps(workspace.api.homes[user], ensure_ascii=False)


async def test_a_member_finds_their_pair_and_what_comes_next_and_can_pause_and_stop(
    workspace: Workspace,
) -> None:
    await asked(workspace)
    ben = workspace.ben
    await ben.opens_the_app("home")
    await workspace.settle()
    assert "You and Ada" in shown(workspace)
    assert "What you both share opens on Thursday at 17:00." in shown(workspace)
    await ben.presses_at_home("Pause")
    await workspace.settle()
    assert "I am quiet until" in shown(workspace), "it says at once how things stand now"
    await ben.presses_at_home("Stop")
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.STOPPED
    await ben.presses_at_home("Start again")
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.ACTIVE


async def test_nobodys_answer_stands_there_whatever_was_shared(workspace: Workspace) -> None:
    await opened(workspace, "chats")
    assert THEIRS in workspace.api.shown(), "the control"
    await workspace.ben.opens_the_app("home")
    await workspace.settle()
    assert THEIRS not in shown(workspace)
    assert MINE not in shown(workspace)


async def test_until_the_opening_it_reads_the_same_whatever_the_partner_did(workspace: Workspace) -> None:
    await asked(workspace)
    await workspace.ben.opens_the_app("home")
    await workspace.settle()
    before = shown(workspace)
    await workspace.ada_says(THEIRS)
    await workspace.ben.opens_the_app("home")
    await workspace.settle()
    assert shown(workspace) == before


async def test_a_facilitator_somebody_outside_and_a_stranger_each_find_their_own(
    workspace: Workspace,
) -> None:
    store = workspace.built.store
    await bring_in(store)
    for who, user in ((FAY, "UFAY"), (JO, "UJO")):
        async with store.write() as tx:
            await tx.setup.reach(who.reader, Account(Platform.SLACK, f"{TEAM}:{user}"))
    found = {}
    for user in ("UFAY", "UJO", "USTRANGER"):
        await Person(user, workspace.api, workspace.ben.client).opens_the_app("home")
        await workspace.settle()
        found[user] = shown(workspace, user)
    assert "have joined" in found["UFAY"]
    assert "/me/programme" in found["UFAY"]
    assert "ask you for a call" in found["UJO"]
    assert "/alongside join CODE" in found["USTRANGER"]
    assert not workspace.api.messages, "whoever looks has asked nothing"


async def test_what_was_pressed_in_a_home_that_is_nobodys_any_more_changes_nothing(
    workspace: Workspace,
) -> None:
    await asked(workspace)
    await workspace.ben.opens_the_app("home")
    await workspace.settle()
    await workspace.ben.commands("not in slack")
    await workspace.ben.presses_at_home("Stop")
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.ACTIVE
    assert "/alongside join CODE" in shown(workspace)


if __name__ == "__main__":
    for name in HOMES:
        (GOLDEN / f"home-{name}.json").write_text(golden(name), "utf-8")
    print(f"{len(HOMES)} homes written to {GOLDEN}")
