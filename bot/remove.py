"""Removing somebody who facilitates, or who can be asked for a call: from one moment on nothing here is theirs to read.

What members wrote stays, and so does what was answered to them. Whoever waits for a call learns that it does not come.
"""

from datetime import datetime

from bot.audit import Did, Entry, Of
from bot.errors import Refused, Unknown
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Person, Reader, Role
from bot.ports import Store, Tx
from bot.rows import ToSend


def ends(name: str) -> str:
    """What a removal ends, said before it is done."""
    return (
        f"{name} is signed out everywhere at once, links that were sent to them stop working, and nothing more is "
        f"sent to them. Whoever waits for a call from {name} is told that it does not come, and can ask somebody else."
    )


def stays(name: str) -> str:
    """What a removal leaves as it is."""
    return (
        "What members wrote stays as it is, and so does what was answered to them. The log of who did what keeps the "
        f"name of {name}; the address is deleted. This cannot be undone. Take {name} out of people.csv, too: a file "
        "that still names them is refused."
    )


async def removable(tx: Tx, reader: Reader, programme: str) -> Person:
    """Somebody of a programme who can be removed. Everybody in it is locked: nobody else is removed meanwhile.

    Raises:
        Refused: they are a member, or nobody else facilitates the programme.
        Unknown: there is nobody by that name.
    """
    people = [each.person for each in await tx.setup.people_now(reader.tenant, programme)]
    found = next((each for each in people if each.id == reader.person), None)
    if found is None:
        raise Unknown("There is nobody by that name.")
    if found.role is Role.MEMBER:
        raise Refused(
            "Nobody was removed. A member of a pair leaves, or has everything removed, on their own page: then their "
            "partner is told, and their words are theirs to take along."
        )
    others = [each for each in people if each.role is Role.FACILITATOR and each.id != found.id]
    if found.role is Role.FACILITATOR and not others:
        raise Refused(
            f"Nobody was removed. Only {found.name} facilitates this programme: bring in somebody else first."
        )
    return found


async def remove(tx: Tx, reader: Reader, programme: str, now: datetime, by: str) -> None:
    """Remove somebody: every way in, what waits for them, and their address. `by` is whoever does it."""
    found = await removable(tx, reader, programme)
    tx.audit.note(Entry(reader.tenant, now, by, Did.REMOVED, Of.PERSON, found.id))
    await tx.erasure.remove(reader)
    for call, asker in (await tx.calls.cannot(reader)).items():
        to = Reader(reader.tenant, asker)
        cause = derive(asker, "cannot call", call)
        await tx.outbox.enqueue([ToSend(to, cause, CardKind.CANNOT_CALL, call, False, now)])


async def remove_colleague(store: Store, me: Reader, person: str, now: datetime) -> None:
    """What a facilitator does to somebody else of their own programme.

    Raises:
        Refused: it cannot be. Nothing was changed.
        Unknown: the reader facilitates nothing, or there is nobody by that name in it.
    """
    async with store.write() as tx:
        programme = (await tx.people.get(me)).programme
        # Reading them so locks them: of two who remove each other, the second one is there no more.
        here = [each.person for each in await tx.setup.people_now(me.tenant, programme)]
        if not any(each.id == me.person and each.role is Role.FACILITATOR for each in here):
            raise Unknown("There is nothing here.")
        if person == me.person:
            raise Refused(
                "Nobody was removed. Another facilitator, or whoever runs the service, removes you."
            )
        await remove(tx, Reader(me.tenant, person), programme, now, me.person)
    await store.scrub()
