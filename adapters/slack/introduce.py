"""Asking Slack who we are there: one question that changes nothing, and what kept it from being answered."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.refusals import failure
from adapters.slack.server import SlackApp
from adapters.slack.workspaces import Line


@dataclass(frozen=True, slots=True)
class Introduced:
    """Who the app is in which workspace, what it may do there, and what time it is at Slack's."""

    app: str
    workspace: str
    workspace_id: str
    scopes: frozenset[str]
    at: datetime | None


class Unanswered(Exception):
    """Slack did not say who we are. The message says what was seen, `remedy` what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


COPY_AGAIN = (
    "Copy the token that begins with xoxb- from “Install App” again, and put it into ALONGSIDE_SLACK_TOKEN."
)
CONNECT_AGAIN = (
    "Make an app-level token with connections:write under “Basic Information”, “App-Level Tokens”, switch on “Socket "
    "Mode”, and put the token into ALONGSIDE_SLACK_APP_TOKEN."
)
_NETWORK = "Look whether this machine may open connections to slack.com, port 443, and whether a proxy stands between."


async def introduce(slack: SlackApp, token: str, remedy: str = COPY_AGAIN) -> Introduced:
    """Ask with a token (auth.test); `remedy` is what to do where Slack does not take it.

    Raises:
        Unanswered: it is not known there, or nobody answered.
    """
    answer = await _answered(Line(slack).client(token).auth_test(), remedy)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Introduced(
        answer.get("user", ""),
        answer.get("team", ""),
        answer.get("team_id", ""),
        _scopes(headers),
        _at(headers),
    )


async def try_connecting(slack: SlackApp) -> None:
    """Ask for an address to connect to (apps.connections.open), and leave it unused.

    Raises:
        Unanswered: there is none for this token, or nobody answered.
    """
    await _answered(Line(slack).client().apps_connections_open(app_token=slack.app_token), CONNECT_AGAIN)


async def _answered(call: Awaitable[AsyncSlackResponse], remedy: str) -> AsyncSlackResponse:
    try:
        return await call
    except SlackApiError as error:
        raise _refused(error, remedy) from None
    except aiohttp.ClientConnectorDNSError:
        raise Unanswered(
            "its name is not found.", "Look whether this machine can look up names: getent hosts slack.com"
        ) from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
        trust = "Something on the way answers in its place. Let this machine trust its certificate, or go around it."
        raise Unanswered("what answers there cannot show that it is Slack.", trust) from None
    except TimeoutError:
        raise Unanswered("no answer in time.", _NETWORK) from None
    except (aiohttp.ClientError, OSError):
        raise Unanswered("it cannot be reached.", _NETWORK) from None


def _refused(error: SlackApiError, let_in: str) -> Unanswered:
    failed = failure(error)
    if failed.retry_after is not None:
        return Unanswered("it is asked too much just now.", "Try again in a minute.")
    if not failed.permanent:
        remedy = (
            "Slack may have a bad day (https://slack-status.com), or something else answers in its place."
        )
        return Unanswered(f"it answers {failed.reason or 'nothing that can be read'}.", remedy)
    return Unanswered(f"it does not let us in: {failed.reason}.", let_in)


def _scopes(headers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(each.strip() for each in headers.get("x-oauth-scopes", "").split(",") if each.strip())


def _at(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
