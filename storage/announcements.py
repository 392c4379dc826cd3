"""The channel in which each programme's weekly pages are announced: where, and why no longer. It holds no words."""

from datetime import datetime

from sqlalchemy import bindparam, select

from bot.model import Account, Platform
from bot.rows import Announced, Unfit
from storage import tables as t
from storage.session import Session, insert

_a = t.announcements.c
_OF = (_a.tenant_id == bindparam("tenant"), _a.programme_id == bindparam("programme"))

_ONE = select(t.announcements).where(*_OF)
_CHOOSE = insert(t.announcements)
_CHOOSE = _CHOOSE.on_conflict_do_update(
    index_elements=["tenant_id", "programme_id"],
    set_={name: _CHOOSE.excluded[name] for name in ("platform", "place", "ended_at", "why")},
)
_END = (
    t.announcements.update()
    .where(*_OF, _a.platform == bindparam("on"), _a.place == bindparam("at_place"), _a.ended_at.is_(None))
    .values(ended_at=bindparam("now", type_=t.Utc()), why=bindparam("reason"))
)
_STOP = t.announcements.delete().where(*_OF)


class SqlAnnouncements:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, tenant: str, programme: str) -> Announced | None:
        row = await self._session.one(_ONE, tenant=tenant, programme=programme)
        if row is None:
            return None
        why = Unfit(row.why) if row.why else None
        return Announced(Account(Platform(row.platform), row.place), row.ended_at, why)

    async def choose(self, tenant: str, programme: str, place: Account) -> None:
        where = {"platform": place.platform.value, "place": place.external, "ended_at": None, "why": None}
        await self._session.run(_CHOOSE, {"tenant_id": tenant, "programme_id": programme, **where})

    async def end(self, tenant: str, programme: str, place: Account, why: Unfit, now: datetime) -> bool:
        which = {"tenant": tenant, "programme": programme, "on": place.platform.value}
        told = {"at_place": place.external, "now": now, "reason": why.value}
        return bool(await self._session.count(_END, **which, **told))

    async def stop(self, tenant: str, programme: str) -> bool:
        return bool(await self._session.count(_STOP, tenant=tenant, programme=programme))
