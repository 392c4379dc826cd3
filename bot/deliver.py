"""Something goes out: a row of the outbox, made into a card from what its reader may see now, and posted.

Whose turn it is says `bot.lanes`, which leases; here it is read in one transaction, posted with none open, and settled
in another. A crash between post and settle sends one card twice at most; the other order would lose it. Consent, stops
and hours are asked at this moment, not when the row was written.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from bot import announce, team_out
from bot.afresh import draw_afresh
from bot.audit import Did, Of, by
from bot.cards import call
from bot.cards.digest import digest
from bot.cards.make import make
from bot.cards.notice import NOTICES, URGENT, WAYS_IN, notice
from bot.cards.weekly_mail import weekly_mail
from bot.conversation.state import Standing, State
from bot.errors import PostFailed
from bot.ids import derive
from bot.messages import Card, CardKind, Outgoing
from bot.model import CHATS, Account, Platform, Reader
from bot.ports import Chat, Posters, Store, Tx
from bot.rows import Prompts, Queued, ToSend
from bot.view import MemberView, Post
from bot.when import within

log = logging.getLogger(__name__)

LONGEST = timedelta(seconds=10)
"""How long posting one card may take."""

LONG = timedelta(days=90)
"""Longer than a row stays in the queue: what is tried again is noted once."""

_OPENINGS = frozenset({CardKind.OPENED, CardKind.NOT_OPENED})


@dataclass(frozen=True, slots=True)
class _Ready:
    row: Queued
    account: Account | None
    card: Card | None
    lines: tuple[str, ...] | None = None
    """The lines of a weekly page whose words go out by mail; None where no words do."""


async def deliver_one(
    store: Store, posters: Posters, prompts: Prompts, row: Queued, now: datetime, held_until: float
) -> bool:
    """Deliver one row; whether a platform took anything.

    Raises:
        PostFailed: it did not. Whoever holds the row says when it is tried again.
    """
    if row.kind is CardKind.AFRESH:
        return await _afresh(store, posters, prompts, row, now)
    if row.kind is CardKind.TEAM:
        return monotonic() <= held_until and await _team(store, posters, prompts, row, now)
    if row.kind is CardKind.ANNOUNCED:
        return monotonic() <= held_until and await _announce(store, posters, row, now)
    async with store.read() as tx:
        ready = await _ready(tx, row, posters.keys(), prompts, now)
        hours = (await tx.people.get(Reader(row.tenant, row.person))).hours if row.proactive else None
    if hours is not None and within(hours, now) > now:
        # It was to go out within its reader's hours, and those are over for today.
        async with store.write() as tx:
            await tx.outbox.later(row, within(hours, now))
        return False
    if monotonic() > held_until:
        # This process was held up: the row may be somebody else's by now, and is when its lease is over.
        log.warning("row %s was not reached within its lease", row.id)
        return False
    return await _send(store, posters, ready, now)


async def _ready(
    tx: Tx, row: Queued, platforms: Collection[Platform], prompts: Prompts, now: datetime
) -> _Ready:
    reader = Reader(row.tenant, row.person)
    if row.by_mail:
        account = await tx.people.address(reader, notices=row.proactive)
    else:
        account = await tx.people.account(reader, platforms)
    if account is None:
        return _Ready(row, None, None)
    post = Post(row.id, row.kind, row.subject, now)
    if row.kind in WAYS_IN:
        return _Ready(row, account, notice(row.kind, row.subject))
    if row.kind is CardKind.DIGEST:
        if not row.by_mail:
            return _Ready(row, account, digest(row.subject))
        page = await tx.digests.by_mail(reader, row.subject)
        if page is None:
            return _Ready(row, account, notice(row.kind, row.subject))
        mail = weekly_mail(page, prompts)
        return _Ready(row, account, mail.card, mail.lines)
    if row.kind is CardKind.CALL_WANTED:
        if await tx.calls.waiting(row.tenant, row.subject) is None:
            return _Ready(row, account, None)
        return _Ready(
            row, account, notice(row.kind, row.subject) if row.by_mail else call.wanted(row.subject)
        )
    view = await tx.views.member(reader, in_chat=account.platform in CHATS)
    # What offers the silence is said in it; everything else that nobody asked for is not.
    hears = {Standing.ACTIVE, Standing.SILENT} if row.kind is CardKind.LESS_OFTEN else {Standing.ACTIVE}
    # An opening comes to both at the same moment: on a page that somebody opens by themselves it interrupts nobody.
    if account.platform is Platform.WEB and row.kind in _OPENINGS:
        hears |= {Standing.PAUSED}
    if account.platform is Platform.WEB and row.kind is CardKind.KEEPSAKE:
        # There is no later moment to tell them: it waits on their page, and no mail says so.
        hears |= {Standing.PAUSED, Standing.SILENT}
    if row.proactive and view.conversation.standing not in hears:
        return _Ready(row, account, None)
    if row.proactive and view.conversation.state is State.WITHDRAWN:
        return _Ready(row, account, None)
    if row.proactive and view.conversation.held:
        # Somebody of the pair has died or is very ill: whatever is said to either of them, a person says.
        return _Ready(row, account, None)
    if row.kind is CardKind.TURN and view.conversation.muted:
        return _Ready(row, account, None)
    if _was_taken_back(view, row):
        return _Ready(row, account, None)
    card = make(post, view, prompts)
    return _Ready(row, account, notice(row.kind, row.subject) if card and row.by_mail else card)


def _was_taken_back(view: MemberView, row: Queued) -> bool:
    """Whether this would announce what its author took back: nobody need know that it was ever there."""
    turns = view.rounds[row.subject].turns if row.subject in view.rounds else ()
    match row.kind:
        case CardKind.TURN:
            return any(turn.taken_back for turn in turns if not turn.mine)
        case CardKind.TURN_ANSWER:
            return any(turn.answer_taken_back for turn in turns if turn.mine)
        case _:
            return False


async def _send(store: Store, posters: Posters, each: _Ready, now: datetime) -> bool:
    row, account = each.row, each.account
    if account is None or each.card is None:
        async with store.write() as tx:
            await tx.outbox.sent(row, None, "", now)
        return False
    to = Reader(row.tenant, row.person)
    if each.lines is not None:
        # Before it leaves: how the sending ended may never be known, and what may be out is said to be out.
        async with store.write() as tx:
            await tx.digests.mailed(to, row.subject, each.lines, now)
            sent = by(to, Did.MAILED, Of.DIGEST, row.subject, now)
            if not await tx.audit.noted(sent, now - LONG):
                tx.audit.note(sent)
    async with _in_time():
        receipt = await posters[account.platform].post(Outgoing(row.id, to, account, each.card))
    poster = posters[account.platform]
    look = poster.look(each.card) if isinstance(poster, Chat) else ""
    async with store.write() as tx:
        if await tx.outbox.sent(row, account, receipt, now, look) and _is_told_by_mail(row, account, posters):
            # One mail of a kind a day: whoever has been told looks at the page, and finds all of it there.
            urgent = row.kind in URGENT
            about = derive(row.person, "mail", row.kind, row.id if urgent else now.date().isoformat())
            await tx.outbox.enqueue([ToSend(to, about, row.kind, row.subject, not urgent, now, by_mail=True)])
    return True


async def _afresh(store: Store, posters: Posters, prompts: Prompts, row: Queued, now: datetime) -> bool:
    async with _in_time():
        drawn = await draw_afresh(store, posters, prompts, row)
    async with store.write() as tx:
        await tx.outbox.sent(row, None, "", now)
    return drawn


async def _team(store: Store, posters: Posters, prompts: Prompts, row: Queued, now: datetime) -> bool:
    async with _in_time():
        return await team_out.deliver(store, posters, prompts, row, now)


async def _announce(store: Store, posters: Posters, row: Queued, now: datetime) -> bool:
    async with _in_time():
        return await announce.deliver(store, posters, row, now)


def _is_told_by_mail(row: Queued, account: Account, posters: Posters) -> bool:
    """A page is opened by whoever knows that there is something on it; a chat tells them by itself."""
    pulls = account.platform is Platform.WEB and Platform.MAIL in posters
    return pulls and row.kind in NOTICES and (row.proactive or row.kind in URGENT)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            yield
    except TimeoutError:
        raise PostFailed("no answer in time", permanent=False, away=True) from None
