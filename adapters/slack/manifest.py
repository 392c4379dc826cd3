"""The app as Slack is told about it: what it may do and why, what it hears of, and where it is reached.

The fewest permissions that its code needs; a test compares the two. `alongside slack manifest` prints it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

PATH = "/slack/events"
"""One address for everything: events, buttons and modals, commands."""

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
"""Where a workspace lets the app in by itself, and where Slack sends its browser back to."""

SCOPES: Mapping[str, str] = {
    "chat:write": "to send people their messages, and to change or remove those when they read differently now",
    "commands": "to be asked things with a slash command",
    "groups:read": "to know who reads a private channel before a weekly page is announced there, and no other channel",
    "im:history": "to hear what people write to the app, in their own conversation with it and nowhere else",
}
"""What the app may do, and why. Nothing that would let it read what is written in a channel, or look anybody up."""

EVENTS: Mapping[str, str] = {
    "app_home_opened": "somebody looks at the app",
    "app_uninstalled": "the app was removed from the workspace",
    "message.im": "somebody writes to the app",
    "tokens_revoked": "the app may not speak there any more",
}
"""What the app is told of, and when that comes."""

COMMANDS: Mapping[str, tuple[str, str]] = {
    "/alongside": ("Help, pause, stop, and where to find your own words", "help | pause | stop | join CODE"),
    "/reflect": ("One question for everybody in this channel", "[a theme, or a question of your own]"),
}
"""What can be asked for anywhere, with what is said of it and what can stand behind it."""

DESCRIPTION = (
    "Asks the two halves of a pair the same honest question, and shows each only what the other allows."
)
LONG = (
    "Alongside is a bot for leadership programmes that bring people together in pairs. Between the modules it "
    "asks both of a pair the same question. What somebody answers is for them alone, until they choose who may "
    "see it. It reads what is written to it in a person's own conversation with it, and no channel. It does not "
    "advise or judge, and whoever writes “stop” is not written to again."
)
"""Slack wants at least 174 characters."""


def manifest(
    address: str, *, many: bool = False, rotating: bool = False, socket: bool = False
) -> dict[str, Any]:
    """What “From an app manifest” takes, for a service at `address`.

    `many` workspaces add the app by themselves; with `rotating` their tokens run out and are renewed, which Slack lets
    nobody take back; by a `socket` the service goes to Slack, and Slack is given no address to call.
    """
    url = f"{address}{PATH}"
    called: dict[str, Any] = {} if socket else {"url": url}
    requested: dict[str, Any] = {} if socket else {"request_url": url}
    redirects: dict[str, Any] = {"redirect_urls": [f"{address}{REDIRECT}"]} if many else {}
    return {
        "display_information": {
            "name": "Alongside",
            "description": DESCRIPTION,
            "long_description": LONG,
            "background_color": "#1c4a4a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Alongside", "always_online": True},
            "slash_commands": [
                {
                    "command": command,
                    **called,
                    "description": description,
                    "usage_hint": hint,
                    "should_escape": False,
                }
                for command, (description, hint) in COMMANDS.items()
            ],
        },
        "oauth_config": {**redirects, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**requested, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **requested},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": rotating,
        },
    }


def unreachable(address: str) -> str:
    """Why Slack cannot send anything to this address; nothing if it can be tried."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "Slack sends to addresses that begin with https alone."
    if host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1":
        return "Only this machine itself finds it by that address."
    return ""
