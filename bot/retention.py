"""How long words are kept: deleted on the first of a month, before they are older than was agreed, and said ahead.

Whatever is deleted was announced a month and a week before, to the day before which it was written: what a programme's
file says since then counts from the next month on.

What the audit holds is not kept for ever, either: it goes in the same run, a year after the last words that it can be
about. It is one chain for an organisation, so the programme that keeps words the longest decides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.apply import addressed
from bot.audit import SERVICE, Did, Entry, Of
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Module, Programme, Reader
from bot.ports import Tx
from bot.rows import Deletion, Due
from bot.when import ANNOUNCED, audited_since, deletion_after, kept_since, kept_until

LAST = timedelta(days=7)
"""When it is said the second time. Nothing is deleted sooner after it was said."""
LATE = timedelta(hours=1)
"""From when on saying it counts as late: what follows is put off."""


async def announce_or_delete(tx: Tx, row: Due, now: datetime) -> None:
    """What is due of a programme's next deletion: saying it the first time or the second, or doing it."""
    found = await tx.retention.due(row)
    if found is None:
        return
    programme = await tx.people.programme(row.tenant, row.id)
    if row.at < found.at:
        before = found.before or _before(programme, await tx.retention.modules(row.tenant, row.id), found.at)
        # Late by an outage, it is put off: a week is a promise.
        at = found.at if now < found.at - LAST + LATE else now + LAST
        again = at - LAST if now < at - LAST else at
        moved = await tx.retention.move(row, again, Deletion(at, before))
        told = await tx.retention.with_words(row.tenant, row.id, before) if moved else ()
        await _tell(tx, row, told, CardKind.DELETION_AHEAD, f"{at:%Y-%m-%d} {before:%Y-%m-%d}", now)
        return
    assert found.before is not None, "nothing is deleted that was not announced"
    following = deletion_after(programme.zone, now)
    if await tx.retention.move(row, following - ANNOUNCED, Deletion(following, None)):
        told = await tx.retention.with_words(row.tenant, row.id, found.before)
        await tx.retention.delete(row.tenant, row.id, found.before, now)
        if told:
            tx.audit.note(Entry(row.tenant, now, SERVICE, Did.DELETED, Of.PROGRAMME, row.id))
        await _tell(tx, row, told, CardKind.DELETED, f"{now:%Y-%m-%d} {found.before:%Y-%m-%d}", now)
        # Last: whoever adds to the same chain waits for this transaction from here on.
        longest = await tx.retention.longest(row.tenant)
        await tx.audit.forget(row.tenant, audited_since(programme.zone, longest, now), now)


def _before(programme: Programme, modules: Sequence[Module], at: datetime) -> datetime:
    """What was written before when is deleted: once the programme's own time is over, all that is left."""
    over = bool(modules) and at >= kept_until(programme.zone, programme.retention_months, modules)
    return at if over else kept_since(programme, at)


async def _tell(tx: Tx, row: Due, people: Sequence[str], kind: CardKind, subject: str, now: datetime) -> None:
    for person in people:
        to, cause = Reader(row.tenant, person), derive(row.id, kind, row.at.isoformat())
        await tx.outbox.enqueue([await addressed(tx, to, kind, subject, cause, now, proactive=True)])
