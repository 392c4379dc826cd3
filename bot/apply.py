"""Carrying out what a step asks for, inside the transaction that it was decided in.

Locks come first and always in the same order: the round, then the conversation. Saving the conversation is
what puts everything that is enqueued for one person in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot import call
from bot.afresh import THE_OTHERS
from bot.audit import Did, Of, by
from bot.conversation import events as ev
from bot.conversation.state import PairMove, PairState
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Conversation, Reader
from bot.ports import Tx
from bot.rows import ToSend
from bot.when import ENOUGH, within

NEEDS_THE_ROUND = (ev.Share, ev.Rewrite, ev.Amend)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an effect: cards to send; `kept` is False if it carried words that found no place."""

    cards: Sequence[ToSend] = ()
    kept: bool = True


NOT_KEPT = Done(kept=False)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a step: whether its words found their place, and whether something is to be sent."""

    kept: bool
    sends: bool


async def apply(tx: Tx, before: Conversation, step: ev.Step, cause: str, now: datetime) -> Applied:
    """Save the conversation and carry out every effect. `cause` names what led to it, the same each time."""
    me = Reader(before.tenant, before.person)
    parts = {effect.part for effect in step.effects if isinstance(effect, NEEDS_THE_ROUND)}
    if parts:
        await tx.shares.lock(me, parts)
    if step.effects or step.conversation != before:
        await tx.conversations.save(before, step.conversation)
    done = [await _carry_out(tx, step.conversation, me, effect, cause, now) for effect in step.effects]
    rows = [*(card for each in done for card in each.cards), *_afresh(before, step, cause, now)]
    await tx.outbox.enqueue(rows)
    return Applied(all(each.kept for each in done), bool(rows))


_CHANGES_NO_CARD = (ev.Keep, ev.Send)
"""Further words of an answer, and a card that comes after all others: what stands in a chat reads as it did."""

_REACHES_THE_OTHER = (ev.Share, ev.Rewrite, ev.Amend, ev.WithdrawAll, ev.Unsay, ev.AnswerTurn)


def _afresh(c: Conversation, step: ev.Step, cause: str, now: datetime) -> list[ToSend]:
    """What stands in the chats of the two, after whatever else is sent to them."""
    rows = []
    other = any(not isinstance(each, _CHANGES_NO_CARD) for each in step.effects)
    if c.chats and (other or replace(step.conversation, version=c.version, close_at=c.close_at) != c):
        rows.append((Reader(c.tenant, c.person), ""))
    if c.partner_chats and c.partner and any(isinstance(each, _REACHES_THE_OTHER) for each in step.effects):
        rows.append((Reader(c.tenant, c.partner), THE_OTHERS))
    return [
        ToSend(to, derive(to.person, cause, CardKind.AFRESH, subject), CardKind.AFRESH, subject, False, now)
        for to, subject in rows
    ]


async def addressed(
    tx: Tx, to: Reader, card: CardKind, subject: str, cause: str, now: datetime, *, proactive: bool
) -> ToSend:
    """A card for somebody; one that they did not ask for waits for their hours."""
    at = within((await tx.people.get(to)).hours, now) if proactive else now
    return ToSend(to, derive(to.person, cause, card, subject), card, subject, proactive, at)


async def _carry_out(
    tx: Tx, c: Conversation, me: Reader, effect: ev.Effect, cause: str, now: datetime
) -> Done:
    match effect:
        case ev.Send(card=card, subject=subject, to=to, proactive=proactive):
            person = me.person if to is ev.To.SELF else c.partner
            if person is not None:
                to_them = Reader(me.tenant, person)
                return Done([await addressed(tx, to_them, card, subject, cause, now, proactive=proactive)])
        case ev.BeginPart():
            await tx.answers.begin(me, effect, now)
        case ev.Keep():
            await tx.answers.keep(me, effect)
        case ev.Amend():
            await tx.answers.amend(me, effect, now)
        case ev.Bury(source=source, at=at):
            await tx.answers.bury(me, source, at)
        case ev.ClosePart(part=part):
            await tx.answers.close(me, part, now)
        case ev.Rewrite(part=part, text=text):
            return Done(kept=await tx.answers.rewrite(me, part, text, now) or text is None)
        case ev.Share(part=part, choice=choice):
            await tx.shares.share(me, part, choice, now)
        case ev.WithdrawAll():
            await tx.shares.withdraw_all(me, now)
        case ev.Consent(version=version, wording=wording):
            await tx.people.consent(me, version, wording, cause, now)
            tx.audit.note(by(me, Did.AGREED, Of.TERMS, version, now))
        case ev.WithdrawConsent():
            await tx.shares.withdraw_ahead(me, now)
            for version in await tx.people.withdraw(me, now):
                tx.audit.note(by(me, Did.WITHDREW, Of.TERMS, version, now))
        case ev.KeepWordsForMe(text=text):
            await tx.people.call_me(me, text, now)
        case ev.KeepHours(hours=hours):
            await tx.people.keep_hours(me, hours)
            await _move_asks(tx, me, now)
        case ev.JoinPair():
            return Done(await _join(tx, c, me, cause, now))
        case ev.Propose(text=text):
            return await _propose(tx, c, me, text, cause, now)
        case ev.Confirm(version=version):
            return Done(await _confirm(tx, c, me, version, cause, now))
        case ev.ChangeQuestion(question=question, reason=reason):
            await tx.rounds.change(me, c.round or "", question, reason)
        case ev.MarkSkipped():
            await tx.rounds.skip(me, c.round or "", now)
        case ev.SayBack(round=round_id, text=text, asks=asks):
            if not await tx.turns.say(me, round_id, text, asks, now):
                return NOT_KEPT
            return Done(await _tell_partner(tx, c, me, CardKind.TURN, round_id, cause, now))
        case ev.SettleTurn(round=round_id, read=read):
            await tx.turns.settle(me, round_id, read, now)
        case ev.AnswerTurn(round=round_id, text=text):
            if not await tx.turns.answer(me, round_id, text, now):
                return NOT_KEPT
            return Done(await _tell_partner(tx, c, me, CardKind.TURN_ANSWER, round_id, cause, now))
        case ev.AskCall(to=to, how=how):
            told = await call.ask(tx, me, to, how, cause, now)
            return NOT_KEPT if told is None else Done(told)
        case ev.EndCall(call=call_id):
            await tx.calls.end(me, call_id, now)
        case ev.Unsay(round=round_id, answer=answer):
            await tx.turns.unsay(me, round_id, answer, now)
        case _:
            assert_never(effect)
    return Done()


async def _move_asks(tx: Tx, me: Reader, now: datetime) -> None:
    """What is planned for somebody comes in the hours that are theirs now, if that leaves it time before its opening.

    Measured from when it was planned first, so that whoever changes their mind finds all as it was. What cannot be
    moved stays, and waits for their hours when it is sent.
    """
    hours = (await tx.people.get(me)).hours
    for ask in await tx.rounds.to_ask(me, now):
        at = within(hours, max(ask.planned_at, now))
        if at + ENOUGH <= ask.opens_at:
            await tx.rounds.move_ask(me, ask, at)


async def _tell_partner(
    tx: Tx, c: Conversation, me: Reader, card: CardKind, subject: str, cause: str, now: datetime
) -> Sequence[ToSend]:
    if c.partner is None:
        return []
    return [await addressed(tx, Reader(me.tenant, c.partner), card, subject, cause, now, proactive=True)]


async def _join(tx: Tx, c: Conversation, me: Reader, cause: str, now: datetime) -> Sequence[ToSend]:
    if c.pair is None or c.pair_state is None:
        return []
    state = await tx.pairs.move(me.tenant, c.pair, c.pair_state, PairMove.JOIN)
    if state is not PairState.BOTH:
        return []
    return await _both(tx, c, me, "word it", cause, now)


async def _propose(tx: Tx, c: Conversation, me: Reader, text: str, cause: str, now: datetime) -> Done:
    if c.pair is None or c.pair_state is None:
        return NOT_KEPT
    if c.pair_state in (PairState.NOBODY, PairState.ONE, PairState.ENDED):
        sorry = await addressed(tx, me, CardKind.NOT_NOW, "", cause, now, proactive=False)
        return Done([sorry], kept=False)
    # The pair's row is the lock of its wordings: what one proposes, the other one has not just confirmed.
    await tx.pairs.move(me.tenant, c.pair, c.pair_state, PairMove.PROPOSE)
    version = str(await tx.pairs.propose(me, c.pair, text, cause, now))
    return Done(await _both(tx, c, me, version, cause, now))


async def _confirm(
    tx: Tx, c: Conversation, me: Reader, version: int, cause: str, now: datetime
) -> Sequence[ToSend]:
    if c.pair is None or c.pair_state is None:
        return []
    if await tx.pairs.confirm(me, c.pair, version, now):
        await tx.pairs.move(me.tenant, c.pair, c.pair_state, PairMove.CONFIRM)
        return await _both(tx, c, me, str(version), cause, now)
    return [await addressed(tx, me, CardKind.CHALLENGE, str(version), cause, now, proactive=False)]


async def _both(
    tx: Tx, c: Conversation, me: Reader, subject: str, cause: str, now: datetime
) -> Sequence[ToSend]:
    """The challenge as it is now, for both of a pair."""
    mine = await addressed(tx, me, CardKind.CHALLENGE, subject, cause, now, proactive=False)
    return [mine, *await _tell_partner(tx, c, me, CardKind.CHALLENGE, subject, cause, now)]
