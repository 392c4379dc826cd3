"""`alongside digest`: the facilitators' next page as it would be now, at a terminal. Nothing of it is stored.

It is put together, stored, read as a facilitator reads it, and rolled back: so it says exactly what they would
read, through the same statements, which ask for consent.
"""

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.commands.plainly import chosen, opened, plainly, refuse, within
from adapters.settings import read_settings

if TYPE_CHECKING:
    from bot.digest.model import DigestView
    from bot.rows import Listed, Prompts
    from storage.store import SqlTx


def digest(
    programme: Annotated[str, typer.Argument(help="The programme, by its title.")],
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show it here only. It has to be given: the real one sends itself."),
    ] = False,
) -> None:
    """Show what the facilitators' next page would say if the week ended now.

    It holds the words that people chose to share with the facilitators,
    and no others: only look if you may read what facilitators read.
    Nothing of it is stored or sent; that you have looked is noted.
    """
    if not dry_run:
        refuse("The page comes out by itself. To see what it would say now, add --dry-run.")
    from adapters.wiring import load_prompts, real_now
    from bot import due
    from bot.audit import COMMAND_LINE, Did, Entry, Of
    from bot.model import Reader

    async def run() -> "tuple[DigestView, Prompts]":
        settings = read_settings(os.environ)
        prompts = load_prompts(settings.signposts)

        async def read(tx: "SqlTx") -> "tuple[Listed, DigestView]":
            found = chosen(list(await tx.setup.programmes()), programme)
            readers = await tx.digests.facilitators(found.tenant, found.id)
            if not readers:
                refuse(f"Nobody facilitates {found.title}: add one to people.csv with the role facilitator.")
            now = await tx.setup.programme_now(found.tenant, found.id)
            assert now is not None
            made = await due.write_digest(tx, prompts, now.programme, now.digest_from, real_now())
            return found, await tx.digests.view(Reader(found.tenant, readers[0]), made.id)

        async def note(tx: "SqlTx") -> None:
            about = (Of.PROGRAMME, found.id)
            tx.audit.note(Entry(found.tenant, real_now(), COMMAND_LINE, Did.LOOKED_AHEAD, *about))

        async with opened(settings) as store:
            found, view = await within(store, read, dry_run=True)
            await within(store, note, dry_run=False)
            return view, prompts

    with plainly():
        _show(*asyncio.run(run()))


def _show(found: "DigestView", prompts: "Prompts") -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.text import Text

    from adapters.setup.values import plain
    from bot.cards import dates
    from bot.cards.live import question_text

    console = Console(highlight=False, markup=False, emoji=False)

    def say(text: str, style: str = "", indent: int = 0) -> None:
        console.print(Padding(Text(text, style), (0, 0, 0, indent), expand=False) if text else "")

    def quote(text: str, by: str) -> None:
        for paragraph in text.splitlines() or [""]:
            say(plain(paragraph), indent=4)
        say(f"— {plain(by)}", "italic", indent=4)
        say("")

    say(f"{found.programme_title}: {dates.span(found.from_at, found.to_at, found.zone)}", "bold")
    say("What the facilitators would read if the week ended now. Nothing of it is stored or sent.")
    say("")
    say(f"{found.counts.answered} of {found.counts.people} answered.")
    say("")
    say(f"To take to {found.next_module or 'the next module'}", "bold")
    say(question_text(prompts, found.question), indent=4)
    say(found.reason, "dim", indent=4)
    for theme, lines in found.themes:
        console.print(Rule(Text(theme), align="left"))
        for line in lines:
            quote(line.text, line.by or "without a name")
    if found.beside:
        console.print(Rule(Text("one question, two views"), align="left"))
        for both in found.beside:
            say(question_text(prompts, both.question), "bold")
            quote(both.one, both.one_by)
            quote(both.two, both.two_by)
    if not found.lines:
        say("")
        say("Nobody has shared anything with the facilitators since the last page.")
    console.print(Rule(Text("what is not here"), align="left"))
    say(f"Kept by their authors, or shared with their partner only: {found.counts.kept}")
    say(f"Held back, because fewer than five people shared without a name: {found.counts.held}")
