"""Rounds: planned, asked, and opened or not, in one commit; and what is said back afterwards.

`open` updates the round's row first: that is the lock that sharing and taking back wait for.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, Update, and_, bindparam, exists, func, select, update

from bot.conversation.state import RoundState, Standing
from bot.errors import Unknown
from bot.ids import derive
from bot.model import Ask, Reader, Round
from bot.rows import Due, Side, ToAsk
from storage import tables as t
from storage.session import Session, insert

_r, _a, _p = t.rounds.c, t.asks.c, t.parts.c

_GET = select(t.rounds).where(_r.tenant_id == bindparam("tenant"), _r.id == bindparam("round"))
_ASKS = select(t.asks).where(_a.tenant_id == bindparam("tenant"), _a.round_id == bindparam("round"))

_SEEN = select(_a.question, _a.passed).where(
    _a.tenant_id == bindparam("tenant"), _a.person_id == bindparam("person"), _a.asked_at.is_not(None)
)

_TO_ASK = (
    select(_a.round_id, _a.ask_at, _a.due_at, _r.opens_at)
    .select_from(t.asks.join(t.rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)))
    .where(
        _a.tenant_id == bindparam("tenant"), _a.person_id == bindparam("person"), _a.due_at > bindparam("now")
    )
)

_COUNTS = and_(
    # What counts as shared at the opening: closed and shared by its instant, with words, and not taken back.
    _p.closed_at <= _r.opens_at,
    _p.partner_at <= _r.opens_at,
    _p.removed_at.is_(None),
    exists().where(
        t.messages.c.tenant_id == _p.tenant_id, t.messages.c.part_id == _p.id, t.messages.c.deleted.is_(False)
    ),
)

_SIDES = (
    select(_a.person_id, _a.asked_at, _a.alone, func.count(_p.id).label("shared"), t.conversations.c.standing)
    .select_from(
        t.asks.join(t.rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id))
        .join(
            t.conversations,
            and_(t.conversations.c.tenant_id == _a.tenant_id, t.conversations.c.person_id == _a.person_id),
        )
        .outerjoin(
            t.parts,
            and_(
                _p.tenant_id == _a.tenant_id,
                _p.round_id == _a.round_id,
                _p.person_id == _a.person_id,
                _COUNTS,
            ),
        )
    )
    .where(_a.tenant_id == bindparam("tenant"), _a.round_id == bindparam("round"))
    .group_by(_a.person_id, _a.asked_at, _a.alone, t.conversations.c.standing)
    .order_by(_a.person_id)
)


class SqlRounds:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, planned: Round, reason: str) -> None:
        values = {
            "tenant_id": planned.tenant,
            "id": planned.id,
            "pair_id": planned.pair,
            "programme_id": planned.programme,
            "state": planned.state.value,
            "question": planned.question,
            "bridge": planned.bridge,
            "solo": planned.solo,
            "closing": planned.closing,
            "opens_at": planned.opens_at,
            "due_at": planned.opens_at,
            "revision": 0,
        }
        await self._session.run(t.rounds.insert(), values)
        asks = [
            {
                "tenant_id": planned.tenant,
                "round_id": planned.id,
                "person_id": ask.person,
                "question": ask.question,
                "passed": "",
                "alone": False,
                "reason": reason,
                "ask_at": ask.at,
                "due_at": ask.at,
            }
            for ask in planned.asks
        ]
        await self._session.run(t.asks.insert(), asks)

    async def get(self, tenant: str, round_id: str) -> Round:
        row = await self._session.one(_GET, tenant=tenant, round=round_id)
        if row is None:
            raise Unknown("There is no such round.")
        asks = await self._session.all(_ASKS, tenant=tenant, round=round_id)
        return Round(
            tenant=tenant,
            id=row.id,
            pair=row.pair_id,
            programme=row.programme_id,
            state=RoundState(row.state),
            question=row.question,
            bridge=row.bridge,
            opens_at=row.opens_at,
            solo=row.solo,
            closing=row.closing,
            asks=tuple(Ask(ask.person_id, ask.ask_at, ask.question) for ask in asks),
        )

    async def ask(self, due: Due, now: datetime, *, asked: bool, alone: bool) -> bool:
        row = t.asks.update().where(
            _a.tenant_id == due.tenant,
            _a.round_id == due.id,
            _a.person_id == due.person,
            _a.due_at == due.at,
        )
        if (
            await self._session.count(row.values(due_at=None, asked_at=now if asked else None, alone=alone))
            != 1
        ):
            return False
        if asked:
            planned = and_(_r.tenant_id == due.tenant, _r.id == due.id, _r.state == RoundState.PLANNED.value)
            await self._session.run(update(t.rounds).where(planned).values(state=RoundState.ASKED.value))
        return True

    async def to_ask(self, reader: Reader, now: datetime) -> Sequence[ToAsk]:
        rows = await self._session.all(_TO_ASK, tenant=reader.tenant, person=reader.person, now=now)
        return [ToAsk(row.round_id, row.ask_at, row.due_at, row.opens_at) for row in rows]

    async def move_ask(self, reader: Reader, ask: ToAsk, at: datetime) -> bool:
        row = self._mine(reader, ask.round).where(_a.due_at == ask.due_at)
        return await self._session.count(row.values(due_at=at)) == 1

    async def change(self, reader: Reader, round_id: str, question: str, reason: str) -> None:
        passed = _a.passed + _a.question + " "
        change = {"passed": passed, "question": question, "reason": reason}
        await self._session.run(self._mine(reader, round_id).values(change))

    async def skip(self, reader: Reader, round_id: str, now: datetime) -> None:
        await self._session.run(self._mine(reader, round_id).values(skipped_at=now))

    async def seen_by(self, reader: Reader) -> frozenset[str]:
        rows = await self._session.all(_SEEN, tenant=reader.tenant, person=reader.person)
        return frozenset(id for row in rows for id in (row.question, *row.passed.split()))

    async def open(self, due: Due, now: datetime) -> tuple[Side, ...] | None:
        await self._session.enter(due.tenant)
        row = update(t.rounds).where(_r.tenant_id == due.tenant, _r.id == due.id, _r.due_at == due.at)
        if await self._session.count(row.values(due_at=None, revision=_r.revision + 1)) != 1:
            return None
        sides = await self._session.all(_SIDES, tenant=due.tenant, round=due.id)
        left = Standing.LEFT.value
        return tuple(
            Side(
                side.person_id,
                side.asked_at is not None,
                side.shared > 0 and side.standing != left and not side.alone,
                side.alone,
            )
            for side in sides
        )

    async def opened(self, tenant: str, round_id: str, *, opened: bool, now: datetime) -> None:
        row = update(t.rounds).where(_r.tenant_id == tenant, _r.id == round_id)
        if not opened:
            await self._session.run(row.values(state=RoundState.NOT_OPENED.value))
            return
        await self._session.run(row.values(state=RoundState.OPENED.value, opened_at=now))
        parts = (
            select(_p.id)
            .select_from(t.parts.join(t.rounds, and_(_r.tenant_id == _p.tenant_id, _r.id == _p.round_id)))
            .where(_p.tenant_id == tenant, _p.round_id == round_id, _COUNTS)
        )
        shown = update(t.parts).where(_p.tenant_id == tenant, _p.id.in_(parts))
        await self._session.run(shown.values(opened=True))

    def _mine(self, reader: Reader, round_id: str) -> Update:
        return t.asks.update().where(
            _a.tenant_id == reader.tenant, _a.round_id == round_id, _a.person_id == reader.person
        )


_t = t.turns.c

_SAY = insert(t.turns).on_conflict_do_nothing()

# The row stays, so that the one turn is not had twice; of the words nothing does.
_FORGET_OWN = t.words.delete().where(
    t.words.c.tenant_id == bindparam("tenant"),
    t.words.c.person_id == bindparam("person"),
    t.words.c.id == bindparam("words"),
)


class SqlTurns:
    """What is said back after an opening: one thing from each, and one answer if it asks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def say(self, reader: Reader, round_id: str, text: str, asks: bool, now: datetime) -> bool:
        if not await self._session.one(self._opened(reader, round_id)):
            return False
        words = derive(round_id, reader.person, "turn")
        values = {
            "tenant_id": reader.tenant,
            "round_id": round_id,
            "person_id": reader.person,
            "words_id": words,
            "asks": asks,
            "said_at": now,
        }
        if await self._session.count(_SAY, **values) != 1:
            return False
        await self._session.keep_words(reader.tenant, words, reader.person, text, now)
        return True

    async def settle(self, reader: Reader, round_id: str, read: bool, now: datetime) -> None:
        change = {"read_at": now} if read else {"declined_at": now}
        unread = self._theirs(reader, round_id).where(_t.read_at.is_(None))
        await self._session.run(unread.values(change))

    async def answer(self, reader: Reader, round_id: str, text: str, now: datetime) -> bool:
        words = derive(round_id, reader.person, "turn answer")
        row = self._theirs(reader, round_id).where(
            _t.asks.is_(True), _t.read_at.is_not(None), _t.answer_id.is_(None), _t.taken_back_at.is_(None)
        )
        if await self._session.count(row.values(answer_id=words, answered_at=now)) != 1:
            return False
        await self._session.keep_words(reader.tenant, words, reader.person, text, now)
        return True

    async def unsay(self, reader: Reader, round_id: str, answer: bool, now: datetime) -> None:
        if answer:
            words = derive(round_id, reader.person, "turn answer")
            theirs = self._theirs(reader, round_id).where(_t.answer_id == words)
            row = theirs.where(_t.answer_taken_back_at.is_(None)).values(answer_taken_back_at=now)
        else:
            words = derive(round_id, reader.person, "turn")
            mine = t.turns.update().where(
                _t.tenant_id == reader.tenant, _t.round_id == round_id, _t.person_id == reader.person
            )
            row = mine.where(_t.taken_back_at.is_(None)).values(taken_back_at=now)
        if await self._session.count(row):
            await self._session.run(
                _FORGET_OWN, {"tenant": reader.tenant, "person": reader.person, "words": words}
            )

    def _opened(self, reader: Reader, round_id: str) -> Select[tuple[str]]:
        return (
            select(_r.id)
            .select_from(t.rounds.join(t.asks, and_(_a.tenant_id == _r.tenant_id, _a.round_id == _r.id)))
            .where(
                _r.tenant_id == reader.tenant,
                _r.id == round_id,
                _r.state == RoundState.OPENED.value,
                _a.person_id == reader.person,
            )
        )

    def _theirs(self, reader: Reader, round_id: str) -> Update:
        return t.turns.update().where(
            _t.tenant_id == reader.tenant,
            _t.round_id == round_id,
            _t.person_id != reader.person,
            _t.round_id.in_(self._opened(reader, round_id)),
        )
