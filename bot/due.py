"""Time passes: what the clock owes, each thing in a transaction of its own.

`tick` takes what is due, oldest first, until nothing is. A due row is claimed by changing it, so that two
replicas, or the same one twice, do each thing once. Ids follow from the scheduled moment, never from `now`.
After a time of silence, what has lost its point is let go: nobody is sent a heap of old questions.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot import call, retention, team
from bot.announce import announcing
from bot.apply import addressed, apply
from bot.audit import Did, Of, by
from bot.conversation import events as ev
from bot.conversation.engine import part_id, step
from bot.conversation.state import Standing, State
from bot.digest.compose import compose
from bot.digest.model import Digest
from bot.errors import Conflict
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Hours, Programme, Reader, Round
from bot.plan import next_module_at, plan_round
from bot.ports import Store, Tx
from bot.questions.choose import another
from bot.receive import TRIES, finished, missed
from bot.rows import Due, DueKind, Prompts
from bot.when import ENOUGH, after_last, asks_in, next_weekly, within

BATCH = 200
LATE = timedelta(minutes=10)
"""From when on something that is due counts as late."""

NUDGE_AFTER = timedelta(days=1)
NUDGE_BEFORE = timedelta(hours=4)


async def tick(store: Store, prompts: Prompts, now: datetime) -> int:
    """Do everything that is due at `now`; how many things that were."""
    done = 0
    while True:
        async with store.read() as tx:
            rows = await tx.clock.due(now, BATCH)
        for row in rows:
            await do(store, prompts, row, now)
            done += 1
        if len(rows) < BATCH:
            return done


async def do(store: Store, prompts: Prompts, row: Due, now: datetime) -> None:
    """Do one due thing, unless somebody else has."""
    for attempt in range(TRIES):
        try:
            async with store.write() as tx:
                await _do(tx, prompts, row, now)
            return
        except Conflict:
            if attempt == TRIES - 1:
                raise


async def _do(tx: Tx, prompts: Prompts, row: Due, now: datetime) -> None:
    match row.kind:
        case DueKind.CLOSE:
            await _close(tx, prompts, row, now)
        case DueKind.OPEN:
            await _open(tx, row, now)
        case DueKind.TEAM:
            await team.close(tx, row, now)
        case DueKind.RESUME:
            await _resume(tx, row, now)
        case DueKind.PLAN:
            await _plan(tx, prompts, row, now)
        case DueKind.ASK:
            await _ask(tx, prompts, row, now)
        case DueKind.REMIND:
            await _remind(tx, row, now)
        case DueKind.DIGEST:
            await _digest(tx, prompts, row, now)
        case DueKind.CALL:
            await call.remind(tx, row, now)
        case DueKind.DELETE:
            await retention.announce_or_delete(tx, row, now)
        case _:
            assert_never(row.kind)


def _cause(row: Due) -> str:
    return derive(row.id, row.kind, row.person, row.at.isoformat())


async def _close(tx: Tx, prompts: Prompts, row: Due, now: datetime) -> None:
    c = await tx.conversations.of(Reader(row.tenant, row.person))
    if c.close_at == row.at and c.state is State.ANSWERING:
        event = replace(await finished(tx, c, prompts), quiet=True)
        await apply(tx, c, step(c, event, now), _cause(row), now)


async def _open(tx: Tx, row: Due, now: datetime) -> None:
    sides = await tx.rounds.open(row, now)
    if sides is None:
        return
    found = await tx.rounds.get(row.tenant, row.id)
    opened = not found.solo and len(sides) == 2 and all(side.shared for side in sides)
    await tx.rounds.opened(row.tenant, row.id, opened=opened, now=now)
    last = found.closing and await _is_the_last(tx, found)
    for side in sides:
        c = await tx.conversations.of(Reader(row.tenant, side.person))
        event = ev.OpeningCame(row.id, opened, told=side.asked and not (found.solo or side.alone), last=last)
        await apply(tx, c, step(c, event, now), _cause(row), now)


async def _is_the_last(tx: Tx, found: Round) -> bool:
    """Whether the programme has not been given a later module since its closing round was planned."""
    plan = await tx.pairs.plan(found.tenant, found.pair)
    return after_last(plan.modules, found.opens_at, plan.programme.zone)


async def _resume(tx: Tx, row: Due, now: datetime) -> None:
    c = await tx.conversations.of(Reader(row.tenant, row.person))
    if c.resume_at == row.at:
        ends = c.standing in (Standing.PAUSED, Standing.SILENT)
        standing = Standing.ACTIVE if ends else c.standing
        notice = await missed(tx, c) if ends else None
        event = ev.StandingChanged(standing, None, told=False, missed=notice)
        await apply(tx, c, step(c, event, now), _cause(row), now)
        if c.standing is Standing.LEFT:
            # Not before: for a day it could be undone, and nobody could tell.
            tx.audit.note(by(Reader(c.tenant, c.person), Did.LEFT, Of.PROGRAMME, c.programme, now))


async def _plan(tx: Tx, prompts: Prompts, row: Due, now: datetime) -> None:
    plan = await tx.pairs.plan(row.tenant, row.id)
    planned = plan_round(plan, prompts.bank, row.at, now)
    if await tx.pairs.plan_at(row.tenant, row.id, row.at, planned.again_at) and planned.round is not None:
        await tx.rounds.add(planned.round, planned.reason)
        if planned.goes_on:
            await tx.pairs.go_on(row.tenant, row.id, now)


async def _ask(tx: Tx, prompts: Prompts, row: Due, now: datetime) -> None:
    found = await tx.rounds.get(row.tenant, row.id)
    mine = next(ask for ask in found.asks if ask.person == row.person)
    reader = Reader(row.tenant, row.person)
    c = await tx.conversations.of(reader)
    if c.state is State.ANSWERING:
        # What is being written is closed first: two questions never wait for the same message.
        closing = step(replace(c, standing=Standing.STOPPED), await finished(tx, c, prompts), now)
        c_closed = replace(closing.conversation, standing=c.standing)
        await apply(tx, c, ev.Step(c_closed, closing.effects), _cause(row) + "closing", now)
        c = await tx.conversations.of(reader)
    hours = (await tx.people.get(reader)).hours
    too_late = now - row.at > LATE and found.opens_at - now < ENOUGH
    # A holiday, or other hours, may have come between since it was planned: nobody is asked what is over by then.
    too_late = too_late or within(hours, now) >= found.opens_at
    # The last question comes to everybody, whatever their rhythm: there is no week after it.
    resting = c.every > 1 and not found.closing and await _rests_this_week(tx, found, c.every)
    asked = not too_late and not resting and not c.held and c.standing is Standing.ACTIVE
    asked = asked and c.agreed_at is not None
    outcome = ev.Step(c)
    if asked:
        plan = await tx.pairs.plan(row.tenant, found.pair)
        event = ev.Asked(
            found.id,
            await _not_seen(tx, prompts, reader, found, mine.question, c.challenge),
            found.opens_at,
            remind_at=None if c.alone else _remind_at(found, hours, now),
            silent_until=next_module_at(plan.modules, now, plan.programme.zone),
            last=found.closing and after_last(plan.modules, found.opens_at, plan.programme.zone),
        )
        outcome = step(c, event, now)
        asked = outcome.conversation.round == found.id
    if await tx.rounds.ask(row, now, asked=asked, alone=c.alone):
        await apply(tx, c, outcome, _cause(row), now)


async def _not_seen(
    tx: Tx, prompts: Prompts, reader: Reader, found: Round, question: str, challenge: bool
) -> str:
    """The round's question, or another one for somebody who had it already when they swapped one away."""
    seen = await tx.rounds.seen_by(reader)
    if question not in seen:
        return question
    instead = prompts.bank.questions[question]
    key = found.id + reader.person
    other = another(prompts.bank, instead_of=instead, seen=seen, round_key=key, challenge_confirmed=challenge)
    if other is None:
        return question
    reason = f"You have had this week’s question before, so this is another one. {other.why}"
    await tx.rounds.change(reader, found.id, other.id, reason)
    return other.id


def _remind_at(found: Round, hours: Hours, now: datetime) -> datetime | None:
    at = within(hours, within(hours, now) + NUDGE_AFTER)
    return None if found.solo or at > found.opens_at - NUDGE_BEFORE else at


async def _rests_this_week(tx: Tx, found: Round, every: int) -> bool:
    plan = await tx.pairs.plan(found.tenant, found.pair)
    return not asks_in(len(plan.asked), every)


async def _remind(tx: Tx, row: Due, now: datetime) -> None:
    reader = Reader(row.tenant, row.person)
    c = await tx.conversations.of(reader)
    if c.remind_at != row.at:
        return
    view = await tx.views.member(reader)
    late = now - row.at > LATE
    event = ev.Reminded(drafting=late or bool(view.drafts.get(part_id(c, 0))))
    await apply(tx, c, step(c, event, now), _cause(row), now)


async def write_digest(
    tx: Tx, prompts: Prompts, programme: Programme, from_at: datetime, to_at: datetime
) -> Digest:
    """Put the digest of a period together, and keep it; it is told to nobody yet."""
    items, counts = await tx.digests.items(programme.tenant, programme.id, from_at, to_at)
    digest = compose(programme, from_at, to_at, items, counts, prompts.bank)
    await tx.digests.add(digest)
    return digest


async def _digest(tx: Tx, prompts: Prompts, row: Due, now: datetime) -> None:
    found = await tx.digests.period(row)
    if found is None:
        return
    programme, from_at = found
    to_at, next_at = row.at, next_weekly(programme.digest, row.at)
    while next_at <= now:
        to_at, next_at = next_at, next_weekly(programme.digest, next_at)
    if not await tx.digests.claim(row, to_at, next_at):
        return
    digest = await write_digest(tx, prompts, programme, from_at, to_at)
    cause = _cause(row)
    said = [
        (person, CardKind.DIGEST, digest.id) for person in await tx.digests.facilitators(row.tenant, row.id)
    ]
    said += [(line.person, CardKind.HELD_BACK, line.id) for line in digest.lines if line.held]
    rows = [
        await addressed(tx, Reader(row.tenant, person), card, subject, cause, now, proactive=True)
        for person, card, subject in said
    ]
    told = [each.at for each in rows if each.kind is CardKind.DIGEST]
    channel = await tx.announcements.of(row.tenant, row.id)
    if told and channel is not None and channel.ended_at is None:
        # No sooner than the first of its facilitators may be written to.
        rows.append(announcing(row.tenant, row.id, digest.id, min(told)))
    for each in rows:
        await tx.outbox.enqueue([each])
