"""What the clock owes: every due column, in one list, oldest first. Ids and instants only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, cast, func, literal, select, union_all

from bot.conversation.state import State
from bot.rows import Due, DueKind
from storage import tables as t
from storage.session import EVERYBODY, Session, across_tenants

_WHY = "the clock looks for due rows of every tenant; it reads no words"
_v, _r, _a, _p, _g, _c, _t = (
    t.conversations.c,
    t.rounds.c,
    t.asks.c,
    t.pairs.c,
    t.programmes.c,
    t.calls.c,
    t.team_rounds.c,
)
_NOBODY = cast(literal(""), String(32))


def _kind(kind: DueKind) -> Any:
    return cast(literal(kind.value), String(16)).label("kind")


# Each arm is bounded by `now` and `limit` by itself, so that each reads the front of one index.
def _arms(*, bounded: bool) -> Any:
    columns: list[tuple[DueKind, Any, Any, Any, Any, Any]] = [
        (
            DueKind.CLOSE,
            _v.tenant_id,
            _v.person_id,
            _v.person_id,
            _v.close_at,
            _v.state == State.ANSWERING.value,
        ),
        (DueKind.OPEN, _r.tenant_id, _r.id, _NOBODY, _r.due_at, None),
        (DueKind.TEAM, _t.tenant_id, _t.id, _NOBODY, _t.due_at, None),
        (DueKind.RESUME, _v.tenant_id, _v.person_id, _v.person_id, _v.resume_at, None),
        (DueKind.PLAN, _p.tenant_id, _p.id, _NOBODY, _p.plan_at, None),
        (DueKind.ASK, _a.tenant_id, _a.round_id, _a.person_id, _a.due_at, None),
        (DueKind.REMIND, _v.tenant_id, _v.person_id, _v.person_id, _v.remind_at, None),
        (DueKind.DIGEST, _g.tenant_id, _g.id, _NOBODY, _g.digest_at, None),
        (DueKind.DELETE, _g.tenant_id, _g.id, _NOBODY, _g.deletion_due_at, None),
        (DueKind.CALL, _c.tenant_id, _c.id, _NOBODY, _c.due_at, None),
    ]
    arms = []
    for kind, tenant, row, person, at, extra in columns:
        names = (tenant.label("tenant"), row.label("row"), person.label("person"), at.label("at"))
        arm = select(_kind(kind), *names).where(at.is_not(None))
        if extra is not None:
            arm = arm.where(extra)
        if bounded:
            arm = arm.where(at <= bindparam("now"))
        arms.append(select(arm.order_by(at).limit(bindparam("limit") if bounded else 1).subquery()))
    return union_all(*arms).subquery("due")


_ARMS = _arms(bounded=True)
_DUE = across_tenants(
    select(_ARMS).order_by(_ARMS.c.at, _ARMS.c.kind, _ARMS.c.row, _ARMS.c.person).limit(bindparam("limit")),
    _WHY,
)
_NEXT_ARMS = _arms(bounded=False)
_NEXT = across_tenants(select(func.min(_NEXT_ARMS.c.at)), _WHY)


class SqlClock:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def due(self, now: datetime, limit: int) -> Sequence[Due]:
        await self._session.enter(EVERYBODY)
        rows = await self._session.all(_DUE, now=now, limit=limit)
        return [Due(DueKind(row.kind), row.tenant, row.row, row.person, row.at) for row in rows]

    async def next_at(self) -> datetime | None:
        await self._session.enter(EVERYBODY)
        row = await self._session.one(_NEXT)
        return None if row is None else row[0]
