"""What Slack sends, as what it means; None for noise, for other bots and for ourselves.

An account is a workspace and a member of it. A message is named by its conversation and its time, which is what its
edit and its deletion name too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.slack.render import SEPARATOR
from bot.errors import Refused
from bot.fields import clean
from bot.messages import Action, CardKind, Edited, Incoming, Pressed, Said
from bot.model import Account, Platform

Body = Mapping[str, Any]

SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Kinds of a message in which a person says something."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button's value, taken apart: what to do, what it is about, and the card that it stands on."""

    action: Action
    subject: str
    kind: CardKind
    about: str


def account_of(team: str, user: str) -> Account:
    """Who somebody is: the same person in two workspaces is two accounts."""
    return Account(Platform.SLACK, f"{team}:{user}")


def team_and_user(account: Account) -> tuple[str, str]:
    team, _, user = account.external.partition(":")
    return team, user


def workspace_of(body: Body) -> str:
    """The workspace in which the app was asked for something: where a channel is shared, not always the asker's."""
    view, authorizations = body.get("view"), body.get("authorizations")
    if isinstance(view, Mapping) and view.get("app_installed_team_id"):
        return str(view["app_installed_team_id"])
    if authorizations:
        return str(authorizations[0].get("team_id") or "")
    team = body.get("team")
    found = team.get("id") if isinstance(team, Mapping) else team
    return str(found or body.get("team_id") or "")


def sent_at(body: Body) -> datetime | None:
    """When an event happened, by Slack's clock."""
    return _moment(str(body["event_time"])) if "event_time" in body else None


def to_incoming(body: Body) -> Incoming | None:
    """A message event of a direct conversation."""
    event = body["event"]
    if event.get("channel_type") != "im":
        return None
    match event.get("subtype", ""):
        case "message_changed":
            return _changed(body, event)
        case "message_deleted":
            return _deleted(body, event)
        case subtype if subtype in SPOKEN:
            return _said(body, event)
        case _:
            return None


def to_press(value: str) -> Press:
    """What a button's value says.

    Raises:
        Refused: it is none of ours.
    """
    try:
        action, subject, kind, about = value.split(SEPARATOR)
        return Press(Action(action), subject, CardKind(kind), about)
    except ValueError:
        raise Refused("That button does nothing here any more. Nothing was changed.") from None


def to_pressed(body: Body, action: Body) -> Pressed:
    """A press of a button of a message or of the app's home, with what was chosen above it.

    Raises:
        Refused: the button is none of ours.
    """
    press = to_press(action.get("value", ""))
    container = body["container"]
    key = f"{container.get('message_ts') or container['view_id']}-{action['action_ts']}"
    chosen = values(body.get("state", {}))
    return Pressed(key, who(body), _moment(action["action_ts"]), press.action, press.subject, chosen)


def to_submitted(body: Body, now: datetime) -> Pressed:
    """A modal that was sent, with what stands in its boxes.

    Raises:
        Refused: it is none of ours.
    """
    view = body["view"]
    press = to_press(view["private_metadata"])
    # A modal has one life: sent twice, it is the same delivery.
    return Pressed(view["id"], who(body), now, press.action, press.subject, values(view["state"]))


def who(body: Body) -> Account:
    """Whoever pressed or sent something."""
    return account_of(body["team"]["id"], body["user"]["id"])


def values(state: Body) -> dict[str, str]:
    """The value of each field, by the name of its block; what was left empty is empty."""
    found = {}
    for name, elements in state.get("values", {}).items():
        for element in elements.values():
            option = element.get("selected_option")
            value = option["value"] if option else element.get("value")
            found[name] = clean(value or "")
    return found


# ---- messages


def _said(body: Body, event: Body) -> Said | None:
    if not _is_a_person(body, event):
        return None
    text = clean(plain(event.get("text", "")))
    if not text:
        return None
    account = account_of(body["team_id"], event["user"])
    return Said(body["event_id"], account, _moment(event["ts"]), _source(event["channel"], event["ts"]), text)


def _changed(body: Body, event: Body) -> Edited | None:
    now, before = event["message"], event.get("previous_message", {})
    # A link that unfolds changes a message too, and none of its words.
    if not _is_a_person(body, now) or now.get("text") == before.get("text"):
        return None
    at = _moment(now.get("edited", {}).get("ts", event["event_ts"]))
    account = account_of(body["team_id"], now["user"])
    text = clean(plain(now.get("text", ""))) or None
    return Edited(body["event_id"], account, at, _source(event["channel"], now["ts"]), text)


def _deleted(body: Body, event: Body) -> Edited | None:
    before = event.get("previous_message", {})
    if not _is_a_person(body, before):
        return None
    account = account_of(body["team_id"], before["user"])
    source = _source(event["channel"], event["deleted_ts"])
    return Edited(body["event_id"], account, _moment(event["event_ts"]), source, None)


def _is_a_person(body: Body, message: Body) -> bool:
    """Whether somebody of this very workspace wrote it: no bot, not ourselves, nobody from a connected one."""
    if message.get("bot_id") or message.get("app_id") or not message.get("user"):
        return False
    return bool(message.get("user_team", body["team_id"]) == body["team_id"])


def _source(channel: str, ts: str) -> str:
    return f"{channel}:{ts}"


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


_MARK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def plain(text: str) -> str:
    """What somebody typed, out of what Slack made of it: links as they read, and no escapes."""

    def said(mark: re.Match[str]) -> str:
        target, label = mark.group(1), mark.group(2)
        if target.startswith(("@", "#", "!")):
            return label or target
        if label and target not in (
            label,
            f"http://{label}",
            f"https://{label}",
            f"mailto:{label}",
            f"tel:{label}",
        ):
            return f"{label} ({target})"
        return label or target

    return _MARK.sub(said, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
