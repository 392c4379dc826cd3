"""Where somebody is reached: in a chat by a code of their own, on their page again, and when a chat lets nobody in.

A code is made on somebody's own page and typed in the chat, so it is known that both are the same person. Whoever is
reached in a chat no more finds everything on their page, and is told of it by mail.
"""

from datetime import datetime

from bot.afresh import TAKE_ALONG
from bot.audit import SERVICE, Did, Entry, Of, by
from bot.cards.live import live_kind
from bot.errors import Conflict
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Account, Lost, Platform, Reader, Role
from bot.ports import Store, Tx
from bot.rows import ToSend

EACH, ALL = 5, 100
"""How often an hour one account may try a code, and everybody of its workspace together."""


async def join(store: Store, account: Account, place: str, code: str, now: datetime) -> Reader | None:
    """Reach whoever made a code at this account from now on; `code` is its hash, `place` the account's workspace.

    None if it is nobody's, has run out or been used, if it was tried too often, or if the account is somebody else's:
    which of these, nobody is told.
    """
    try:
        async with store.write() as tx:
            return await _join(tx, account, place, code, now)
    except Conflict:
        return None


async def _join(tx: Tx, account: Account, place: str, code: str, now: datetime) -> Reader | None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    mine = await tx.links.tried(derive("join", account.platform, account.external), hour)
    theirs = await tx.links.tried(derive("join", account.platform, place), hour)
    if mine > EACH or theirs > ALL:
        return None
    holder, maker = await tx.people.at(account), await tx.links.of(code)
    if maker is None or holder not in (None, maker.reader) or await tx.links.use(code, now) is None:
        return None
    await tx.setup.reach(maker.reader, account)
    tx.audit.note(by(maker.reader, Did.REACHED, Of.PERSON, maker.reader.person, now))
    if maker.role is Role.MEMBER:
        waits = live_kind(await tx.views.member(maker.reader, in_chat=True))
        if waits is not None:
            # What is open for them now stands there from now on; on the page each thing is said once.
            about = derive(maker.reader.person, "join", account.external, now.isoformat())
            await tx.outbox.enqueue([ToSend(maker.reader, about, *waits, False, now)])
    return maker.reader


async def part(store: Store, reader: Reader, platform: Platform, now: datetime) -> bool:
    """Reach somebody on their page again, because they want that; False if they were not reached there.

    What their partner said goes from the chat with them: nothing there follows it any more.
    """
    async with store.write() as tx:
        if not await tx.reached.part(reader, platform):
            return False
        tx.audit.note(by(reader, Did.PARTED, Of.PERSON, reader.person, now))
        await tx.outbox.enqueue([_take_along(reader, now)])
    return True


async def lose(tx: Tx, lost: Lost, now: datetime) -> None:
    """Reach whoever a chat does not let in any more on their page and by mail. What waits for them goes there."""
    for reader in await tx.reached.lose(lost, now):
        tx.audit.note(Entry(reader.tenant, now, SERVICE, Did.PARTED, Of.PERSON, reader.person))
        if not lost.everybody:
            await tx.outbox.enqueue([_take_along(reader, now)])


def _take_along(reader: Reader, now: datetime) -> ToSend:
    about = derive(reader.person, TAKE_ALONG, now.isoformat())
    return ToSend(reader, about, CardKind.AFRESH, TAKE_ALONG, False, now)
