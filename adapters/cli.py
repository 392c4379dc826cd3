"""The command `alongside`. Help texts are for a programme lead, not for a programmer."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import web

from adapters.commands import auditing, checking, digests, keeping, setting_up, slack
from adapters.commands.plainly import NARROW, database_of, plainly, refuse
from adapters.settings import BadSettings, port_from, read_settings

app = typer.Typer(help="Helps two people learn to lead together.", **NARROW)
database = typer.Typer(help="The database.", **NARROW)
app.add_typer(setting_up.programme, name="programme")
app.add_typer(setting_up.people, name="people")
app.add_typer(database, name="db")
app.add_typer(keeping.keys, name="keys")
app.add_typer(slack.slack, name="slack")
# What it was called first.
app.add_typer(keeping.keys, name="key", hidden=True)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its database and its key.")] = Path(
        ".demo"
    ),
) -> None:
    """Show Alongside at work on this computer, with sample people. Nothing to set up."""
    from adapters.wiring import demo_app

    faults: list[str] = []
    port = port_from(os.environ, faults)
    if faults:
        refuse("\n".join(faults))
    _run(lambda: demo_app(folder), "127.0.0.1", port, f"Alongside is ready: http://127.0.0.1:{port}/")


@app.command()
def serve() -> None:
    """Run the service. Settings come from ALONGSIDE_DATABASE, ALONGSIDE_KEYS, ALONGSIDE_HOST, ALONGSIDE_PORT."""
    from adapters.wiring import serve_app

    with plainly():
        settings = read_settings(os.environ)
        database_of(settings)
    _run(
        lambda: serve_app(settings),
        settings.host,
        settings.port,
        f"Alongside is ready on port {settings.port}.",
    )


app.command("check")(checking.check)
app.command("digest")(digests.digest)
app.command("audit")(auditing.audit)


@database.command("upgrade")
def db_upgrade() -> None:
    """Build the database, or bring it up to date. Run this once before `serve` and after each update."""
    from storage.migrate import upgrade

    async def run() -> None:
        opened = database_of(read_settings(os.environ))
        try:
            await upgrade(opened)
        finally:
            await opened.close()

    with plainly():
        asyncio.run(run())
    typer.echo("The database is up to date.")


@app.command()
def link(
    person: Annotated[str, typer.Argument(help="Their email address, their whole name, or their id.")],
    qr: Annotated[
        Path | None, typer.Option(help="Also write a QR code to print: a file ending in .svg.")
    ] = None,
) -> None:
    """Make a link that somebody signs in with. Whoever has it comes in as them: give it to nobody else."""
    from adapters.operate import NotOne, new_link

    if qr is not None and qr.suffix != ".svg":
        refuse(f"{qr} cannot be written: give a name that ends in .svg.")
    try:
        settings = read_settings(os.environ)
        with plainly():
            made = asyncio.run(new_link(settings, person))
    except (BadSettings, NotOne) as fault:
        refuse(str(fault))
    if qr is not None:
        import segno

        segno.make(made.address, error="m").save(str(qr), scale=6, border=4)
    typer.echo(made.address)
    typer.echo(made.about, err=True)


@app.command("export")
def export_person(
    person: Annotated[str, typer.Argument(help="Their email address, their whole name, or their id.")],
) -> None:
    """Send somebody the way to a copy of all that they wrote. It goes to them alone, and never through your hands."""
    from adapters.operate import NotOne, send_copy

    try:
        with plainly():
            typer.echo(asyncio.run(send_copy(read_settings(os.environ), person)))
    except (BadSettings, NotOne) as fault:
        refuse(str(fault))


@app.command("erase")
def erase_person(
    person: Annotated[str, typer.Argument(help="Their email address, their whole name, or their id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Remove all that somebody wrote, their name and their address, because they asked for it. It cannot be undone."""
    from adapters.operate import NotOne, erase_one, who_is

    try:
        settings = read_settings(os.environ)
        with plainly():
            found = asyncio.run(who_is(settings, person))
            if not yes:
                typer.echo(
                    f"This removes everything that {found.name} wrote, their name and their address, also from what "
                    "others have been shown. Their partner is told that they have left. It cannot be undone."
                )
                if typer.prompt("To go on, type their name", default="", show_default=False) != found.name:
                    refuse("That is another name: nothing has been removed.")
            asyncio.run(erase_one(settings, found))
    except (BadSettings, NotOne) as fault:
        refuse(str(fault))
    typer.echo("Everything is removed. Backups hold it until they are replaced.")


def main() -> None:
    app()


def _run(make: Callable[[], web.Application], host: str, port: int, ready: str) -> None:
    from adapters.house import FINISH_SECONDS

    async def run() -> None:
        stop = asyncio.Event()
        # Windows has no such handlers, and ends its programs in another way.
        with suppress(NotImplementedError):
            # In a container nobody else listens to it: without an answer of ours it would end in the middle.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        # Open pages are let go at once.
        runner = web.AppRunner(make(), access_log=None, shutdown_timeout=FINISH_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            typer.echo(ready)
            sys.stdout.flush()
            await stop.wait()
        finally:
            await runner.cleanup()

    try:
        with plainly(), suppress(KeyboardInterrupt):
            asyncio.run(run())
    except OSError as error:
        refuse(f"Port {port} cannot be used ({error.strerror}). Choose another with ALONGSIDE_PORT.")
    # Whoever started it may have stopped listening.
    with suppress(BrokenPipeError):
        typer.echo("Stopped. Everything that was written is kept.")


if __name__ == "__main__":
    main()
