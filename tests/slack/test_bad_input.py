"""What should not come, and comes: unsigned, replayed, from strangers, twice, too much, too late."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.conversation.state import Standing
from bot.errors import Conflict, Unavailable
from storage import tables as t
from tests.cast import BEN
from tests.databases import everything
from tests.slack.conftest import Workspace
from tests.slack.stub import TEAM, Failure, Person
from tests.slack.test_story import TUESDAY_10, asked

JSON = "application/json"


async def count(workspace: Workspace, table: Any = t.claims) -> int:
    async with everything(workspace.built.store.database) as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


def event(workspace: Workspace, text: str = "stop") -> str:
    ben = workspace.ben
    body = {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": "Ev-x",
        "event": ben.message(text, ben.ts()),
    }
    return json.dumps(body)


@pytest.mark.parametrize(
    "how", [{"secret": "another secret"}, {"age": 301.0}], ids=["a bad signature", "a replayed one"]
)
async def test_what_slack_did_not_just_sign_is_refused_and_changes_nothing(
    workspace: Workspace, how: dict[str, Any]
) -> None:
    before = await count(workspace)
    status, answer = await workspace.ben.send(event(workspace), JSON, **how)
    assert status == 401
    assert "stop" not in answer
    assert await count(workspace) == before
    assert (await workspace.view(BEN)).conversation.standing is Standing.ACTIVE


async def test_whoever_is_unknown_is_told_so_and_nothing_is_kept(workspace: Workspace) -> None:
    stranger = Person("USTRANGER", workspace.api, workspace.ben.client)
    before = await count(workspace), await count(workspace, t.words)
    await stranger.says("Is anybody there?")
    await workspace.settle()
    assert "I do not know you here yet" in workspace.api.standing()[-1].text
    assert "I do not know you here yet" in await stranger.commands("stop")
    assert (await count(workspace), await count(workspace, t.words)) == before


async def test_the_same_person_in_another_workspace_is_somebody_else(workspace: Workspace) -> None:
    body = json.loads(event(workspace)) | {"team_id": "T2"}
    assert (await workspace.ben.send(json.dumps(body), JSON))[0] == 200
    await workspace.settle()
    assert (await workspace.view(BEN)).conversation.standing is Standing.ACTIVE


@pytest.mark.parametrize(
    "noise",
    [
        {"bot_id": "B1"},
        {"app_id": "A1"},
        {"subtype": "channel_join"},
        {"channel_type": "channel"},
        {"user_team": "T9"},
        {"text": ""},
    ],
    ids=["a bot", "an app", "a notice", "a channel", "a connected workspace", "nothing at all"],
)
async def test_noise_and_whoever_is_not_meant_are_passed_over(
    workspace: Workspace, noise: dict[str, str]
) -> None:
    await asked(workspace)
    before = await count(workspace)
    await workspace.ben.says(**{"text": "stop", **noise})
    await workspace.settle()
    assert await count(workspace) == before
    assert (await workspace.view(BEN)).conversation.standing is Standing.ACTIVE


async def test_an_event_that_comes_five_times_has_one_effect(workspace: Workspace) -> None:
    await asked(workspace)
    ben = workspace.ben
    message = ben.message("I kept the minutes short.", ben.ts())
    for _ in range(5):
        assert await ben.event(message, "Ev-once") == 200
    await ben.says("that's it")
    await workspace.settle()
    (part, _) = next(iter((await workspace.view(BEN)).rounds.values())).written
    assert part.text == "I kept the minutes short."


async def test_a_button_from_before_is_answered_kindly_and_changes_nothing(workspace: Workspace) -> None:
    await asked(workspace)
    ben = workspace.ben
    message, skip = ben.button("Skip it")
    await ben.presses("Skip it")
    await workspace.settle()
    before = (await workspace.view(BEN)).conversation
    await ben.acts(message, skip, {})
    await workspace.settle()
    after = (await workspace.view(BEN)).conversation
    assert (after.state, after.round) == (before.state, before.round)
    assert "That has no place here just now" in workspace.api.shown()


@pytest.mark.parametrize("value", ["", "skip", "nonsense|a|question|b", "skip|a|nonsense|b"])
async def test_a_button_that_is_none_of_ours_says_so(workspace: Workspace, value: str) -> None:
    await asked(workspace)
    message, button = workspace.ben.button("Skip it")
    await workspace.ben.acts(message, {**button, "value": value}, {})
    await workspace.ben.acts(message, {**button, "value": value, "action_id": "open 1"}, {})
    await workspace.settle()
    assert len(workspace.api.whispers) == 2


async def test_a_modal_that_is_sent_twice_counts_once_and_too_much_in_it_stays_there(
    workspace: Workspace,
) -> None:
    await workspace.ada_joins()
    await workspace.ben_joins()
    await workspace.ben.presses("Your challenge")
    await workspace.settle()
    refused = await workspace.ben.submits({"challenge": "x" * 141})
    assert "at most 140" in next(iter(refused["errors"].values()))
    for _ in range(2):
        assert await workspace.ben.submits({"challenge": "Letters that people can read."}) == {}
        await workspace.settle()
    assert await count(workspace, t.challenges) == 1


async def test_a_trigger_that_has_run_out_opens_nothing_and_whoever_pressed_is_told(
    workspace: Workspace,
) -> None:
    await asked(workspace)
    workspace.api.failures["views.open"] = [Failure("expired_trigger_id")]
    await workspace.ben.presses("Change your words")
    await workspace.settle()
    assert not workspace.api.modals
    assert workspace.api.whispers == ["That did not open, and nothing was changed. Press it once more."]
    await workspace.ben.presses("Change your words")
    await workspace.settle()
    assert workspace.api.modals
    assert len(workspace.api.whispers) == 1


async def test_forty_thousand_characters_are_kept_and_shown_in_part_with_the_way_to_the_rest(
    workspace: Workspace,
) -> None:
    await asked(workspace)
    text = "I kept the minutes short. " * 1539
    await workspace.ben.says(text)
    await workspace.ben.says("that's it")
    await workspace.settle()
    await workspace.ben.presses("I have said enough")
    await workspace.settle()
    (part, _) = next(iter((await workspace.view(BEN)).rounds.values())).written
    assert part.text == text.strip()
    assert "Read all of it on your page" in workspace.api.shown()


async def test_words_can_neither_call_anybody_nor_forge_what_the_app_says(workspace: Workspace) -> None:
    await asked(workspace)
    await workspace.ben.says("&lt;!channel&gt; *I* was &lt;@U1&gt; <https://a.example|angry> &amp; _quiet_")
    await workspace.ben.says("that's it")
    await workspace.settle()
    (part, _) = next(iter((await workspace.view(BEN)).rounds.values())).written
    assert part.text == "<!channel> *I* was <@U1> angry (https://a.example) & _quiet_"
    for message in workspace.api.standing():
        assert "<!channel>" not in message.text
        assert all(each["type"] != "section" for each in message.blocks), "which would be read for markup"


# ---- Slack itself is in trouble


async def test_slack_that_asks_us_to_wait_is_waited_for_and_nothing_is_lost(workspace: Workspace) -> None:
    await workspace.ada_joins()
    await workspace.ben_joins()
    workspace.api.failures["chat.postMessage"] = [Failure("ratelimited", 429, retry_after=30)]
    await workspace.wait_until(TUESDAY_10)
    assert "Skip it" not in workspace.api.shown()
    await workspace.wait(seconds=29)
    assert "Skip it" not in workspace.api.shown()
    await workspace.wait(seconds=2)
    assert "Skip it" in workspace.api.shown()


@pytest.mark.parametrize(
    "failure", [Failure("internal_error", 500), Failure("fatal_error"), Failure(status=502, page="<p>No</p>")]
)
async def test_an_error_of_slacks_is_tried_again(workspace: Workspace, failure: Failure) -> None:
    workspace.api.failures["chat.postMessage"] = [failure]
    await workspace.ben.opens_the_app()
    await workspace.settle()
    assert not workspace.api.messages
    await workspace.wait(seconds=3)
    assert "a bot that asks questions" in workspace.api.shown()


async def test_what_can_never_be_sent_is_put_aside_with_its_reason(workspace: Workspace) -> None:
    workspace.api.failures["chat.postMessage"] = [Failure("missing_scope")]
    await workspace.ben.opens_the_app()
    await workspace.settle()
    async with everything(workspace.built.store.database) as connection:
        rows = (await connection.execute(select(t.outbox.c.state, t.outbox.c.reason))).all()
    assert [row.state for row in rows if row.reason] == ["dead"]
    assert "install it again with the permissions of its manifest" in rows[0].reason


async def test_what_is_gone_from_the_conversation_needs_no_change(workspace: Workspace) -> None:
    await asked(workspace)
    workspace.api.messages.clear()
    await workspace.ben.says("skip it, please")
    await workspace.ben.says("that's it")
    await workspace.settle()
    assert datetime(2026, 11, 17, tzinfo=UTC) + timedelta(days=1) > workspace.now
    async with everything(workspace.built.store.database) as connection:
        states = (await connection.execute(select(t.outbox.c.state).distinct())).scalars().all()
    assert "dead" not in states


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("away"), 503), (Conflict("at once"), 503), (KeyError("my words"), 500)]
)
async def test_what_cannot_be_taken_in_is_sent_again_and_no_log_says_what_it_was(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
) -> None:
    await asked(workspace)
    message = workspace.ben.message("my words", workspace.ben.ts())

    async def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("bot.receive.receive", fail)
        assert await workspace.ben.event(message, "Ev1") == status
    assert "my words" not in caplog.text
    assert await workspace.ben.event(message, "Ev1") == 200
    await workspace.ben.says("that's it")
    await workspace.settle()
    (part, _) = next(iter((await workspace.view(BEN)).rounds.values())).written
    assert part.text == "my words"
