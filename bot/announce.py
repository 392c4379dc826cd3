"""A weekly page is announced in a private channel that its facilitators chose: that it is there, and never its words.

Who reads the channel is asked each time, just before something is posted. What a channel shows goes on standing there
for whoever comes into it later, so even its numbers stand only where all who read it then facilitate the programme.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.audit import SERVICE, Did, Entry, Of, by
from bot.cards import weekly
from bot.digest.model import DigestNumbers
from bot.errors import PostFailed
from bot.ids import derive
from bot.messages import CardKind, Outgoing
from bot.model import Account, Platform, Reader
from bot.ports import Channels, Posters, Store, Tx
from bot.reached import lose
from bot.rows import Announced, Channel, Queued, ToSend, Unfit


async def here(store: Store, posters: Posters, reader: Reader, place: Account, now: datetime) -> str:
    """Announce in this channel from now on, where that can be; what the facilitator `reader` is told.

    Raises:
        PostFailed: it could not be found out what the channel is. Nothing was changed.
    """
    found = await _look(posters, place)
    if found.unfit is not None:
        return weekly.REFUSED[found.unfit]
    async with store.write() as tx:
        programme = (await tx.people.get(reader)).programme
        if await tx.announcements.of(reader.tenant, programme) != Announced(place):
            await tx.announcements.choose(reader.tenant, programme, place)
            tx.audit.note(by(reader, Did.ANNOUNCES, Of.PROGRAMME, programme, now))
        alone = found.readers <= await _facilitators(tx, reader.tenant, programme, place.platform)
    return weekly.chosen(in_numbers=alone)


async def stop(store: Store, reader: Reader, now: datetime) -> bool:
    """Announce nowhere; False if nothing was announced."""
    async with store.write() as tx:
        programme = (await tx.people.get(reader)).programme
        if not await tx.announcements.stop(reader.tenant, programme):
            return False
        tx.audit.note(by(reader, Did.ANNOUNCES_NOT, Of.PROGRAMME, programme, now))
    return True


def announcing(tenant: str, programme: str, digest: str, at: datetime) -> ToSend:
    """The row that announces a page, in a room of the programme's own."""
    id_ = derive(programme, "announced", digest)
    return ToSend(Reader(tenant, programme), id_, CardKind.ANNOUNCED, digest, False, at)


async def deliver(store: Store, posters: Posters, row: Queued, now: datetime) -> bool:
    """Announce one page, if there still is a channel for it, and settle its row; whether it was posted.

    Raises:
        PostFailed: the platform did not take it, and may another time.
    """
    programme = row.person
    async with store.read() as tx:
        found = await tx.announcements.of(row.tenant, programme)
        facilitators = await tx.digests.facilitators(row.tenant, programme)
        # Where nobody facilitates any more, there is nobody to read the page.
        if not facilitators or (found is not None and found.ended_at is not None):
            found = None
        if found is not None:
            page = await tx.glances.numbers(Reader(row.tenant, facilitators[0]), row.subject)
            ours = await _facilitators(tx, row.tenant, programme, found.place.platform)
    if found is None:
        async with store.write() as tx:
            await tx.outbox.sent(row, None, "", now)
        return False
    unfit = await _post(store, posters, row, now, _Now(found.place, page, ours))
    async with store.write() as tx:
        settled = await tx.outbox.sent(row, None, "", now)
        if settled and unfit and await tx.announcements.end(row.tenant, programme, found.place, unfit, now):
            tx.audit.note(Entry(row.tenant, now, SERVICE, Did.ANNOUNCES_NOT, Of.PROGRAMME, programme))
    return unfit is None


@dataclass(frozen=True, slots=True)
class _Now:
    """Where a page is to be announced, its numbers, and the accounts of whoever facilitates the programme."""

    place: Account
    page: DigestNumbers
    facilitators: frozenset[Account]


async def _post(store: Store, posters: Posters, row: Queued, now: datetime, at: _Now) -> Unfit | None:
    """Post it where that can be; why it cannot, if it never can."""
    try:
        channel = await _look(posters, at.place)
        if channel.unfit is not None:
            return channel.unfit
        card = weekly.announced(at.page, in_numbers=channel.readers <= at.facilitators)
        to = Reader(row.tenant, row.person)
        await posters[at.place.platform].post(Outgoing(row.id, to, at.place, card))
    except PostFailed as failed:
        if not failed.permanent:
            raise
        if failed.lost is not None and failed.lost.everybody:
            async with store.write() as tx:
                await lose(tx, failed.lost, now)
        return Unfit.NOT_THERE
    return None


async def _look(posters: Posters, place: Account) -> Channel:
    poster = posters.get(place.platform)
    return await poster.channel(place) if isinstance(poster, Channels) else Channel(Unfit.NOT_THERE)


async def _facilitators(tx: Tx, tenant: str, programme: str, platform: Platform) -> frozenset[Account]:
    """The accounts of whoever facilitates a programme, on one platform."""
    people = await tx.digests.facilitators(tenant, programme)
    found = [await tx.people.account(Reader(tenant, each), [platform]) for each in people]
    return frozenset(each for each in found if each is not None)
