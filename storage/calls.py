"""Who wants to be called by whom. How to reach somebody is read by the two of them, and by nobody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, String, and_, bindparam, exists, or_, select

from bot.model import Reader, Role
from bot.rows import CallAsked, CallWanted, Due
from bot.view import Caller
from storage import tables as t
from storage.session import Session, words_of

_c, _p = t.calls.c, t.people.c
_TENANT: BindParameter[str] = bindparam("tenant")
_ME: BindParameter[str] = bindparam("person")
_NOW = bindparam("now", type_=t.Utc())
_THE = (_c.tenant_id == _TENANT, _c.id == bindparam("call"), _c.closed_at.is_(None))
_TO_ME = (_c.tenant_id == _TENANT, _c.to_id == _ME, _c.closed_at.is_(None))
_UNSEEN = (*_THE, _c.seen_at.is_(None))
_WORDS = and_(t.words.c.tenant_id == _c.tenant_id, t.words.c.id == _c.words_id)

_mine = t.people.alias("mine")
_TOGETHER = t.people.join(
    _mine, and_(_mine.c.tenant_id == _p.tenant_id, _mine.c.programme_id == _p.programme_id)
)
_OF_MINE = (_p.tenant_id == _TENANT, _mine.c.tenant_id == _TENANT, _mine.c.id == _ME)
_CAN_BE_ASKED = _p.role.in_((Role.FACILITATOR.value, Role.OUTSIDE.value))
_OPEN = (_c.tenant_id == _TENANT, _c.person_id == _ME, _c.to_id == _p.id, _c.closed_at.is_(None))
_CALLERS = (
    select(_p.id.label("to_id"), _p.name, _p.role, _c.id.label("call"), _c.asked_at, _c.seen_at, *words_of())
    .select_from(_TOGETHER.outerjoin(t.calls, and_(*_OPEN)).outerjoin(t.words, _WORDS))
    # Whoever was asked and was removed since cannot call any more: that is seen, until it is put away.
    .where(*_OF_MINE, or_(_CAN_BE_ASKED, _c.id.is_not(None)))
    # Whoever belongs to neither organisation comes last, where a list of names is remembered best.
    .order_by(_p.role, _p.name, _p.id)
)

# One statement finds out whether they can be asked, and have not been, and asks them.
_ASK = t.calls.insert().from_select(
    ["tenant_id", "id", "person_id", "to_id", "words_id", "asked_at", "due_at"],
    select(
        _p.tenant_id,
        bindparam("call", type_=String()),
        _mine.c.id,
        _p.id,
        bindparam("words", type_=String()),
        bindparam("now", type_=t.Utc()),
        bindparam("again_at", type_=t.Utc()),
    )
    .select_from(_TOGETHER)
    .where(
        *_OF_MINE,
        _CAN_BE_ASKED,
        _p.id == bindparam("to"),
        ~exists().where(*_OPEN),
    ),
)

_WANTED = (
    select(_c.id, _p.name, _c.asked_at, _c.seen_at, *words_of())
    .select_from(
        t.calls.join(t.people, and_(_p.tenant_id == _c.tenant_id, _p.id == _c.person_id)).outerjoin(
            t.words, _WORDS
        )
    )
    .where(*_TO_ME)
    .order_by(_c.seen_at.is_not(None), _c.asked_at, _c.id)
)

_WAITING = select(_c.to_id, _c.asked_at).where(*_UNSEEN)
_AGAIN = (
    t.calls.update()
    .where(*_UNSEEN, _c.due_at == bindparam("was", type_=t.Utc()))
    .values(due_at=bindparam("next_at", type_=t.Utc()))
)
_WILL_CALL = (
    t.calls.update()
    .where(*_UNSEEN, _c.to_id == _ME)
    .values(seen_at=_NOW, due_at=None)
    .returning(_c.person_id)
)
_CLOSE = t.calls.update().values(closed_at=_NOW, due_at=None, words_id=None)
_KEPT = select(_c.words_id)
_ASKED = select(_c.id, _c.person_id, _c.words_id).where(*_TO_ME).with_for_update()
_CANNOT = t.calls.update().where(*_TO_ME).values(due_at=None, words_id=None)


class SqlCalls:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def callers(self, reader: Reader) -> tuple[Caller, ...]:
        """Whom this reader can ask, the facilitators first, and how that stands."""
        rows = await self._session.all(_CALLERS, tenant=reader.tenant, person=reader.person)
        return tuple(
            Caller(
                person=row.to_id,
                name=row.name,
                outside=row.role == Role.OUTSIDE.value,
                call=row.call or "",
                asked_at=row.asked_at,
                seen_at=row.seen_at,
                how=self._session.text(reader.tenant, row) or "",
                gone=row.role == Role.FORMER.value,
            )
            for row in rows
        )

    async def ask(self, me: Reader, to: str, how: str, call: str, now: datetime, again_at: datetime) -> bool:
        about = {
            "tenant": me.tenant,
            "person": me.person,
            "to": to,
            "call": call,
            "words": call if how else None,
        }
        if not await self._session.count(_ASK, **about, now=now, again_at=again_at):
            return False
        if how:
            await self._session.keep_words(me.tenant, call, me.person, how, now)
        return True

    async def end(self, me: Reader, call: str, now: datetime) -> None:
        await self._close(me, call, now, by=_c.person_id == _ME)

    async def have_spoken(self, reader: Reader, call: str, now: datetime) -> bool:
        return await self._close(reader, call, now, by=and_(_c.to_id == _ME, _c.seen_at.is_not(None)))

    async def cannot(self, reader: Reader) -> Mapping[str, str]:
        whose = {"tenant": reader.tenant, "person": reader.person}
        rows = await self._session.all(_ASKED, **whose)
        await self._session.run(_CANNOT, whose)
        await self._session.forget_words(reader.tenant, [row.words_id for row in rows if row.words_id])
        return {row.id: row.person_id for row in rows}

    async def _close(self, reader: Reader, call: str, now: datetime, *, by: ColumnElement[bool]) -> bool:
        which = {"tenant": reader.tenant, "person": reader.person, "call": call}
        row = await self._session.one(_KEPT.where(*_THE, by).with_for_update(), **which)
        if row is None:
            return False
        await self._session.run(_CLOSE.where(*_THE, by), {**which, "now": now})
        if row.words_id is not None:
            # How to reach somebody was for this call alone.
            await self._session.forget_words(reader.tenant, [row.words_id])
        return True

    async def waiting(self, tenant: str, call: str) -> CallAsked | None:
        row = await self._session.one(_WAITING, tenant=tenant, call=call)
        return None if row is None else CallAsked(row.to_id, row.asked_at)

    async def again(self, due: Due, at: datetime) -> bool:
        moved = {"tenant": due.tenant, "call": due.id, "was": due.at, "next_at": at}
        return await self._session.count(_AGAIN, **moved) == 1

    async def wanted(self, reader: Reader) -> Sequence[CallWanted]:
        rows = await self._session.all(_WANTED, tenant=reader.tenant, person=reader.person)
        return [
            CallWanted(
                row.id,
                row.name,
                self._session.text(reader.tenant, row) or "",
                row.asked_at,
                row.seen_at,
            )
            for row in rows
        ]

    async def will_call(self, reader: Reader, call: str, now: datetime) -> str | None:
        which = {"tenant": reader.tenant, "person": reader.person, "call": call, "now": now}
        row = await self._session.one(_WILL_CALL, **which)
        return None if row is None else str(row.person_id)
