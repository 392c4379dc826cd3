"""`alongside check` asks Slack who we are: each thing that can be wrong is told from the others, with what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from socket import socket

import pytest

from adapters.commands.found import Found, Verdict
from adapters.commands.slack import look_at_slack
from adapters.settings import Settings
from adapters.slack.server import SlackApp
from tests.conftest import KEYS
from tests.slack.stub import SECRET, TOKEN, Failure, WebApi

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
    assert "chat:write, commands, im:history" in said(found)
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
