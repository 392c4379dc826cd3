"""`alongside slack manifest`, and what `alongside check` finds of Slack."""

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import typer

from adapters.commands.found import Found, Verdict
from adapters.commands.plainly import NARROW, refuse
from adapters.settings import Settings, address_from

slack = typer.Typer(help="Slack: the app as a workspace is told about it.", **NARROW)

SIGNED = timedelta(seconds=300)
"""How old what Slack has signed may be."""

APART = timedelta(seconds=60)
"""How far this machine's clock and Slack's may be apart: what Slack sends again is some seconds old by then."""

WHERE = "https://api.slack.com/apps"


@slack.callback()
def _group() -> None:
    """Keeps `manifest` a word of its own while it is the only one."""


@slack.command("manifest")
def print_manifest() -> None:
    """Print the app manifest, for “Create New App”, “From an app manifest”.

    It needs ALONGSIDE_ADDRESS alone, and holds no secret.
    """
    from adapters.slack.manifest import manifest, unreachable

    faults: list[str] = []
    address = address_from(os.environ, faults)
    why = unreachable(address)
    if faults or why:
        given = os.environ.get("ALONGSIDE_ADDRESS", "")
        seen = f"ALONGSIDE_ADDRESS is “{given}”. {why}" if given else "there is no ALONGSIDE_ADDRESS."
        refuse(
            f"Slack cannot be told where the service is: {seen}\n"
            "Give the address that people open, such as https://alongside.example.org."
        )
    typer.echo(json.dumps(manifest(address), indent=2, ensure_ascii=False))


async def look_at_slack(settings: Settings, now: datetime) -> Sequence[Found]:
    """Whether Slack knows us, lets us do what we need, and reaches us; nothing is sent to anybody."""
    from adapters.slack.introduce import Unanswered, introduce
    from adapters.slack.manifest import SCOPES, unreachable

    if settings.slack is None:
        return []
    found = []
    try:
        known = await introduce(settings.slack, settings.slack.token)
        found.append(
            Found(Verdict.OK, f"Slack: known as {known.app} in {known.workspace} ({known.workspace_id}).")
        )
        found += _scopes(known.scopes, frozenset(SCOPES))
        found += _clock(known.at, now)
    except Unanswered as fault:
        found.append(Found(Verdict.WRONG, f"Slack: {fault}", fault.remedy))
    why = unreachable(settings.address)
    if why:
        what = f"Slack: nothing that people do there arrives at {settings.address}. {why}"
        remedy = (
            "Give the address that people open in ALONGSIDE_ADDRESS, and the same in the manifest of the app."
        )
        found.append(Found(Verdict.WRONG, what, remedy))
    return found


def _scopes(given: frozenset[str], needed: frozenset[str]) -> Sequence[Found]:
    missing, more = sorted(needed - given), sorted(given - needed)
    found = []
    if missing:
        what = f"Slack: the app may not do all that it needs: {', '.join(missing)}."
        remedy = (
            f"At {WHERE}, under “App Manifest”, put in what this prints, and install the app again:\n"
            "alongside slack manifest"
        )
        found.append(Found(Verdict.WRONG, what, remedy))
    if more:
        what = f"Slack: the app may do more than it needs: {', '.join(more)}."
        found.append(Found(Verdict.NOTE, what, f"Take it out under “OAuth & Permissions” at {WHERE}."))
    return found or [
        Found(Verdict.OK, f"Slack: it may do what it needs, and nothing more: {', '.join(sorted(needed))}.")
    ]


def _clock(at: datetime | None, now: datetime) -> Sequence[Found]:
    if at is None or abs(at - now) <= APART:
        return []
    apart = round(abs(at - now).total_seconds())
    what = (
        f"Slack: this machine's clock and Slack's are {apart} seconds apart. "
        f"From {SIGNED.seconds} on nothing is taken."
    )
    return [Found(Verdict.WRONG, what, "Let this machine set its clock by the network (NTP).")]
