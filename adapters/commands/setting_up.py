"""`alongside programme apply` and `alongside people import`: two files become a programme and its people.

A file removes nobody: `alongside people remove` does.
"""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.commands.plainly import NARROW, chosen, content_of, opened, plainly, refuse, within
from adapters.settings import read_settings

if TYPE_CHECKING:
    from adapters.setup.programme import Outcome
    from storage.store import SqlTx

programme = typer.Typer(help="A programme: its modules, its rhythm, who to turn to.", **NARROW)
people = typer.Typer(help="The people of a programme: members in pairs, and facilitators.", **NARROW)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change. Nothing is changed.")]


@programme.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(help="The programme's file, such as programme.toml.")],
    dry_run: DryRun = False,
) -> None:
    """Set up a programme from its file, or change it to what the file says now.

    If there are mistakes in the file, each is named with its line and what to
    do about it, and nothing is changed. Applying the same file twice changes
    nothing. Questions that are planned keep their opening.
    """
    content = content_of(file)
    from adapters.setup.noted import apply_noted
    from adapters.setup.programme_file import read_programme
    from adapters.wiring import real_now
    from bot.audit import COMMAND_LINE

    async def run() -> "Outcome":
        wanted = read_programme(content, str(file))

        async def bring_into_line(tx: "SqlTx") -> "Outcome":
            return await apply_noted(tx, wanted, real_now(), COMMAND_LINE)

        async with opened() as store:
            return await within(store, bring_into_line, dry_run=dry_run)

    with plainly():
        outcome = asyncio.run(run())
    _tell(outcome, str(file), dry_run=dry_run)


@people.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The people's file, such as people.csv.")],
    named: Annotated[
        str | None, typer.Option("--programme", help="Its title. Needed if there is more than one programme.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Bring people and pairs into a programme, or change them to what the file says now.

    The first line of the file names its columns: name, email and pair; and,
    if you like, role, zone, hours, slack and teams. Two people with the same
    pair are a pair. Facilitators have the role facilitator and no pair.

    If there are mistakes in the file, each is named with its line and what to
    do about it, and nothing is changed. Importing the same file twice changes
    nothing. Nobody is ever removed.
    """
    content = content_of(file)
    from adapters.setup.noted import import_noted
    from adapters.setup.people_file import read_people
    from adapters.wiring import real_now
    from bot.audit import COMMAND_LINE

    async def run() -> "tuple[str, Outcome]":
        wanted = read_people(content, str(file))

        async def bring_in(tx: "SqlTx") -> "tuple[str, Outcome]":
            listed = chosen(list(await tx.setup.programmes()), named)
            found = await tx.setup.programme_now(listed.tenant, listed.id)
            if found is None:
                refuse("That programme is not there any more.")
            return listed.title, await import_noted(tx, found.programme, wanted, real_now(), COMMAND_LINE)

        async with opened() as store:
            return await within(store, bring_in, dry_run=dry_run)

    with plainly():
        title, outcome = asyncio.run(run())
    typer.echo(f"{title}:")
    _tell(outcome, str(file), dry_run=dry_run)


@people.command("remove")
def remove(
    person: Annotated[str, typer.Argument(help="Their email address, their whole name, or their id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Remove a facilitator, or somebody outside who can be asked for a call: they come in no more. It cannot be undone.

    It says first what is ended and what stays. Members are not removed: they
    leave on their own page. Somebody always facilitates: the last one stays.
    """
    from adapters.operate import NotOne, remove_one, who_can_be_removed
    from bot.remove import ends, stays

    try:
        with plainly():
            settings = read_settings(os.environ)
            found = asyncio.run(who_can_be_removed(settings, person))
            typer.echo(f"{ends(found.name)}\n{stays(found.name)}")
            if not yes and _typed() != found.name:
                refuse("That is another name: nothing has been changed.")
            asyncio.run(remove_one(settings, found))
    except NotOne as fault:
        refuse(str(fault))
    typer.echo(f"{found.name} is removed.")


def _typed() -> str:
    found: str = typer.prompt("To go on, type their name", default="", show_default=False)
    return found


def _tell(outcome: "Outcome", file: str, *, dry_run: bool) -> None:
    for change in outcome.changes:
        typer.echo(f"  {change}")
    if not outcome.changes:
        typer.echo(f"Nothing to change: all is as {file} says.")
    elif dry_run:
        typer.echo("This is what would change. Nothing has been changed.")
    else:
        typer.echo("Done.")
    for note in outcome.notes:
        typer.echo(note)
