"""What a team's round shows goes out: one thing at a time is brought up to how things are at this moment.

What stands somewhere already is changed there, and what has nothing to say any more goes; all else is posted.
"""

from datetime import datetime
from typing import assert_never

from bot.cards import team as cards
from bot.errors import PostFailed, Unknown
from bot.group.reflect import Says, TeamAnswer, TeamView, Unposted, step
from bot.messages import Card, Outgoing
from bot.model import Account, Reader
from bot.ports import Chat, Posters, Store, Tx
from bot.rows import Prompts, Queued
from bot.team import apply, saying, view_of


async def deliver(store: Store, posters: Posters, prompts: Prompts, row: Queued, now: datetime) -> bool:
    """Bring one thing that stands somewhere up to how things are now, and settle its row; whether it had to go out.

    Raises:
        PostFailed: the platform did not take it.
    """
    word, _, about = row.subject.partition(" ")
    what, round_id = Says(word), row.person
    try:
        async with store.read() as tx:
            view = await view_of(tx, prompts, row.tenant, round_id)
            receipt = await tx.teams.receipt(row.tenant, round_id, row.subject)
            answer = await tx.teams.mine(row.tenant, round_id, about) if what is Says.MINE else None
    except Unknown:
        # It was deleted meanwhile, its time being over.
        await _settled(store, row, now)
        return False
    card, to = _card(view, what, about, answer, now)
    poster = posters[view.round.place.platform]
    if receipt:
        if not isinstance(poster, Chat):
            pass
        elif card is None:
            await poster.remove(receipt)
        else:
            await poster.change(receipt, card)
    elif card is not None and to is not None:
        try:
            receipt = await poster.post(Outgoing(row.id, Reader(row.tenant, round_id), to, card))
        except PostFailed as failure:
            if failure.permanent and what is Says.QUESTION:
                await _unposted(store, row, now)
                return False
            raise
    async with store.write() as tx:
        if await tx.outbox.sent(row, None, "", now) and receipt:
            await tx.teams.posted(row.tenant, round_id, row.subject, receipt)
            if what is Says.ANSWERS and await _has_more(tx, view, int(about)):
                await tx.outbox.enqueue([saying(view.round, what, str(int(about) + 1), now)])
    return bool(receipt)


async def _has_more(tx: Tx, view: TeamView, page: int) -> bool:
    """Whether another message of answers follows, or stood there before some were taken back."""
    if page + 1 < len(cards.pages_of(view)):
        return True
    return bool(await tx.teams.receipt(view.round.tenant, view.round.id, f"{Says.ANSWERS} {page + 1}"))


def _card(
    view: TeamView, what: Says, about: str, answer: TeamAnswer | None, now: datetime
) -> tuple[Card | None, Account | None]:
    """The card and where it goes; an answer that was taken back goes nowhere that it has not been to."""
    match what:
        case Says.QUESTION:
            return cards.question(view, now), view.round.place
        case Says.ANSWERS:
            return cards.answers(view, int(about)), view.round.place
        case Says.MINE:
            if answer is None:
                return cards.taken_back(view.round), None
            return cards.mine(view, answer), answer.by
        case Says.NOT_THERE:
            return cards.not_there(view), view.round.starter
        case _:
            assert_never(what)


async def _settled(store: Store, row: Queued, now: datetime) -> None:
    async with store.write() as tx:
        await tx.outbox.sent(row, None, "", now)


async def _unposted(store: Store, row: Queued, now: datetime) -> None:
    async with store.write() as tx:
        await tx.outbox.sent(row, None, "", now)
        round_ = await tx.teams.locked(row.tenant, row.person)
        if round_ is not None:
            await apply(tx, step(round_, Unposted(), now), now)
