"""Many workspaces: each is spoken to with its own token, and nothing follows where the app is not let in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import encode_basic_auth

from adapters.slack.many import Many
from adapters.slack.pace import Paced
from adapters.slack.poster import SlackPoster
from adapters.slack.workspaces import Voice
from bot.errors import PostFailed, Unavailable
from bot.messages import Card, CardKind, Outgoing, Text
from bot.model import Account, Platform
from storage import tables as t
from storage.store import SqlTx
from tests.cast import ADA, BEN, MONDAY
from tests.databases import everything
from tests.slack.conftest import Workspace, installed
from tests.slack.stub import CLIENT_ID, CLIENT_SECRET, LASTS, OTHER, OTHER_TOKEN, TEAM, TOKEN, Failure, Person
from tests.slack.test_lost import REMOVED, REVOKED, chats, posts_of_ben, rows
from tests.slack.test_story import TUESDAY_10, asked


async def install(many: Workspace, team: str = OTHER, token: str = OTHER_TOKEN) -> Person:
    """Another workspace lets the app in; Ada is in it."""
    many.api.tokens[token] = team
    async with many.built.store.write() as tx:
        await tx.installations.keep(replace(installed(team, token), installed_at=many.now))
        await tx.setup.reach(ADA.reader, Account(Platform.SLACK, f"{team}:UADA"))
    many.api.members |= {"UADA": team, "UBEN": TEAM}
    return Person("UADA", many.api, many.ben.client, clock=many.ben.clock, team=team)


def many_of(many: Workspace) -> Many:
    paced = many.built.posters[Platform.SLACK]
    assert isinstance(paced, Paced)
    assert isinstance(paced.chat, SlackPoster)
    assert isinstance(paced.chat.workspaces, Many)
    return paced.chat.workspaces


async def workspaces(many: Workspace) -> list[str]:
    return sorted(row.team for row in await rows(many, t.slack_installations.c.team))


async def test_each_is_written_to_by_the_token_of_their_own_workspace(many: Workspace) -> None:
    ada = await install(many)
    for person in (ada, many.ben):
        await person.opens_the_app("home")
        await many.settle()
        for label in ("Read on", "I agree", "Leave it empty"):
            await person.presses(label)
            await many.settle()
    await many.wait_until(TUESDAY_10)
    teams = {(each.channel, each.team) for each in many.api.standing()}
    assert teams == {("DADA", OTHER), ("DBEN", TEAM)}
    await ada.presses("Skip it")
    await many.settle()
    assert set(many.api.homes) == {"UADA", "UBEN"}
    assert "dead" not in {row.state for row in await rows(many, t.outbox.c.state)}


@pytest.mark.parametrize("team", ["T9", OTHER], ids=["never there", "removed"])
async def test_a_workspace_that_has_not_let_the_app_in_is_acknowledged_and_nothing_follows(
    many: Workspace, team: str
) -> None:
    ada = await install(many)
    assert await ada.event(REMOVED) == 200
    before = await rows(many, t.claims.c.key), await rows(many, t.words.c.id), len(many.api.calls)
    stranger = Person("UADA", many.api, many.ben.client, team=team)
    await stranger.says("Is anybody there?")
    await stranger.opens_the_app("home")
    assert await stranger.commands("help") == ""
    assert await stranger.commands("join BCDFG-HJKMN") == ""
    await many.settle()
    assert (await rows(many, t.claims.c.key), await rows(many, t.words.c.id), len(many.api.calls)) == before
    assert await many.ben.commands("when"), "the control: whoever is let in is answered"


async def test_what_slack_has_not_signed_is_refused_before_it_is_asked_where_it_is_from(
    many: Workspace,
) -> None:
    body = json.dumps({"type": "event_callback", "team_id": "T9", "event": {"type": "app_uninstalled"}})
    assert (await many.ben.send(body, "application/json", secret="another"))[0] == 401


async def test_removing_the_app_takes_the_token_along_and_sends_that_workspace_alone_to_its_pages(
    many: Workspace,
) -> None:
    ada = await install(many)
    await many.ben_joins()
    calls = len(many.api.calls)
    assert await many.ben.event(REMOVED) == 200
    assert await workspaces(many) == [OTHER]
    assert await chats(many) == {f"{OTHER}:UADA"}
    await many.wait_until(TUESDAY_10)
    assert len(many.api.calls) == calls, "sending stops at once"
    assert (await posts_of_ben(many))[-1] == ("question", "web")
    await ada.opens_the_app()
    await many.settle()
    assert many.api.standing()[-1].team == OTHER


@pytest.mark.both
async def test_a_removal_that_is_heard_of_after_the_app_was_let_in_again_changes_nothing(
    many: Workspace,
) -> None:
    removed_at = int((MONDAY - timedelta(minutes=2)).timestamp())
    late = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": REMOVED}
    body = json.dumps({**late, "event_time": removed_at})
    assert (await many.ben.send(body, "application/json"))[0] == 200
    assert await workspaces(many) == [TEAM]
    assert await chats(many) == {f"{TEAM}:UBEN"}
    body = json.dumps({**late, "event_time": removed_at + 300})
    assert (await many.ben.send(body, "application/json"))[0] == 200
    assert await workspaces(many) == []
    assert await chats(many) == set()


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "an older one"])
async def test_of_a_token_that_was_revoked_slack_is_asked_whether_it_was_ours(
    many: Workspace, ours: bool
) -> None:
    if ours:
        del many.api.tokens[TOKEN]
        many.api.refusals[TOKEN] = "token_revoked"
    assert await many.ben.event(REVOKED) == 200
    await many.settle()
    assert await workspaces(many) == ([] if ours else [TEAM])
    assert await chats(many) == (set() if ours else {f"{TEAM}:UBEN"})


async def test_a_refusal_of_a_token_that_is_not_the_newest_loses_nobody(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many.ben_joins()
    new = "xoxb-newer"
    many.api.tokens[new] = TEAM

    async def replaced() -> None:
        async with many.built.store.write() as tx:
            await tx.installations.keep(installed(token=new))

    voices, voice = many_of(many), many_of(many).voice

    async def just_before(team: str) -> Voice:
        found = await voice(team)
        await replaced()
        monkeypatch.setattr(voices, "voice", voice)
        return found

    monkeypatch.setattr(voices, "voice", just_before)
    del many.api.tokens[TOKEN]
    many.api.refusals[TOKEN] = "account_inactive"
    await many.ben.says("help")
    await many.settle()
    assert await chats(many) == {f"{TEAM}:UBEN"}
    many.now += timedelta(seconds=3)
    await many.settle()
    assert "999" in many.api.shown()


async def test_somebody_whose_workspace_has_not_let_the_app_in_yet_keeps_their_account_and_is_tried_again(
    many: Workspace,
) -> None:
    await many.ada_joins()
    await many.ben_joins()
    async with many.built.store.write() as tx:
        await tx.setup.reach(BEN.reader, Account(Platform.SLACK, f"{OTHER}:UBEN"))
    await many.wait_until(TUESDAY_10)
    assert f"{OTHER}:UBEN" in await chats(many)
    await install(many)
    many.api.members.clear()
    await many.wait(minutes=15)
    assert [each.team for each in many.api.standing() if "Skip it" in str(each.blocks)] == [OTHER]


async def test_no_token_is_in_a_repr_a_log_or_the_database_as_it_is(
    many: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await asked(many)
    many.api.failures["chat.postMessage"] = [Failure("internal_error", 500), Failure("missing_scope")]
    await many.ben.says("help")
    await many.settle()
    for _ in range(2):
        many.now += timedelta(minutes=1)
        await many.settle()
    async with many.built.store.read() as tx:
        (each,) = await tx.installations.every()
    assert each.token == TOKEN
    poster = many.built.posters[Platform.SLACK]
    seen = [repr(each), repr(poster), caplog.text]
    seen += [repr([*row]) for row in await rows(many, *t.slack_installations.c)]
    seen += [repr([*row]) for row in await rows(many, *t.audit.c)]
    assert [text for text in seen if TOKEN in text] == []


# ---- one workspace, and a token of another


async def test_a_token_of_another_workspace_is_the_operators_to_mend_and_takes_nobodys_account(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.api.tokens[TOKEN] = OTHER
    workspace.api.members = {"UBEN": TEAM}
    await workspace.ben.opens_the_app()
    await workspace.settle()
    assert await chats(workspace) == {f"{TEAM}:UBEN"}
    waiting = [
        row for row in await rows(workspace, t.outbox.c.state, t.outbox.c.due_at) if row.state == "queued"
    ]
    assert [row.due_at - workspace.now for row in waiting] == [timedelta(minutes=15)]
    assert f"is of the workspace {OTHER}" in caplog.text
    workspace.api.tokens[TOKEN] = TEAM
    await workspace.wait(minutes=15)
    assert "a bot that asks questions" in workspace.api.shown()


async def test_whoever_is_not_found_by_the_right_token_is_lost_as_before(workspace: Workspace) -> None:
    workspace.api.members = {"UBEN": OTHER}
    await workspace.ben.opens_the_app()
    await workspace.settle()
    assert await chats(workspace) == set()


async def test_where_slack_does_not_say_whose_the_token_is_nobody_is_lost_yet(workspace: Workspace) -> None:
    workspace.api.members = {"UBEN": OTHER}
    workspace.api.failures["auth.test"] = [Failure("internal_error", 500)]
    await workspace.ben.opens_the_app()
    await workspace.settle()
    assert await chats(workspace) == {f"{TEAM}:UBEN"}


# ---- tokens that run out


async def running_out(many: Workspace, seconds: float) -> str:
    """Ben's workspace gives tokens that run out, this one before long."""
    given = many.api.granted(TEAM, lasts=LASTS)
    async with many.built.store.write() as tx:
        until = many.now + timedelta(seconds=seconds)
        await tx.installations.keep(
            installed(token=given["access_token"], refresh=given["refresh_token"], expires_at=until)
        )
    return str(given["access_token"])


def asked_for_tokens(many: Workspace) -> int:
    return [method for method, _ in many.api.calls].count("oauth.v2.access")


async def a_minute_later(many: Workspace) -> None:
    """By the database's own clock, which says how long whoever asks Slack is left to it."""
    async with everything(many.built.store.database) as connection:
        await connection.execute(t.slack_installations.update().values(renewing_until=None))


async def now_kept(many: Workspace) -> tuple[str, datetime | None]:
    async with many.built.store.read() as tx:
        (found,) = await tx.installations.every()
    return found.token, found.expires_at


async def test_a_token_is_renewed_well_before_it_runs_out_and_then_left_alone(many: Workspace) -> None:
    old = await running_out(many, 3 * 60 * 60)
    await many.ben.opens_the_app()
    await many.settle()
    assert asked_for_tokens(many) == 0
    many.now += timedelta(hours=1, minutes=1)
    for _ in range(3):
        await many.ben.says("help")
        await many.settle()
    assert asked_for_tokens(many) == 1
    token, until = await now_kept(many)
    assert token != old
    assert until == datetime.fromtimestamp(int(many.now.timestamp()) + LASTS, UTC)


async def test_a_refresh_that_fails_for_now_is_tried_again_while_the_old_token_works(many: Workspace) -> None:
    await running_out(many, 60 * 60)
    many.api.failures["oauth.v2.access"] = [Failure("internal_error", 500)]
    await many.ben.opens_the_app()
    await many.settle()
    assert "a bot that asks questions" in many.api.shown()
    assert await chats(many) == {f"{TEAM}:UBEN"}
    await many.ben.opens_the_app("home")
    await many.settle()
    assert asked_for_tokens(many) == 1, "it is left alone for a while"


@pytest.mark.both
async def test_slack_is_asked_for_a_new_token_by_one_of_two_processes_and_both_go_on_with_it(
    many: Workspace,
) -> None:
    await running_out(many, -1)
    two = [Many(many_of(many)._line, many.built.store, lambda: many.now) for _ in range(4)]
    many.api.slow["oauth.v2.access"] = 0.2
    found = await asyncio.gather(*(each.voice(TEAM) for each in two), return_exceptions=True)
    voices = [each for each in found if isinstance(each, Voice)]
    waiting = [each for each in found if isinstance(each, PostFailed)]
    assert (len(voices), len(waiting), asked_for_tokens(many)) == (1, 3, 1)
    assert not any(each.permanent or each.lost for each in waiting), "they are tried again"
    again = [await each.voice(TEAM) for each in two]
    assert {each.client.token for each in again} == {voices[0].client.token}
    assert asked_for_tokens(many) == 1


@pytest.mark.both
async def test_whoever_comes_second_goes_on_with_the_old_token_while_it_works(many: Workspace) -> None:
    old = await running_out(many, 60 * 60)
    two = [Many(many_of(many)._line, many.built.store, lambda: many.now) for _ in range(2)]
    many.api.slow["oauth.v2.access"] = 0.2
    one, other = await asyncio.gather(*(each.voice(TEAM) for each in two))
    assert asked_for_tokens(many) == 1
    tokens = {one.client.token, other.client.token}
    assert old in tokens
    assert len(tokens) == 2


@pytest.mark.parametrize("error", ["invalid_refresh_token", "token_revoked", "account_inactive"])
async def test_a_refresh_that_fails_for_good_loses_the_workspace_once_the_old_token_is_over(
    many: Workspace, error: str
) -> None:
    await many.ada_joins()
    await many.ben_joins()
    await running_out(many, 60 * 60)
    many.api.failures["oauth.v2.access"] = [Failure(error) for _ in range(50)]
    await many_of(many).renew_due(many.built.house.lose)
    assert await chats(many) == {f"{TEAM}:UBEN"}, "until then there is time to let the app in again"
    await a_minute_later(many)
    await many.wait_until(TUESDAY_10)
    assert await chats(many) == set()
    assert await workspaces(many) == []
    assert (await posts_of_ben(many))[-1] == ("question", "web")


@pytest.mark.parametrize(
    "failure",
    [Failure("internal_error", 500), Failure("bad_client_secret"), Failure("ratelimited", 429, 30)],
    ids=["out of order", "a wrong secret", "too often"],
)
async def test_a_refresh_that_somebody_can_put_right_loses_nobody(many: Workspace, failure: Failure) -> None:
    await running_out(many, -1)
    many.api.failures["oauth.v2.access"] = [failure]
    await many.ben.opens_the_app()
    await many.settle()
    assert many.api.standing() == []
    assert await chats(many) == {f"{TEAM}:UBEN"}
    await a_minute_later(many)
    await many.wait(minutes=2)
    assert "a bot that asks questions" in many.api.shown()


async def test_a_token_that_runs_out_sooner_than_was_said_is_renewed_on_slacks_word(many: Workspace) -> None:
    token = await running_out(many, LASTS)
    del many.api.tokens[token]
    many.api.refusals[token] = "token_expired"
    await many.ben.opens_the_app()
    await many.settle()
    assert await chats(many) == {f"{TEAM}:UBEN"}
    await many.wait(seconds=3)
    assert "a bot that asks questions" in many.api.shown()
    assert asked_for_tokens(many) == 1


async def test_what_slack_gave_is_kept_though_whoever_asked_has_gone_and_the_database_was_away(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await running_out(many, -1)
    asked_by, store = many_of(many), many.built.store
    monkeypatch.setattr("adapters.slack.many.MOMENT", timedelta(milliseconds=10))
    many.api.slow["oauth.v2.access"] = 0.2
    waiting = asyncio.create_task(asked_by.voice(TEAM))
    await asyncio.sleep(0.1)
    waiting.cancel()
    write, tries = store.write, []

    @asynccontextmanager
    async def away() -> AsyncIterator[SqlTx]:
        tries.append(1)
        if len(tries) < 4:
            raise Unavailable("It is away.")
        async with write() as tx:
            yield tx

    monkeypatch.setattr(store, "write", away)
    await asked_by.end()
    assert len(tries) == 4
    token, _ = await now_kept(many)
    assert token != old
    assert many.api.tokens[token] == TEAM


async def test_a_token_is_renewed_where_nothing_is_being_said_too(many: Workspace) -> None:
    old = await running_out(many, 60 * 60)
    await many_of(many).renew_due(many.built.house.lose)
    token, _ = await now_kept(many)
    assert token != old
    assert "slack tokens" in {job.id for job in many.built.house.schedule._scheduler.get_jobs()}


async def test_no_token_that_was_renewed_is_in_a_log(
    many: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await running_out(many, -1)
    secrets = {*many.api.tokens, *many.api.refreshes}
    many.api.failures["oauth.v2.access"] = [Failure("internal_error", 500)]
    await many.ben.opens_the_app()
    await many.settle()
    assert "could not be renewed: internal_error" in caplog.text
    await a_minute_later(many)
    await many.wait(minutes=2)
    secrets |= {*many.api.tokens, *many.api.refreshes, CLIENT_SECRET}
    assert asked_for_tokens(many) == 2
    assert [each for each in secrets if each in caplog.text] == []
    assert encode_basic_auth(CLIENT_ID, CLIENT_SECRET).split()[1] not in caplog.text


async def test_where_it_cannot_be_asked_whether_the_app_is_there_nothing_is_acknowledged(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, store = many.ben, many.built.store
    opening = {"type": "app_home_opened", "user": "UBEN", "tab": "messages"}
    read = store.read

    @asynccontextmanager
    async def away() -> AsyncIterator[SqlTx]:
        async with read() as tx:
            yield tx
            raise Unavailable("It is away.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "read", away)
        assert await ben.event(opening, "Ev1") == 503
    assert await ben.event(opening, "Ev1") == 200
    await many.settle()
    assert "a bot that asks questions" in many.api.shown()


@pytest.mark.parametrize(("kind", "waits"), [(CardKind.HELP, True), (CardKind.TEAM, False)])
async def test_whoever_took_part_from_a_connected_workspace_holds_up_nobody_in_the_rounds_own(
    many: Workspace, kind: CardKind, waits: bool
) -> None:
    to = Account(Platform.SLACK, f"{OTHER}:UADA")
    card = Card(kind, (Text("Kept."),))
    with pytest.raises(PostFailed) as failed:
        await many.built.posters[Platform.SLACK].post(Outgoing("x", ADA.reader, to, card))
    assert (failed.value.retry_after is not None) is waits
    assert failed.value.permanent is not waits
    assert failed.value.lost is None
