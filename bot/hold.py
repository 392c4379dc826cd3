"""Somebody has died, or is very ill: every message to the two of a pair stops, and nothing is said by a machine.

A facilitator records it, speaks with whoever is left, and then lets the bot write again: to both, or to one alone.
"""

from dataclasses import replace
from datetime import datetime

from bot.audit import Did, Of, by
from bot.conversation.state import Standing
from bot.errors import Unknown
from bot.model import Reader
from bot.ports import Store, Tx
from bot.rows import GlancePair


async def hold(store: Store, reader: Reader, pair: str, now: datetime) -> None:
    """Stop every message to the two of a pair, also those that are waiting to go out."""
    async with store.write() as tx:
        await _own(tx, reader, pair)
        await tx.pairs.hold(reader.tenant, pair, now)
        tx.audit.note(by(reader, Did.HELD, Of.PAIR, pair, now))


async def lift(store: Store, reader: Reader, pair: str, now: datetime) -> None:
    """Write to both of a pair again, from their next question on."""
    async with store.write() as tx:
        await _own(tx, reader, pair)
        await tx.pairs.hold(reader.tenant, pair, None)
        tx.audit.note(by(reader, Did.LIFTED, Of.PAIR, pair, now))


async def go_on_alone(store: Store, reader: Reader, pair: str, person: str, now: datetime) -> None:
    """Write again to one of a pair, and never to the other one; neither is told."""
    async with store.write() as tx:
        found = await _own(tx, reader, pair)
        if not found.held or person not in (found.one.id, found.two.id):
            raise Unknown("There is nobody by that name in such a pair.")
        gone = found.two if person == found.one.id else found.one
        c = await tx.conversations.of(Reader(reader.tenant, gone.id))
        # As if they had left long ago: the one who goes on is asked alone, and can be brought together with another.
        silent = replace(c, standing=Standing.LEFT, close_at=None, remind_at=None, resume_at=None)
        await tx.conversations.save(c, silent)
        await tx.pairs.hold(reader.tenant, pair, None)
        tx.audit.note(by(reader, Did.LIFTED, Of.PERSON, person, now))


async def _own(tx: Tx, reader: Reader, pair: str) -> GlancePair:
    glance = await tx.glances.glance(reader)
    found = next((each for each in glance.pairs if each.id == pair), None)
    if found is None:
        raise Unknown("There is no such pair.")
    return found
