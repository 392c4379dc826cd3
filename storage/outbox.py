"""The outbox: ids of what is to be sent, never words, in order within each person's room.

A claim is one statement: in one lane, the oldest due row of each room that has none in flight, leased by the
database's clock. Settling compares `attempts`, so a worker that woke up late changes nothing. A room's rows are
ordered because whoever enqueues for a person has just saved that person's conversation, which serialises them.

A row's lane (see `bot.lanes`) is no column: it follows from where its reader is reached now, which changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.messages import CardKind
from bot.model import Account, Reader
from bot.ports import LEASE, MAIL, PAGE
from bot.rows import Queued, ToSend
from storage import tables as t
from storage.database import db_now, workspace_of
from storage.session import EVERYBODY, Session, across_tenants, insert
from storage.shown import look_of

MAX_ATTEMPTS = 5
MAX_LOST = 20
"""After how many leases that nobody settled a row is parked: far more than restarts in a bad hour cost it."""

LEAVES_NO_ROW = frozenset({CardKind.CARE})
"""Kinds that would by themselves say something of their reader's health to whoever has the database. Once such a card
has gone out there is no row of it and no post: a page makes it anew from the words, which are encrypted."""

_o = t.outbox.c
_other = t.outbox.alias("other")
_WHY = "the queue is handed out to workers, not to readers; it holds no words"

# The id follows from what caused the row: doing that again enqueues nothing.
_ENQUEUE = insert(t.outbox).inline().on_conflict_do_nothing()
_POSTED = insert(t.posts).on_conflict_do_nothing()

_a, _p, _t, _n = t.accounts.c, t.posts.c, t.team_rounds.c, t.announcements.c


def _lane(platform: Any, name: Any) -> Any:
    return platform + ":" + workspace_of(name)


# A team's round is sent to where it was asked, and a page is announced in its channel. What stands in a chat is drawn
# again there, wherever its reader is reached by now. Whoever has no account any more is nobody's to wait for.
_LANE = case(
    (_o.by_mail, literal(MAIL)),
    else_=func.coalesce(
        select(_lane(_t.platform, _t.place))
        .where(_o.kind == CardKind.TEAM.value, _t.tenant_id == _o.tenant_id, _t.id == _o.person_id)
        .scalar_subquery(),
        select(_lane(_n.platform, _n.place))
        .where(
            _o.kind == CardKind.ANNOUNCED.value,
            _n.tenant_id == _o.tenant_id,
            _n.programme_id == _o.person_id,
        )
        .scalar_subquery(),
        select(_lane(_p.platform, _p.receipt))
        .where(
            _o.kind == CardKind.AFRESH.value,
            _p.tenant_id == _o.tenant_id,
            _p.person_id == _o.person_id,
            _p.look.is_not(None),
        )
        .order_by(_p.posted_at.desc())
        .limit(1)
        .scalar_subquery(),
        # A chat comes before the page, as in `People.account`.
        select(func.min(_lane(_a.platform, _a.external)))
        .where(_a.tenant_id == _o.tenant_id, _a.person_id == _o.person_id)
        .scalar_subquery(),
        literal(PAGE),
    ),
).label("lane")

_WAITS = and_(
    _o.state == "queued",
    _o.due_at <= bindparam("now"),
    or_(_o.leased_until.is_(None), _o.leased_until < db_now(literal(0))),
)

_ROOM = (_o.tenant_id == bindparam("tenant"), _o.person_id == bindparam("person"))
_DUE = select(_LANE).where(_WAITS).distinct()
_LANES = across_tenants(_DUE, _WHY)
_LANES_OF_ROOM = across_tenants(_DUE.where(*_ROOM, _o.by_mail.is_(False)), _WHY)

_FIRST = (
    select(_o.seq)
    .where(
        _WAITS,
        ~exists().where(
            _other.c.tenant_id == _o.tenant_id,
            _other.c.person_id == _o.person_id,
            _other.c.state == "queued",
            _other.c.by_mail == _o.by_mail,
            or_(
                and_(_other.c.seq < _o.seq, _other.c.first_due_at <= bindparam("now")),
                and_(_other.c.seq != _o.seq, _other.c.leased_until >= db_now(literal(0))),
            ),
        ),
    )
    .order_by(_o.seq)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=t.outbox)
)


def _lease(*conditions: Any) -> Any:
    rows = _FIRST.where(bindparam("lane") == _LANE, *conditions)
    statement = (
        update(t.outbox)
        .where(_o.seq.in_(rows))
        .values(leased_until=db_now(literal(LEASE.total_seconds())), attempts=_o.attempts + 1)
        .returning(
            _o.tenant_id,
            _o.id,
            _o.person_id,
            _o.kind,
            _o.subject,
            _o.proactive,
            _o.attempts,
            _o.by_mail,
        )
    )
    return across_tenants(statement, _WHY)


def _leases() -> tuple[Any, Any]:
    """What leases from a lane, and what leases from a room in one."""
    return _lease(), _lease(*_ROOM)


_LEASE, _LEASE_ROOM = _leases()
_NEXT = across_tenants(select(func.min(_o.due_at)).where(_o.state == "queued"), _WHY)

_IN_FLIGHT = (
    select(_o.seq)
    .where(
        _o.tenant_id == bindparam("tenant"),
        _o.person_id == bindparam("person"),
        _o.state == "queued",
        _o.by_mail.is_(False),
        _o.leased_until >= db_now(literal(0)),
    )
    .limit(1)
)

_LET_GO = (
    select(_o.kind)
    .where(
        _o.tenant_id == bindparam("tenant"),
        _o.person_id == bindparam("person"),
        _o.kind.in_(bindparam("kinds", expanding=True)),
        _o.subject == bindparam("subject"),
        _o.state == "let go",
        _o.by_mail.is_(False),
        ~exists().where(
            t.posts.c.tenant_id == _o.tenant_id,
            t.posts.c.person_id == _o.person_id,
            t.posts.c.kind == _o.kind,
            t.posts.c.subject == _o.subject,
        ),
    )
    .limit(1)
)


def _queued(row: ToSend) -> dict[str, object]:
    return {
        "tenant_id": row.to.tenant,
        "id": row.id,
        "person_id": row.to.person,
        "kind": row.kind.value,
        "subject": row.subject,
        "proactive": row.proactive,
        "by_mail": row.by_mail,
        "due_at": row.at,
        "first_due_at": row.at,
        "state": "queued",
        "attempts": 0,
        "reason": "",
    }


class SqlOutbox:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def enqueue(self, rows: Sequence[ToSend]) -> None:
        values = [_queued(row) for row in rows]
        if len(values) == 1:
            await self._session.run(_ENQUEUE, values[0])
        elif values:
            await self._session.run(_ENQUEUE.values(values))

    async def lanes(self, now: datetime, room: Reader | None = None) -> Sequence[str]:
        await self._session.enter(EVERYBODY)
        if room is None:
            rows = await self._session.all(_LANES, now=now)
        else:
            rows = await self._session.all(_LANES_OF_ROOM, now=now, tenant=room.tenant, person=room.person)
        return sorted(row.lane for row in rows)

    async def lease(
        self, now: datetime, limit: int, lane: str, room: Reader | None = None
    ) -> Sequence[Queued]:
        await self._session.enter(EVERYBODY)
        values = {"now": now, "limit": limit, "lane": lane}
        if room is None:
            rows = await self._session.all(_LEASE, **values)
        else:
            rows = await self._session.all(_LEASE_ROOM, **values, tenant=room.tenant, person=room.person)
        found = []
        for row in rows:
            queued = Queued(
                row.tenant_id,
                row.id,
                row.person_id,
                CardKind(row.kind),
                row.subject,
                row.proactive,
                row.attempts,
                lane,
                row.by_mail,
            )
            if queued.attempt > MAX_LOST:
                # Whoever held it never said how it ended: what takes its worker down is not tried for ever.
                await self._end(queued, state="dead", reason="begun and never ended")
            else:
                found.append(queued)
        return found

    async def in_flight(self, room: Reader) -> bool:
        return await self._session.one(_IN_FLIGHT, tenant=room.tenant, person=room.person) is not None

    async def sent(
        self, row: Queued, account: Account | None, receipt: str, now: datetime, look: str = ""
    ) -> bool:
        if await self._end(row, state="let go" if account is None else "sent") != 1:
            return False
        # A notice is no post: it stands on no page, and nothing of it can be changed later.
        if account is not None and not row.by_mail and row.kind not in LEAVES_NO_ROW:
            post = {
                "tenant_id": row.tenant,
                "id": row.id,
                "person_id": row.person,
                "platform": account.platform.value,
                "kind": row.kind.value,
                "subject": row.subject,
                "posted_at": now,
                "receipt": receipt,
                "look": look_of(self._session, row.tenant, row.id, look) if look else None,
            }
            await self._session.run(_POSTED, post)
        return True

    async def failed(self, row: Queued, reason: str, retry_at: datetime | None) -> bool:
        if retry_at is None or row.attempt >= MAX_ATTEMPTS:
            return await self._end(row, state="dead", reason=reason) == 1
        return await self._settle(row, due_at=retry_at, leased_until=None, reason=reason) == 1

    async def wait(self, rows: Sequence[Queued], until: datetime) -> None:
        for row in rows:
            await self._settle(row, due_at=until, leased_until=None, attempts=row.attempt - 1)

    async def later(self, row: Queued, at: datetime) -> bool:
        return await self._settle(row, due_at=at, first_due_at=at, leased_until=None) == 1

    async def let_go(self, reader: Reader, kinds: Sequence[CardKind], subject: str) -> CardKind | None:
        about = {"tenant": reader.tenant, "person": reader.person, "kinds": list(kinds), "subject": subject}
        row = await self._session.one(_LET_GO, **about)
        return None if row is None else CardKind(row.kind)

    async def next_at(self) -> datetime | None:
        row = await self._session.one(_NEXT)
        return None if row is None else row[0]

    async def _end(self, row: Queued, **change: object) -> int:
        """Settle a row for good."""
        if row.kind not in LEAVES_NO_ROW:
            return await self._settle(row, leased_until=None, **change)
        await self._session.enter(row.tenant)
        return await self._session.count(delete(t.outbox).where(_held(row)))

    async def _settle(self, row: Queued, **change: object) -> int:
        await self._session.enter(row.tenant)
        return await self._session.count(update(t.outbox).where(_held(row)).values(**change))


def _held(row: Queued) -> ColumnElement[bool]:
    """The row, as long as nobody has leased it since."""
    return and_(_o.tenant_id == row.tenant, _o.id == row.id, _o.attempts == row.attempt, _o.state == "queued")
