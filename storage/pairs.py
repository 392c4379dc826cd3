"""Pairs: who has joined, the challenge in its versions, and what planning the next round may read."""

from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select

from bot.conversation.state import PAIR, PairMove, PairState, RoundState, after
from bot.errors import Unknown
from bot.ids import derive
from bot.model import Hours, Pair, Reader
from bot.ports import Half, PairPlan
from bot.questions.choose import Asked
from storage import tables as t
from storage.programmes import modules_of, programme_of
from storage.session import Session

_r = t.pairs.c

_GET = select(t.pairs).where(_r.tenant_id == bindparam("tenant"), _r.id == bindparam("pair"))

_HALVES = (
    select(t.people, t.conversations.c.agreed_at)
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
    select(t.rounds.c.question, t.rounds.c.bridge, t.rounds.c.state)
    .where(t.rounds.c.tenant_id == bindparam("tenant"), t.rounds.c.pair_id == bindparam("pair"))
    .order_by(t.rounds.c.opens_at)
)

_LATEST = (
    select(t.challenges)
    .where(t.challenges.c.tenant_id == bindparam("tenant"), t.challenges.c.pair_id == bindparam("pair"))
    .order_by(t.challenges.c.version.desc())
    .limit(1)
)


class SqlPairs:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, tenant: str, pair: str) -> Pair:
        row = await self._session.one(_GET, tenant=tenant, pair=pair)
        if row is None:
            raise Unknown("There is no such pair.")
        return Pair(tenant, row.id, row.programme_id, row.one_id, row.two_id, PairState(row.state))

    async def move(self, tenant: str, pair: str, move: PairMove) -> PairState:
        now = (await self.get(tenant, pair)).state
        then = after(PAIR, now, move)
        row = t.pairs.update().where(_r.tenant_id == tenant, _r.id == pair, _r.state == now.value)
        if await self._session.count(row.values(state=then.value)) != 1:
            # Both halves moved at once; the second one reads what the first one made of it.
            return await self.move(tenant, pair, move)
        return then

    async def propose(self, reader: Reader, pair: str, text: str, now: datetime) -> int:
        latest = await self._session.one(_LATEST, tenant=reader.tenant, pair=pair)
        version = 1 if latest is None else latest.version + 1
        row = derive(pair, "challenge", str(version))
        await self._session.keep_words(reader.tenant, row, reader.person, text, now)
        values = {
            "tenant_id": reader.tenant,
            "pair_id": pair,
            "version": version,
            "words_id": row,
            "by_id": reader.person,
            "proposed_at": now,
        }
        await self._session.run(t.challenges.insert(), values)
        return version

    async def confirm(self, reader: Reader, pair: str, version: int, now: datetime) -> bool:
        # The lock that proposing takes, too: a wording cannot be agreed to while a newer one is being sent.
        await self._session.one(_GET.with_for_update(), tenant=reader.tenant, pair=pair)
        latest = await self._session.one(_LATEST, tenant=reader.tenant, pair=pair)
        if latest is None or latest.version != version or latest.confirmed_at is not None:
            return False
        if latest.by_id == reader.person:
            return False
        c = t.challenges.c
        row = t.challenges.update().where(
            c.tenant_id == reader.tenant, c.pair_id == pair, c.version == version
        )
        return await self._session.count(row.values(confirmed_at=now)) == 1

    async def plan(self, tenant: str, pair: str) -> PairPlan:
        found = await self.get(tenant, pair)
        both = {"tenant": tenant, "one": found.one, "two": found.two}
        rows = {row.id: row for row in await self._session.all(_HALVES, **both)}
        halves = [
            Half(
                person,
                Hours(rows[person].zone, rows[person].hours_start, rows[person].hours_end),
                rows[person].agreed_at is not None,
            )
            for person in (found.one, found.two)
        ]
        asked = await self._session.all(_ASKED, tenant=tenant, pair=pair)
        return PairPlan(
            pair=found,
            programme=await programme_of(self._session, tenant, found.programme),
            modules=await modules_of(self._session, tenant, found.programme),
            halves=(halves[0], halves[1]),
            asked=tuple(Asked(row.question, row.state == RoundState.OPENED.value) for row in asked),
            bridges=tuple(row.bridge for row in asked),
        )

    async def plan_at(self, tenant: str, pair: str, seen: datetime | None, at: datetime | None) -> bool:
        row = t.pairs.update().where(_r.tenant_id == tenant, _r.id == pair, _r.plan_at == seen)
        return await self._session.count(row.values(plan_at=at)) == 1
