"""What whoever runs the service can ask of it by a command, beside serving."""

from dataclasses import dataclass, field

from adapters.settings import Settings
from adapters.web.door import LASTS, make_link
from adapters.wiring import real_now
from bot.model import Reader, Role
from storage.database import Database
from storage.migrate import check
from storage.store import SqlStore


class NotOne(Exception):
    """Nobody, or more than one, is called so. The message says what to do."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that signs in whoever holds it, and for whom and how long it does."""

    address: str = field(repr=False)
    about: str


async def new_link(settings: Settings, called: str) -> NewLink:
    """Make a link for one person.

    Raises:
        NotOne: `called` is nobody, or fits several people.
    """
    database = Database(settings.database)
    try:
        await check(database)
        store = SqlStore(database, settings.keys)
        async with store.read() as tx:
            found = await tx.people.find(called)
        if not found:
            raise NotOne(
                f"Nobody is called “{called}”. Give their email address, their whole name, or their id."
            )
        if len(found) > 1:
            several = "\n".join(f"    {each.id}  {each.name}" for each in found)
            raise NotOne(
                f"More than one person is called “{called}”. Give the id of the one you mean:\n{several}"
            )
        (person,) = found
        async with store.write() as tx:
            path = await make_link(tx, Reader(person.tenant, person.id), person.role, real_now())
    finally:
        await database.close()
    once = person.role is Role.FACILITATOR
    lasts = (
        f"once, within {LASTS[person.role].seconds // 60} minutes"
        if once
        else f"for {LASTS[person.role].days} days"
    )
    return NewLink(settings.address + path, f"It signs in {person.name}, {lasts}.")
