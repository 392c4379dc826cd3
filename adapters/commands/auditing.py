"""`alongside audit`: who saw, changed, took with them or removed what in a programme. It holds nobody's words.

People are named as they are called now; whoever was erased has no name any more, and stands there by an id.
"""

import asyncio
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from adapters.commands.plainly import chosen, opened, plainly

if TYPE_CHECKING:
    from storage.chain import Told

SHORT = 8
"""How many digits of an id are enough to tell one from another."""


def audit(programme: Annotated[str, typer.Argument(help="The programme, by its title.")]) -> None:
    """Show who has seen, changed, taken or removed what in a programme.

    It says what was done, by whom and when, and holds nobody's words. Whether
    anything in it has been changed since it was written is found by: alongside check
    """
    from storage.chain import told

    async def run() -> "tuple[str, str, Told]":
        async with opened() as store, store.read() as tx:
            found = chosen(list(await tx.setup.programmes()), programme)
            zone = (await tx.people.programme(found.tenant, found.id)).zone
            return found.title, zone, await told(tx.session, found.tenant, found.id)

    with plainly():
        _show(*asyncio.run(run()))


def _show(title: str, zone: str, found: "Told") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from adapters.setup.values import plain

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(Text(f"{plain(title)}, times in {zone}", "bold"))
    if not found.entries:
        console.print("Nothing has been noted yet.")
        return
    table = Table(box=box.SIMPLE)
    table.add_column("", justify="right")
    for name in ("When", "Who", "What"):
        table.add_column(name, overflow="fold")
    for each in found.entries:
        at = each.at.astimezone(ZoneInfo(zone))
        what = f"{each.did} {_about(each.kind, each.about, zone, found)}".strip()
        cells = (str(each.seq), f"{at:%Y-%m-%d %H:%M:%S}", _who(each.who, found), what)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    console.print(table)


def _who(id: str, found: "Told") -> str:
    from bot.audit import COMMAND_LINE, SERVICE

    if id in (SERVICE, COMMAND_LINE):
        return id
    return found.names.get(id) or f"somebody who has no name any more ({id[:SHORT]})"


def _about(kind: str, id: str, zone: str, found: "Told") -> str:
    """What an entry is about, as it is called now; what has no name is called by its kind and the start of its id."""
    from bot.audit import Of
    from bot.cards import dates

    match kind:
        case Of.PERSON:
            return _who(id, found)
        case Of.PROGRAMME:
            return "the programme"
        case Of.TERMS:
            return f"the terms, version {id}"
        case Of.ENTRIES:
            return f"all entries up to {id.split()[0]}"
        case Of.DIGEST if id in found.weeks:
            return f"the weekly page of {dates.span(*found.weeks[id], zone)}"
        case Of.LINE if id in found.lines:
            return f"a line of {_about(Of.DIGEST, found.lines[id], zone, found)} ({id[:SHORT]})"
        case _:
            return f"a {kind} ({id[:SHORT]})"
