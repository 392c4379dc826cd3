"""`alongside check` asks Slack who we are: each thing that can be wrong is told from the others, with what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from socket import socket

import pytest

from adapters.commands.found import Found, Verdict
from adapters.commands.slack import look_at_slack, look_at_workspaces
from adapters.settings import Settings
from adapters.slack.server import SlackApp
from bot.model import Account, Platform
from bot.rows import Installed
from storage.store import SqlStore
from tests.cast import BEN, CLEO, ZOE, bring_in
from tests.conftest import KEYS
from tests.slack.conftest import installed
from tests.slack.stub import (
    APP_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    OTHER,
    OTHER_TOKEN,
    SECRET,
    TEAM,
    TOKEN,
    Failure,
    WebApi,
)

ADDRESS = "https://alongside.example.org"


def settings(api: WebApi, token: str = TOKEN) -> Settings:
    assert api.server is not None
    slack = SlackApp(token, SECRET, str(api.server.make_url("/api/")))
    return Settings("sqlite://", KEYS, "127.0.0.1", 0, ADDRESS, slack=slack)


async def look(given: Settings, now: datetime | None = None) -> list[Found]:
    return list(await look_at_slack(given, now or datetime.now(UTC)))


def said(found: list[Found]) -> str:
    return "\n".join(f"{each.verdict.value} {each.what} {each.remedy}" for each in found)


async def test_who_we_are_and_what_we_may_do_is_said_and_no_secret(api: WebApi) -> None:
    found = await look(settings(api))
    assert [each.verdict for each in found] == [Verdict.OK, Verdict.OK]
    assert "known as alongside in Northbank (T1)" in said(found)
    assert "chat:write, commands, groups:read, im:history" in said(found)
    assert TOKEN not in said(found)
    assert SECRET not in said(found)
    assert [method for method, _ in api.calls] == ["auth.test"], "nothing is sent to anybody"


async def test_without_slack_nothing_is_said_of_it(api: WebApi) -> None:
    assert await look(replace(settings(api), slack=None)) == []


async def test_what_it_may_not_do_and_what_it_need_not_are_named(api: WebApi) -> None:
    api.scopes = ["chat:write", "commands", "channels:history"]
    missing, more = (await look(settings(api)))[1:]
    assert missing.verdict is Verdict.WRONG
    assert "im:history" in missing.what
    assert "alongside slack manifest" in missing.remedy
    assert more.verdict is Verdict.NOTE
    assert "channels:history" in more.what


@pytest.mark.parametrize(
    ("failure", "seen", "remedy"),
    [
        (Failure("invalid_auth"), "does not know the token", "ALONGSIDE_SLACK_TOKEN"),
        (Failure("account_inactive"), "removed from this workspace", "ALONGSIDE_SLACK_TOKEN"),
        (Failure("ratelimited", 429, 30), "asked too much", "in a minute"),
        (Failure("internal_error", 500), "internal_error", "slack-status.com"),
        (Failure(status=502, page="<p>Bad gateway</p>"), "Slack answered 502", "in its place"),
    ],
    ids=["an unknown token", "a revoked one", "too often", "out of order", "a proxy"],
)
async def test_each_refusal_is_told_from_the_others(
    api: WebApi, failure: Failure, seen: str, remedy: str
) -> None:
    api.failures["auth.test"] = [failure]
    (found,) = await look(settings(api))
    assert found.verdict is Verdict.WRONG
    assert seen in found.what
    assert remedy in found.remedy


async def test_nobody_listening_and_a_name_that_is_not_known_are_told_apart(api: WebApi) -> None:
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        places = {nobody: "cannot be reached", "http://slack.invalid/": "its name is not found"}
        for place, seen in places.items():
            given = settings(api)
            (found,) = await look(replace(given, slack=SlackApp(TOKEN, SECRET, place)))
            assert seen in found.what, place
            assert found.remedy


@pytest.mark.parametrize(
    ("address", "seen"),
    [("http://alongside.example.org", "begin with https alone"), ("https://localhost", "Only this machine")],
)
async def test_an_address_that_slack_cannot_reach_is_something_to_do(
    api: WebApi, address: str, seen: str
) -> None:
    found = await look(replace(settings(api), address=address))
    assert found[-1].verdict is Verdict.WRONG
    assert seen in found[-1].what


async def test_a_clock_that_is_far_from_slacks_is_something_to_do(api: WebApi) -> None:
    found = await look(settings(api), datetime.now(UTC) + timedelta(minutes=4))
    assert found[-1].verdict is Verdict.WRONG
    assert "300 on nothing is taken" in found[-1].what


# ---- each workspace, by its name


def known_by(api: WebApi, slack: SlackApp) -> Settings:
    assert api.server is not None
    return replace(settings(api), slack=replace(slack, api=str(api.server.make_url("/api/"))))


FOR_MANY = SlackApp("", SECRET, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
FOR_ONE = SlackApp(TOKEN, SECRET)


async def look_inside(api: WebApi, store: SqlStore, slack: SlackApp = FOR_MANY) -> list[Found]:
    return list(await look_at_workspaces(known_by(api, slack), store, datetime.now(UTC)))


async def let_in(store: SqlStore, *given: Installed) -> None:
    for each in given:
        async with store.write() as tx:
            await tx.installations.keep(each)


async def test_each_workspace_is_asked_after_and_named(api: WebApi, store: SqlStore) -> None:
    (found,) = await look_inside(api, store)
    assert found.verdict is Verdict.NOTE
    assert f"{ADDRESS}/slack/install" in found.remedy
    api.tokens[OTHER_TOKEN] = OTHER
    await let_in(store, installed(), installed(OTHER, OTHER_TOKEN))
    both = await look_inside(api, store)
    assert [each.verdict for each in both] == [Verdict.OK, Verdict.OK]
    assert "Northbank (T1): known as alongside" in said(both)
    assert "Southbank" in said(both)
    assert not [token for token in (*api.tokens, CLIENT_SECRET, SECRET) if token in said(both)]


@pytest.mark.parametrize(
    ("refusal", "seen"),
    [("token_revoked", "the token was revoked"), ("invalid_auth", "does not know the token")],
)
async def test_a_workspace_that_does_not_let_it_in_is_named_with_what_to_do(
    api: WebApi, store: SqlStore, refusal: str, seen: str
) -> None:
    await let_in(store, installed(), installed(OTHER, OTHER_TOKEN))
    api.refusals[OTHER_TOKEN] = refusal
    one, other = await look_inside(api, store)
    assert one.verdict is Verdict.OK
    assert other.verdict is Verdict.WRONG
    assert "Southbank" in other.what
    assert seen in other.what
    assert "/slack/install" in other.remedy


async def test_a_token_of_another_workspace_or_with_too_little_or_run_out_is_something_to_do(
    api: WebApi, store: SqlStore
) -> None:
    await let_in(store, installed())
    api.tokens[TOKEN] = OTHER
    (found,) = await look_inside(api, store)
    assert "its token is of Southbank" in found.what
    api.tokens[TOKEN], api.scopes = TEAM, ["commands", "im:history", "users:read"]
    (found,) = await look_inside(api, store)
    assert found.verdict is Verdict.WRONG
    assert "chat:write" in found.what
    api.scopes += ["chat:write", "groups:read"]
    assert "users:read" in (await look_inside(api, store))[-1].what
    await let_in(store, installed(refresh="xoxe-1", expires_at=datetime.now(UTC) - timedelta(hours=1)))
    (found,) = await look_inside(api, store)
    assert found.verdict is Verdict.WRONG
    assert "ran out" in found.what


@pytest.mark.parametrize("slack", [FOR_ONE, FOR_MANY], ids=["one", "many"])
async def test_people_who_are_to_be_reached_where_the_app_is_not_are_counted(
    api: WebApi, store: SqlStore, slack: SlackApp
) -> None:
    await bring_in(store)
    await let_in(store, installed())
    for who, place in ((BEN, f"{TEAM}:UBEN"), (CLEO, "T9:UCLEO"), (ZOE, "T9:UZOE")):
        async with store.write() as tx:
            await tx.setup.reach(who.reader, Account(Platform.SLACK, place))
    found = (await look_inside(api, store, slack))[-1]
    assert found.verdict is Verdict.WRONG
    assert "2 people are to be reached in T9, where the app is not." in found.what
    assert TEAM not in found.what


@pytest.mark.parametrize("works", [True, False])
async def test_a_connection_of_our_own_is_tried_and_no_address_is_needed_for_it(
    api: WebApi, works: bool
) -> None:
    token = APP_TOKEN if works else "xapp-unknown"
    given = replace(known_by(api, replace(FOR_ONE, app_token=token)), address="http://localhost")
    found = (await look(given))[-1]
    assert found.verdict is (Verdict.OK if works else Verdict.WRONG)
    assert ("connections:write" in found.remedy) is not works
    assert token not in said([found])
    assert api.sockets == []
