"""What Slack is told of the app is what its code hears, and what it may do is what its code needs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from typer.testing import CliRunner, Result

from adapters.cli import app
from adapters.slack import commands, desk
from adapters.slack.manifest import COMMANDS, EVENTS, SCOPES, manifest
from tests.slack.conftest import Workspace
from tests.slack.stub import NEEDS, SECRET, TOKEN

ADDRESS = "https://alongside.example.org"
HEARD_BY_SCOPE = {"commands": "commands", "message.im": "im:history"}
"""What is allowed by a scope to reach us, rather than to be called."""


def run(*options: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["slack", "manifest", *options], env=environment)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Every event and command that the code listens to."""
    found: set[tuple[str, str]] = set()
    for kind in ("event", "command"):
        listen = getattr(AsyncApp, kind)

        def listening(self: AsyncApp, name: str, *, kind: str = kind, listen: Any = listen) -> Any:
            found.add((kind, name))
            return listen(self, name)

        monkeypatch.setattr(AsyncApp, kind, listening)
    return found


async def test_every_event_and_command_of_the_manifest_is_heard_and_the_other_way_round(
    heard: set[tuple[str, str]], workspace: Workspace
) -> None:
    assert {name for kind, name in heard if kind == "event"} == {name.partition(".")[0] for name in EVENTS}
    commands = {name for kind, name in heard if kind == "command"}
    assert commands == COMMANDS.keys()


async def test_slack_is_answered_for_each_event_of_the_manifest(workspace: Workspace) -> None:
    for name in EVENTS:
        event = {
            "type": name.partition(".")[0],
            "user": "USTRANGER",
            "channel": "D1",
            "tab": "home",
            "tokens": {},
        }
        assert await workspace.ben.event(event) == 200, name
    assert await workspace.ben.event({"type": "team_join"}) == 404, "the control"


async def test_the_app_may_do_what_its_code_needs_and_nothing_more(workspace: Workspace) -> None:
    assert {scope for scope in NEEDS.values() if scope} | set(HEARD_BY_SCOPE.values()) == SCOPES.keys()
    assert [scope for scope in SCOPES if scope.endswith(":history")] == ["im:history"]
    await workspace.ben_joins()
    await workspace.ben.opens_the_app()
    await workspace.settle()
    assert {method for method, _ in workspace.api.calls} <= NEEDS.keys()
    workspace.api.scopes.remove("chat:write")
    await workspace.ben.says("help")
    await workspace.settle()
    refused = [method for method, _ in workspace.api.calls if NEEDS[method]]
    assert refused, "the control: it was asked for, and not allowed"


def test_the_manifest_is_what_slack_takes() -> None:
    made = manifest(ADDRESS)
    settings, shown = made["settings"], made["display_information"]
    assert settings["event_subscriptions"]["request_url"] == f"{ADDRESS}/slack/events"
    assert settings["interactivity"] == {"is_enabled": True, "request_url": f"{ADDRESS}/slack/events"}
    assert {each["url"] for each in made["features"]["slash_commands"]} == {f"{ADDRESS}/slack/events"}
    assert not [name for name in settings if name.endswith("_enabled") and settings[name]]
    assert made["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    # From Slack's reference of the manifest.
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4_000


def test_the_command_prints_it_and_needs_no_secret_to() -> None:
    made = run(
        ALONGSIDE_ADDRESS=f"{ADDRESS}/", ALONGSIDE_SLACK_TOKEN=TOKEN, ALONGSIDE_SLACK_SIGNING_SECRET=SECRET
    )
    assert made.exit_code == 0
    assert json.loads(made.output) == manifest(ADDRESS)
    assert TOKEN not in made.output
    assert SECRET not in made.output


@pytest.mark.parametrize(
    "address", ["", "http://alongside.example.org", "https://localhost:8080", "nonsense"]
)
def test_an_address_that_slack_cannot_reach_is_refused_with_what_to_give(address: str) -> None:
    refused = run(**({"ALONGSIDE_ADDRESS": address} if address else {}))
    assert refused.exit_code == 1
    assert "such as https://alongside.example.org" in " ".join(refused.output.split())


MANY = {"ALONGSIDE_SLACK_CLIENT_ID": "1.2", "ALONGSIDE_SLACK_CLIENT_SECRET": "hidden"}
SOCKET = {"ALONGSIDE_SLACK_APP_TOKEN": "xapp-hidden"}


@pytest.mark.parametrize(
    ("options", "environment", "many", "socket", "rotating"),
    [
        ([], {}, False, False, False),
        ([], MANY, True, False, False),
        (["--many", "--rotation"], {}, True, False, True),
        ([], SOCKET, False, True, False),
        (["--socket"], MANY, True, True, False),
        (["--one", "--no-socket"], {**MANY, **SOCKET}, False, False, False),
    ],
)
def test_it_is_for_what_is_set_up_or_for_what_is_asked_for(
    options: list[str], environment: dict[str, str], many: bool, socket: bool, rotating: bool
) -> None:
    printed = run(*options, ALONGSIDE_ADDRESS=ADDRESS, **environment)
    assert printed.exit_code == 0, printed.output
    made = json.loads(printed.output)
    settings = made["settings"]
    redirects = [f"{ADDRESS}/slack/oauth_redirect"] if many else None
    assert made["oauth_config"].get("redirect_urls") == redirects
    assert settings["token_rotation_enabled"] is rotating
    assert settings["socket_mode_enabled"] is socket
    assert settings["org_deploy_enabled"] is False
    assert ("slack/events" in printed.output) is not socket
    assert "hidden" not in printed.output


def test_tokens_that_run_out_are_for_many_workspaces_alone() -> None:
    refused = run("--rotation", ALONGSIDE_ADDRESS=ADDRESS)
    assert refused.exit_code == 1
    assert "cannot be renewed" in refused.output


def test_by_a_connection_of_our_own_any_address_will_do_unless_a_browser_has_to_come_back() -> None:
    assert run("--socket", ALONGSIDE_ADDRESS="http://localhost:8080").exit_code == 0
    assert run("--socket", "--many", ALONGSIDE_ADDRESS="http://localhost:8080").exit_code == 1


def test_the_page_for_administrators_gives_each_permission_with_its_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "slack.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `([a-z]+:?[a-z]*)` \| (.+) \|$", page, re.MULTILINE))
    assert table == SCOPES


def test_every_command_of_the_page_for_administrators_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "slack.md").read_text("utf-8")
    named = re.findall(r"`/alongside ([^`]+)`", page)
    assert {"help", "join CODE", "not in slack"} <= set(named)
    unknown = [said for said in named if not commands.code_in(said) and not commands.is_parting(said)]
    assert [said for said in unknown if said not in (*commands.WORDS, *desk.Asked)] == []
    assert {"digest", "digest here", "digest stop", "programme", "people"} <= set(named)
