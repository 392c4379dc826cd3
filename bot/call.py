"""Getting a person: somebody wants to be called, by whom they chose, who is told until they have said that they will.

Nobody else learns of it. Whoever asked sees at every moment whether it has been seen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.ids import derive
from bot.messages import CardKind
from bot.model import Reader
from bot.ports import Store, Tx
from bot.rows import Due, ToSend

SOONEST, LATEST = timedelta(hours=1), timedelta(hours=12)
"""How long at least, and at most, until whoever was asked is told again."""


def again_at(asked_at: datetime, now: datetime) -> datetime:
    """When to tell them next: after an hour, then after as long again as it has been, and twice a day at least."""
    return now + min(max(now - asked_at, SOONEST), LATEST)


async def ask(tx: Tx, me: Reader, to: str, how: str, cause: str, now: datetime) -> Sequence[ToSend] | None:
    """Ask somebody to call; what tells them, at once and whatever the hour. None if they cannot be asked."""
    call = derive(me.person, "call", to, cause)
    if not await tx.calls.ask(me, to, how, call, now, again_at(now, now)):
        return None
    return [_telling(me.tenant, to, call, now, now)]


async def remind(tx: Tx, row: Due, now: datetime) -> None:
    """Tell whoever was asked once more."""
    asked = await tx.calls.waiting(row.tenant, row.id)
    if asked is not None and await tx.calls.again(row, again_at(asked.at, now)):
        await tx.outbox.enqueue([_telling(row.tenant, asked.to, row.id, row.at, now)])


async def will_call(store: Store, reader: Reader, call: str, now: datetime) -> bool:
    """Say that one will call; whoever asked is told at once. False if one was not asked, or not any more."""
    async with store.write() as tx:
        person = await tx.calls.will_call(reader, call, now)
        if person is None:
            return False
        cause = derive(person, "will call", call)
        to = Reader(reader.tenant, person)
        await tx.outbox.enqueue([ToSend(to, cause, CardKind.WILL_CALL, call, False, now)])
        return True


async def have_spoken(store: Store, reader: Reader, call: str, now: datetime) -> bool:
    """Say that one has called: how to reach them is forgotten. False if one was not asked."""
    async with store.write() as tx:
        return await tx.calls.have_spoken(reader, call, now)


def _telling(tenant: str, to: str, call: str, at: datetime, now: datetime) -> ToSend:
    about = derive(call, "wanted", at.isoformat())
    return ToSend(Reader(tenant, to), about, CardKind.CALL_WANTED, call, False, now)
