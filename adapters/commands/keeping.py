"""`alongside keys`: making a key, and having everything encrypted anew with it while the service goes on."""

import asyncio
import os
from typing import TYPE_CHECKING

import typer

from adapters.commands.plainly import NARROW, opened, plainly, refuse
from adapters.settings import read_settings

if TYPE_CHECKING:
    from storage.rotation import Rotated

keys = typer.Typer(help="The keys that words are encrypted with.", **NARROW)

NOT_BEGUN = """Nothing was changed: no service has started with the first key of ALONGSIDE_KEYS yet.
If one ran on without it, it could not read what is encrypted with it.
Put the new key first and leave the others after it, restart the service everywhere, and run this again."""


@keys.command("new")
def new() -> None:
    """Print a fresh key for ALONGSIDE_KEYS. Keep it safe: without it no words can be read."""
    from storage.crypto import new_key

    typer.echo(new_key())


@keys.command("rotate")
def rotate() -> None:
    """Encrypt everything anew with the first key of ALONGSIDE_KEYS.

    Before: put the new key first in ALONGSIDE_KEYS, leave the others after
    it, and restart the service everywhere. It may run on meanwhile. If this
    is stopped half way, nothing is lost; run it again and it goes on.

    After: it says which keys nothing needs any more. Take those out.
    """
    with plainly():
        names, found, left = asyncio.run(_rotate())
    typer.echo(
        f"{_rows(found.anew)} encrypted anew with the first key."
        if found.anew
        else "Everything is encrypted with the first key already."
    )
    for name in found.unused:
        typer.echo(
            f"Key {names.index(name) + 1} in ALONGSIDE_KEYS ({name}) is needed by nothing any more: take it out, "
            "and restart the service."
        )
    if found.unused:
        typer.echo("Backups from before still need it. Keep it somewhere safe for as long as you keep those.")
    if found.closed:
        refuse(
            f"{_rows(found.closed)} not as Alongside wrote them, and were left as they are. "
            "The key that they name is still needed. See more with: alongside check"
        )
    if left:
        refuse(
            "Something is still written with another key. Restart the service everywhere, and run this again."
        )


async def _rotate() -> "tuple[list[str], Rotated, int]":
    from rich.console import Console
    from rich.progress import Progress

    from storage import rotation

    settings = read_settings(os.environ)
    async with opened(settings) as store:
        await store.prove_keys()
        if not await store.has_written():
            refuse(NOT_BEGUN)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Encrypting anew", total=await rotation.left(store))
            found = await rotation.rotate(store, lambda more: progress.advance(bar, more))
        return list(settings.keys.names()), found, await rotation.left(store)


def _rows(count: int) -> str:
    return "One row is" if count == 1 else f"{count} rows are"
