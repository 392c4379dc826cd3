"""How this service is known to Slack: read from the environment, secrets hidden from every repr."""

from collections.abc import Mapping
from dataclasses import dataclass, field

API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackApp:
    """One app in one workspace: the token that it speaks with, and the secret that Slack signs with.

    `api` is where Slack's methods are; another place is given to try things out against an emulator.
    """

    token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    api: str = API


def slack_from(environment: Mapping[str, str], faults: list[str]) -> SlackApp | None:
    """The app, if the environment names one."""
    token = environment.get("ALONGSIDE_SLACK_TOKEN", "")
    secret = environment.get("ALONGSIDE_SLACK_SIGNING_SECRET", "")
    if not token and not secret:
        return None
    if not token.startswith("xoxb-"):
        # What stands there may be a secret of another kind: it is not repeated.
        faults.append(
            "ALONGSIDE_SLACK_TOKEN is no bot token: copy the one that begins with xoxb- from “Install App”."
        )
    if not secret:
        faults.append(
            "ALONGSIDE_SLACK_SIGNING_SECRET is missing: copy “Signing Secret” from “Basic Information”."
        )
    return SlackApp(token, secret, environment.get("ALONGSIDE_SLACK_API", API))
