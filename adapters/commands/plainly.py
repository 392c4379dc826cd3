"""How a command begins and ends: with the service's own settings and database, and in sentences.

A command that cannot do its work says why, changes nothing and exits with 1. It never ends in a traceback.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from adapters.settings import BadSettings, Settings, read_settings

if TYPE_CHECKING:
    from bot.rows import Listed
    from storage.database import Database
    from storage.store import SqlStore, SqlTx

T = TypeVar("T")

NARROW: dict[str, Any] = {
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
}
"""How each group of commands is made."""

LARGEST = 5 * 1024 * 1024
"""Bytes of a file that somebody wrote by hand; a larger one is another file."""


def refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


@contextmanager
def plainly() -> Iterator[None]:
    """Whatever can go wrong in a block ends the command with a sentence."""
    from sqlalchemy.exc import DBAPIError

    from adapters.setup.faults import Faulty
    from bot.errors import AlongsideError
    from prompts.bank import BankFault
    from prompts.followups import FaultyFollowUps
    from prompts.signposts import FaultySignposts
    from storage.crypto import KeyFault
    from storage.migrate import NotMigrated

    try:
        yield
    except (BadSettings, Faulty, AlongsideError, KeyFault, NotMigrated) as fault:
        refuse(str(fault))
    except (BankFault, FaultyFollowUps, FaultySignposts) as fault:
        refuse(str(fault))
    except DBAPIError:
        # Its own text speaks of statements, to nobody who could read them.
        refuse("The database cannot be used. See what is wrong with: alongside check")


def content_of(file: Path) -> bytes:
    """What stands in a file that somebody named."""
    try:
        if file.stat().st_size > LARGEST:
            refuse(f"{file} is larger than any such file: at most {LARGEST // 1024 // 1024} MB.")
        return file.read_bytes()
    except OSError as error:
        refuse(f"{file} cannot be read: {(error.strerror or 'it is no file').lower()}.")


def database_of(settings: Settings) -> "Database":
    """The database that the settings name, not opened yet.

    Raises:
        BadSettings: that is no address of a database.
    """
    from sqlalchemy.exc import ArgumentError

    from storage.database import Database

    try:
        return Database(settings.database)
    except (ArgumentError, ValueError):
        raise BadSettings(
            "ALONGSIDE_DATABASE is no address of a database. "
            "Write it as sqlite:////path/to/file.db or postgresql://user@host/name."
        ) from None


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncIterator["SqlStore"]:
    """The service's database, if it is there and up to date."""
    from adapters.calendars import closed
    from bot.errors import Unavailable
    from storage.migrate import NotMigrated, check
    from storage.store import SqlStore

    settings = settings or read_settings(os.environ)
    database = database_of(settings)
    try:
        if database.is_missing():
            raise NotMigrated("There is no database yet. Run: alongside db upgrade")
        try:
            async with database.read():
                pass
            await check(database)
        except Unavailable:
            raise Unavailable(
                "The database cannot be reached. See what is wrong with: alongside check"
            ) from None
        yield SqlStore(database, settings.keys, closed)
    finally:
        await database.close()


class _OnlyTried(Exception):
    """Rolls back what was done to see what it would do."""


async def within(store: "SqlStore", do: "Callable[[SqlTx], Awaitable[T]]", *, dry_run: bool) -> T:
    """Do something in one transaction; in a dry run it is done and undone, so that it says what it would say."""
    from adapters.wiring import real_now

    found: list[T] = []
    if not dry_run:
        await store.check_keys(real_now())
    try:
        async with store.write() as tx:
            found.append(await do(tx))
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    return found[0]


def chosen(listed: "list[Listed]", named: str | None) -> "Listed":
    """The programme that somebody named by its title, its key or its id; the only one if they named none."""
    from adapters.setup.programme import programme_id

    if not listed:
        refuse("There is no programme yet. Set one up with: alongside programme apply programme.toml")
    names = "\n".join(f"    {each.title} ({each.organisation})" for each in listed)
    if named is None:
        if len(listed) > 1:
            refuse(f"Say which programme, by its title:\n{names}")
        return listed[0]
    organisation, _, key = named.partition("/")
    wanted = {named, programme_id(organisation, key)}
    found = [
        each for each in listed if each.id in wanted or each.title.casefold() == named.strip().casefold()
    ]
    if not found:
        refuse(f"There is no programme called “{named}”. There are:\n{names}")
    if len(found) > 1:
        ids = "\n".join(f"    {each.id} ({each.organisation})" for each in found)
        refuse(f"Several programmes are called “{named}”. Name the one you mean by its id:\n{ids}")
    return found[0]
