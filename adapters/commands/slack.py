"""`alongside slack manifest`, and what `alongside check` finds of Slack."""

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.commands.found import Found, Verdict
from adapters.commands.plainly import NARROW, refuse
from adapters.settings import Settings, address_from
from bot.model import Platform

if TYPE_CHECKING:
    from bot.rows import Installed
    from storage.store import SqlStore

slack = typer.Typer(help="Slack: the app as a workspace is told about it.", **NARROW)

SIGNED = timedelta(seconds=300)
"""How old what Slack has signed may be."""

APART = timedelta(seconds=60)
"""How far this machine's clock and Slack's may be apart: what Slack sends again is some seconds old by then."""

WHERE = "https://api.slack.com/apps"

_INSTALL = "/slack/install"


@slack.callback()
def _group() -> None:
    """Keeps `manifest` a word of its own while it is the only one."""


@slack.command("manifest")
def print_manifest(
    many: Annotated[
        bool | None,
        typer.Option(
            "--many/--one", help="Whether workspaces add the app by themselves.", show_default=False
        ),
    ] = None,
    socket: Annotated[
        bool | None,
        typer.Option(
            "--socket/--no-socket", help="Whether the service opens the connection.", show_default=False
        ),
    ] = None,
    rotation: Annotated[
        bool,
        typer.Option("--rotation", help="Tokens run out and are renewed. Slack lets nobody take that back."),
    ] = False,
) -> None:
    """Print the app manifest, for “Create New App”, “From an app manifest”.

    It needs ALONGSIDE_ADDRESS alone, and holds no secret. Whether it is for one
    workspace or many, and who opens the connection, follows from the settings
    that are there already, unless you say so.
    """
    from adapters.slack.manifest import manifest, unreachable

    faults: list[str] = []
    address = address_from(os.environ, faults)
    by_socket = bool(os.environ.get("ALONGSIDE_SLACK_APP_TOKEN")) if socket is None else socket
    for_many = bool(os.environ.get("ALONGSIDE_SLACK_CLIENT_ID")) if many is None else many
    if rotation and not for_many:
        refuse(
            "Tokens that run out are for many workspaces: a token that stands in the settings cannot be renewed."
        )
    # By a connection of our own Slack calls nothing; where many add the app, a browser still comes back here.
    why = "" if by_socket and not for_many else unreachable(address)
    if faults or why:
        given = os.environ.get("ALONGSIDE_ADDRESS", "")
        seen = f"ALONGSIDE_ADDRESS is “{given}”. {why}" if given else "there is no ALONGSIDE_ADDRESS."
        refuse(
            f"Slack cannot be told where the service is: {seen}\n"
            "Give the address that people open, such as https://alongside.example.org."
        )
    made = manifest(address, many=for_many, rotating=rotation, socket=by_socket)
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))


async def look_at_slack(settings: Settings, now: datetime) -> Sequence[Found]:
    """Whether Slack knows us, lets us do what we need, and reaches us; nothing is sent to anybody."""
    from adapters.slack.introduce import Unanswered, introduce, try_connecting
    from adapters.slack.manifest import SCOPES, unreachable

    if settings.slack is None:
        return []
    found = []
    if not settings.slack.many:
        try:
            known = await introduce(settings.slack, settings.slack.token)
            found.append(
                Found(Verdict.OK, f"Slack: known as {known.app} in {known.workspace} ({known.workspace_id}).")
            )
            found += _scopes(known.scopes, frozenset(SCOPES))
            found += _clock(known.at, now)
        except Unanswered as fault:
            found.append(Found(Verdict.WRONG, f"Slack: {fault}", fault.remedy))
    if settings.slack.by_socket:
        try:
            await try_connecting(settings.slack)
            found.append(Found(Verdict.OK, "Slack: what people do there comes by a connection of our own."))
        except Unanswered as fault:
            found.append(Found(Verdict.WRONG, f"Slack, for a connection of our own: {fault}", fault.remedy))
    if settings.slack.by_socket and not settings.slack.many:
        return found
    why = unreachable(settings.address)
    if why:
        what = f"Slack: nothing that people do there arrives at {settings.address}. {why}"
        remedy = (
            "Give the address that people open in ALONGSIDE_ADDRESS, and the same in the manifest of the app."
        )
        found.append(Found(Verdict.WRONG, what, remedy))
    return found


async def look_at_workspaces(settings: Settings, store: "SqlStore", now: datetime) -> Sequence[Found]:
    """Each workspace by its name: whether it lets the app in, and whether people wait in one that does not."""
    from adapters.slack.introduce import Unanswered, introduce

    if settings.slack is None:
        return []
    async with store.read() as tx:
        people = await tx.reached.places(Platform.SLACK)
        installed = await tx.installations.every() if settings.slack.many else ()
    found = []
    if settings.slack.many:
        inside = {each.team for each in installed}
        if not installed:
            what = "Slack: no workspace has added the app yet."
            found.append(
                Found(Verdict.NOTE, what, f"Whoever administers one opens {settings.address}{_INSTALL}")
            )
        for each in installed:
            found += await _workspace(settings, each, now)
        outside = f"Let whoever administers it open {settings.address}{_INSTALL}"
    else:
        try:
            inside = {(await introduce(settings.slack, settings.slack.token)).workspace_id}
        except Unanswered:
            # It has been said above.
            return []
        outside = (
            "ALONGSIDE_SLACK_TOKEN is of another workspace: copy that of this one, or correct people.csv."
        )
    for team, number in sorted(people.items()):
        if team not in inside:
            counted = "one person is" if number == 1 else f"{number} people are"
            what = f"Slack: {counted} to be reached in {team}, where the app is not."
            found.append(Found(Verdict.WRONG, what, outside))
    return found


async def _workspace(settings: Settings, each: "Installed", now: datetime) -> Sequence[Found]:
    from adapters.slack.introduce import Unanswered, introduce
    from adapters.slack.manifest import SCOPES

    assert settings.slack is not None
    again = f"Let whoever administers it add the app again, at {settings.address}{_INSTALL}"
    if each.expires_at is not None and each.expires_at <= now:
        what = f"Slack, {each.name}: its token ran out on {each.expires_at:%Y-%m-%d at %H:%M} (UTC)."
        remedy = f"The service renews it while it runs. If it does run and its log says that Slack refuses: {again}"
        return [Found(Verdict.WRONG, what, remedy)]
    try:
        known = await introduce(settings.slack, each.token, again)
    except Unanswered as fault:
        return [Found(Verdict.WRONG, f"Slack, {each.name}: {fault}", fault.remedy)]
    if known.workspace_id != each.team:
        what = f"Slack, {each.name}: its token is of {known.workspace} ({known.workspace_id})."
        return [Found(Verdict.WRONG, what, again)]
    missing = sorted(frozenset(SCOPES) - known.scopes)
    if missing:
        what = f"Slack, {each.name}: the app may not do all that it needs: {', '.join(missing)}."
        return [Found(Verdict.WRONG, what, again)]
    found = [Found(Verdict.OK, f"Slack, {each.name} ({each.team}): known as {known.app}.")]
    more = sorted(known.scopes - frozenset(SCOPES))
    if more:
        what = f"Slack, {each.name}: the app may do more than it needs: {', '.join(more)}."
        found.append(Found(Verdict.NOTE, what, f"Take it out under “OAuth & Permissions” at {WHERE}."))
    return [*found, *_clock(known.at, now)]


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
