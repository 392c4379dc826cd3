"""Erasure: what leaving for good does beyond a conversation. Leaving itself is a move of the engine."""

from datetime import datetime

from bot import team
from bot.afresh import THE_OTHERS
from bot.apply import addressed
from bot.audit import Did, Entry, Of
from bot.conversation.state import Standing
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Reader
from bot.ports import Store
from bot.rows import ToSend


async def erase(store: Store, reader: Reader, now: datetime, by: str = "") -> None:
    """Erase somebody. Their partner is told that they have left, at once: this cannot be undone.

    They do it themselves, or somebody else does it `by` whom it is noted.
    """
    async with store.write() as tx:
        tx.audit.note(Entry(reader.tenant, now, by or reader.person, Did.ERASED, Of.PERSON, reader.person))
        c = await tx.conversations.of(reader)
        rounds = await tx.teams.of(reader)
        await tx.erasure.erase(reader, now)
        await team.draw_afresh(tx, reader.tenant, rounds, now)
        told = c.standing is Standing.LEFT and c.resume_at is None
        if c.partner is not None:
            partner, cause = Reader(reader.tenant, c.partner), derive(reader.person, "erased")
            if not told:
                card = await addressed(tx, partner, CardKind.PARTNER_LEFT, "", cause, now, proactive=True)
                await tx.outbox.enqueue([card])
            if c.partner_chats:
                # What was erased goes on standing in their chat until it is drawn again there.
                about = derive(partner.person, cause, CardKind.AFRESH, THE_OTHERS)
                await tx.outbox.enqueue([ToSend(partner, about, CardKind.AFRESH, THE_OTHERS, False, now)])
    await store.scrub()
