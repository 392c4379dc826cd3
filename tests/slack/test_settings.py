"""How the app is known to Slack: one workspace or many, signed or by a connection of our own; each half is told."""

from pathlib import Path

import pytest

from adapters.settings import BadSettings, Settings, read_settings
from adapters.slack.server import SlackApp
from storage.crypto import new_key

ONE = {"ALONGSIDE_SLACK_TOKEN": "xoxb-hidden-1"}
ID = {"ALONGSIDE_SLACK_CLIENT_ID": "12.34"}
MANY = {**ID, "ALONGSIDE_SLACK_CLIENT_SECRET": "hidden-2"}
SIGNED = {"ALONGSIDE_SLACK_SIGNING_SECRET": "hidden-3"}
SOCKET = {"ALONGSIDE_SLACK_APP_TOKEN": "xapp-hidden-4"}


def read(given: dict[str, str], tmp_path: Path) -> Settings:
    database = f"sqlite:///{tmp_path}/a.db"
    return read_settings({"ALONGSIDE_DATABASE": database, "ALONGSIDE_KEYS": new_key(), **given})


@pytest.mark.parametrize(
    ("given", "many", "by_socket"),
    [
        ({**ONE, **SIGNED}, False, False),
        ({**MANY, **SIGNED}, True, False),
        ({**ONE, **SOCKET}, False, True),
        ({**MANY, **SOCKET, **SIGNED}, True, True),
    ],
    ids=["one", "many", "one by a socket", "many by a socket"],
)
def test_one_workspace_or_many_signed_or_by_a_socket(
    given: dict[str, str], many: bool, by_socket: bool, tmp_path: Path
) -> None:
    found = read(given, tmp_path)
    assert found.slack is not None
    assert (found.slack.many, found.slack.by_socket) == (many, by_socket)
    assert "hidden" not in repr(found)


def test_without_any_of_it_there_is_no_slack(tmp_path: Path) -> None:
    assert read({}, tmp_path).slack is None


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        (ID, ["CLIENT_SECRET is missing", "SIGNING_SECRET is missing"]),
        ({**MANY, **SIGNED, "ALONGSIDE_SLACK_CLIENT_ID": ""}, ["CLIENT_ID is no client ID"]),
        ({**MANY, **SIGNED, "ALONGSIDE_SLACK_CLIENT_ID": "12&34"}, ["CLIENT_ID is no client ID"]),
        ({**ONE, **MANY}, ["give the one or the two", "SIGNING_SECRET is missing"]),
        ({**ONE, **ID, **SIGNED}, ["give the one or the two", "CLIENT_SECRET is missing"]),
        (SOCKET, ["TOKEN is no bot token"]),
        (SIGNED, ["TOKEN is no bot token"]),
        ({**ONE, "ALONGSIDE_SLACK_APP_TOKEN": "xoxb-hidden-5"}, ["APP_TOKEN is no app-level token"]),
    ],
)
def test_each_half_is_told_all_at_once_and_no_secret_with_it(
    given: dict[str, str], faults: list[str], tmp_path: Path
) -> None:
    with pytest.raises(BadSettings) as refused:
        read(given, tmp_path)
    said = str(refused.value).splitlines()[1:]
    assert len(said) == len(faults), said
    for fault in faults:
        assert [line for line in said if fault in line], fault
    assert "hidden" not in str(refused.value)


def test_no_secret_of_the_app_stands_in_its_repr() -> None:
    app = SlackApp("hidden", "hidden", "http://x/", "12.34", "hidden", "hidden")
    assert "hidden" not in repr(app)
