"""Pairs: who has joined, the challenge in its versions, and what planning the next round may read."""

from datetime import datetime

from sqlalchemy import and_, bindparam, func, or_, select

from bot.conversation.state import PAIR, PairMove, PairState, RoundState, after
from bot.errors import Conflict, Unknown
from bot.ids import derive
from bot.model import Pair, Reader
from bot.questions.choose import Asked
from bot.rows import Half, PairPlan
from storage import tables as t
from storage.conversations import has_joined, has_left
from storage.programmes import hours_of, modules_of, programme_of, set_up_hours_of
from storage.session import Session, insert

_r = t.pairs.c

_GET = select(t.pairs).where(_r.tenant_id == bindparam("tenant"), _r.id == bindparam("pair"))

_HALVES = (
    select(
        t.people,
        has_joined(t.conversations).label("joined"),
        has_left(t.conversations).label("left"),
        t.conversations.c.wants_on,
    )
    .select_from(
        t.people.join(
            t.conversations,
            and_(
                t.conversations.c.tenant_id == t.people.c.tenant_id,
                t.conversations.c.person_id == t.people.c.id,
            ),
        )
    )
    .where(
        t.people.c.tenant_id == bindparam("tenant"),
        or_(t.people.c.id == bindparam("one"), t.people.c.id == bindparam("two")),
    )
)

_ASKED = (
    select(t.rounds.c.question, t.rounds.c.bridge, t.rounds.c.state, t.rounds.c.closing, t.rounds.c.opens_at)
    .where(t.rounds.c.tenant_id == bindparam("tenant"), t.rounds.c.pair_id == bindparam("pair"))
    .order_by(t.rounds.c.opens_at)
)

_LOCK = _GET.with_for_update()

_MOVE = (
    t.pairs.update()
    .where(_r.tenant_id == bindparam("tenant"), _r.id == bindparam("pair"), _r.state == bindparam("seen"))
    .values(state=bindparam("then"))
)

_c = t.challenges.c
_earlier = t.challenges.alias()
_LATEST = (
    select(func.max(_earlier.c.version))
    .where(_earlier.c.tenant_id == bindparam("tenant"), _earlier.c.pair_id == bindparam("pair"))
    .scalar_subquery()
)

_PROPOSE = (
    insert(t.challenges)
    .values(
        tenant_id=bindparam("tenant"),
        pair_id=bindparam("pair"),
        version=func.coalesce(_LATEST, 0) + 1,
        words_id=bindparam("words"),
        by_id=bindparam("person"),
        proposed_at=bindparam("now"),
    )
    .returning(_c.version)
)

# The newest wording, by the other one, and not confirmed yet.
_CONFIRM = (
    t.challenges.update()
    .where(
        _c.tenant_id == bindparam("tenant"),
        _c.pair_id == bindparam("pair"),
        _c.version == bindparam("seen"),
        _c.version == _LATEST,
        _c.by_id != bindparam("person"),
        _c.confirmed_at.is_(None),
    )
    .values(confirmed_at=bindparam("now"))
)


_UNASKED = select(t.rounds.c.id).where(
    t.rounds.c.tenant_id == bindparam("tenant"),
    t.rounds.c.pair_id == bindparam("pair"),
    t.rounds.c.state == RoundState.PLANNED.value,
)
_END = (
    t.pairs.update()
    .where(_r.tenant_id == bindparam("tenant"), _r.id == bindparam("pair"))
    .values(plan_at=None),
    t.asks.update()
    .where(t.asks.c.tenant_id == bindparam("tenant"), t.asks.c.round_id.in_(_UNASKED))
    .values(due_at=None),
    t.rounds.update()
    .where(t.rounds.c.tenant_id == bindparam("tenant"), t.rounds.c.id.in_(_UNASKED))
    .values(due_at=None, state=RoundState.NOT_OPENED.value),
)


class SqlPairs:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def move(self, tenant: str, pair: str, seen: PairState, move: PairMove) -> PairState:
        then = after(PAIR, seen, move)
        values = {"tenant": tenant, "pair": pair, "seen": seen.value, "then": then.value}
        if await self._session.count(_MOVE, **values) != 1:
            raise Conflict("Both of a pair moved at once.")
        return then

    async def hold(self, tenant: str, pair: str, at: datetime | None) -> None:
        row = t.pairs.update().where(_r.tenant_id == tenant, _r.id == pair)
        await self._session.run(row.values(held_at=at))

    async def go_on(self, tenant: str, pair: str, now: datetime) -> None:
        row = t.pairs.update().where(_r.tenant_id == tenant, _r.id == pair, _r.went_on_at.is_(None))
        await self._session.run(row.values(went_on_at=now))

    async def end(self, tenant: str, pair: str) -> None:
        for statement in _END:
            await self._session.run(statement, {"tenant": tenant, "pair": pair})

    async def propose(self, reader: Reader, pair: str, text: str, cause: str, now: datetime) -> int:
        row = derive(pair, "challenge", cause)
        await self._session.keep_words(reader.tenant, row, reader.person, text, now)
        values = {"tenant": reader.tenant, "pair": pair, "words": row, "person": reader.person, "now": now}
        proposed = await self._session.one(_PROPOSE, **values)
        assert proposed is not None
        return int(proposed.version)

    async def confirm(self, reader: Reader, pair: str, version: int, now: datetime) -> bool:
        # The lock that proposing takes, too: a wording cannot be agreed to while a newer one is being sent.
        await self._session.one(_LOCK, tenant=reader.tenant, pair=pair)
        values = {"tenant": reader.tenant, "pair": pair, "person": reader.person, "seen": version, "now": now}
        return await self._session.count(_CONFIRM, **values) == 1

    async def plan(self, tenant: str, pair: str) -> PairPlan:
        row = await self._session.one(_GET, tenant=tenant, pair=pair)
        if row is None:
            raise Unknown("There is no such pair.")
        found = Pair(tenant, row.id, row.programme_id, row.one_id, row.two_id, PairState(row.state))
        programme = await programme_of(self._session, tenant, found.programme)
        both = {"tenant": tenant, "one": found.one, "two": found.two}
        rows = {row.id: row for row in await self._session.all(_HALVES, **both)}
        halves = [
            Half(
                person,
                hours_of(self._session, rows[person], programme.holidays),
                set_up_hours_of(self._session, rows[person], programme.holidays),
                rows[person].joined and not rows[person].left,
                rows[person].wants_on,
            )
            for person in (found.one, found.two)
        ]
        asked = await self._session.all(_ASKED, tenant=tenant, pair=pair)
        return PairPlan(
            pair=found,
            programme=programme,
            modules=await modules_of(self._session, tenant, found.programme),
            halves=(halves[0], halves[1]),
            asked=tuple(Asked(row.question, row.state == RoundState.OPENED.value) for row in asked),
            bridges=tuple(row.bridge for row in asked),
            went_on_at=row.went_on_at,
            closed_at=max((row.opens_at for row in asked if row.closing), default=None),
        )

    async def plan_at(self, tenant: str, pair: str, seen: datetime | None, at: datetime | None) -> bool:
        row = t.pairs.update().where(_r.tenant_id == tenant, _r.id == pair, _r.plan_at == seen)
        return await self._session.count(row.values(plan_at=at)) == 1
