"""How this service is known to Slack: read from the environment, secrets hidden from every repr.

Either one workspace gives us its bot token; or any number of them let the app in by themselves (OAuth).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackApp:
    """One app: the token that it speaks with in its one workspace, or what many ask it in by; and how Slack reaches it.

    `signing_secret` is what Slack signs what it sends with; `app_token` what we open a connection to Slack with where
    it cannot reach us (Socket Mode). `api` is where Slack's methods are; another place is given to try things out
    against an emulator.
    """

    token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    api: str = API
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)

    @property
    def many(self) -> bool:
        """Whether workspaces let the app in by themselves."""
        return bool(self.client_id)

    @property
    def by_socket(self) -> bool:
        """Whether we go to Slack for what people do there, and Slack does not come to us."""
        return bool(self.app_token)


def slack_from(environment: Mapping[str, str], faults: list[str]) -> SlackApp | None:
    """The app, if the environment names one. What stands in a secret's place is never repeated."""
    token = environment.get("ALONGSIDE_SLACK_TOKEN", "")
    secret = environment.get("ALONGSIDE_SLACK_SIGNING_SECRET", "")
    client_id = environment.get("ALONGSIDE_SLACK_CLIENT_ID", "")
    client_secret = environment.get("ALONGSIDE_SLACK_CLIENT_SECRET", "")
    app_token = environment.get("ALONGSIDE_SLACK_APP_TOKEN", "")
    if not any((token, secret, client_id, client_secret, app_token)):
        return None
    many = bool(client_id or client_secret)
    if token and many:
        faults.append(
            "ALONGSIDE_SLACK_TOKEN is for one workspace, ALONGSIDE_SLACK_CLIENT_ID and ALONGSIDE_SLACK_CLIENT_SECRET "
            "are for many: give the one or the two."
        )
    if many and not _CLIENT_ID.fullmatch(client_id):
        faults.append("ALONGSIDE_SLACK_CLIENT_ID is no client ID: copy “Client ID” from “Basic Information”.")
    if many and not client_secret:
        faults.append(
            "ALONGSIDE_SLACK_CLIENT_SECRET is missing: copy “Client Secret” from “Basic Information”."
        )
    if not many and not token.startswith("xoxb-"):
        faults.append(
            "ALONGSIDE_SLACK_TOKEN is no bot token: copy the one that begins with xoxb- from “Install App”; or give "
            "ALONGSIDE_SLACK_CLIENT_ID and ALONGSIDE_SLACK_CLIENT_SECRET, for many workspaces."
        )
    if app_token and not app_token.startswith("xapp-"):
        faults.append(
            "ALONGSIDE_SLACK_APP_TOKEN is no app-level token: copy the one that begins with xapp- from "
            "“Basic Information”, “App-Level Tokens”."
        )
    if not secret and not app_token:
        # What comes by our own connection to Slack is not signed, and needs no secret.
        faults.append(
            "ALONGSIDE_SLACK_SIGNING_SECRET is missing: copy “Signing Secret” from “Basic Information”."
        )
    return SlackApp(
        token, secret, environment.get("ALONGSIDE_SLACK_API", API), client_id, client_secret, app_token
    )


_CLIENT_ID = re.compile(r"\d+\.\d+")
