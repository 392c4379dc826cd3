"""What whoever runs the service can ask of it by a command, beside serving."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters import wiring
from adapters.calendars import closed
from adapters.settings import Settings
from adapters.web.asking import send_way_in
from adapters.web.door import LASTS, make_link
from bot.audit import COMMAND_LINE, Did, Entry, Of
from bot.leave import erase
from bot.messages import CardKind
from bot.model import Person, Reader, Role
from bot.remove import removable, remove
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


@asynccontextmanager
async def _one(settings: Settings, called: str) -> AsyncIterator[tuple[SqlStore, Person]]:
    """The store, and the one person who is called so.

    Raises:
        NotOne: `called` is nobody, or fits several people.
    """
    database = Database(settings.database)
    try:
        await check(database)
        store = SqlStore(database, settings.keys, closed)
        async with store.read() as tx:
            found = await tx.people.find(called)
            listed = await tx.setup.programmes() if len(found) > 1 else ()
        if not found:
            raise NotOne(
                f"Nobody is called “{called}”. Give their email address, their whole name, or their id."
            )
        if len(found) > 1:
            place = {each.id: f"{each.title} ({each.organisation})" for each in listed}
            several = "\n".join(f"    {each.id}  {each.name}, {place[each.programme]}" for each in found)
            raise NotOne(
                f"More than one person is called “{called}”. Give the id of the one you mean:\n{several}"
            )
        yield store, found[0]
    finally:
        await database.close()


async def new_link(settings: Settings, called: str) -> NewLink:
    """Make a link for one person.

    Raises:
        NotOne: `called` is nobody, or fits several people.
    """
    now = wiring.real_now()
    async with _one(settings, called) as (store, person):
        await store.check_keys(now)
        async with store.write() as tx:
            path = await make_link(tx, Reader(person.tenant, person.id), person.role, now)
            tx.audit.note(Entry(person.tenant, now, COMMAND_LINE, Did.MADE_LINK, Of.PERSON, person.id))
    once = person.role is Role.FACILITATOR
    lasts = (
        f"once, within {LASTS[person.role].seconds // 60} minutes"
        if once
        else f"for {LASTS[person.role].days} days"
    )
    return NewLink(settings.address + path, f"It signs in {person.name}, {lasts}.")


async def send_copy(settings: Settings, called: str) -> str:
    """Send a member the way to a copy of all that they wrote; it goes to nobody else. What came of it, in words.

    Raises:
        NotOne: `called` is no member, or there is no mail to send it by.
    """
    now = wiring.real_now()
    if settings.mail is None:
        raise NotOne(
            "No mail is set up to send it by. They find it themselves: What you have written, Take a copy."
        )
    async with _one(settings, called) as (store, person):
        _be_member(person)
        reader = Reader(person.tenant, person.id)
        await store.check_keys(now)
        async with store.write() as tx:
            address = await tx.people.address(reader, notices=False)
            if address is None:
                raise NotOne(f"{person.name} has no address. Add it to the people file, and import it.")
            if not await send_way_in(tx, reader, CardKind.COPY, now):
                raise NotOne(
                    f"Three mails have gone to {address.external} within the hour. Try again in the next."
                )
            tx.audit.note(Entry(person.tenant, now, COMMAND_LINE, Did.SENT_LINK, Of.PERSON, person.id))
    return f"A mail is on its way to {address.external}, with the way to everything that {person.name} wrote."


async def who_is(settings: Settings, called: str) -> Person:
    """The member who is called so.

    Raises:
        NotOne: `called` is nobody, fits several people, or is no member: a facilitator's answers belong to lines.
    """
    async with _one(settings, called) as (_, person):
        _be_member(person)
        return person


def _be_member(person: Person) -> None:
    if person.role is not Role.MEMBER:
        raise NotOne(f"{person.name} is in no pair. This command is for members alone.")


async def erase_one(settings: Settings, person: Person) -> None:
    """Erase a member for good."""
    async with _one(settings, person.id) as (store, found):
        now = wiring.real_now()
        await store.check_keys(now)
        await erase(store, Reader(found.tenant, found.id), now, by=COMMAND_LINE)


async def who_can_be_removed(settings: Settings, called: str) -> Person:
    """The facilitator, or the one outside both organisations, who is called so.

    Raises:
        NotOne: `called` is nobody, fits several people, or is a member.
        Refused: nobody else facilitates their programme.
    """
    async with _one(settings, called) as (store, person):
        if person.role is Role.MEMBER:
            raise NotOne(
                f"{person.name} is a member. Members leave, and have everything removed, on their own page. If they "
                f'ask you to do it for them: alongside erase "{person.name}"'
            )
        async with store.write() as tx:
            return await removable(tx, Reader(person.tenant, person.id), person.programme)


async def remove_one(settings: Settings, person: Person) -> None:
    """End somebody's part in a programme for good."""
    async with _one(settings, person.id) as (store, found):
        now = wiring.real_now()
        await store.check_keys(now)
        async with store.write() as tx:
            await remove(tx, Reader(found.tenant, found.id), found.programme, now, COMMAND_LINE)
        await store.scrub()
