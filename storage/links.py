"""Links to sign in with, and how often something was tried. A link is known only by the hash of its token."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from bot.model import Reader, Role
from bot.rows import SignedIn
from storage import tables as t
from storage.session import Session, across_tenants, insert

_l, _a = t.links.c, t.attempts.c

_MAKE = insert(t.links)

# One statement: of two who press at once with a link that works once, one comes in.
_USE = across_tenants(
    t.links.update()
    .where(
        _l.token == bindparam("of_token"),
        _l.expires_at > bindparam("now", type_=t.Utc()),
        or_(_l.once.is_(False), _l.used_at.is_(None)),
    )
    .values(used_at=bindparam("now", type_=t.Utc()))
    .returning(_l.tenant_id, _l.person_id),
    "finds out who a link was made for",
)

# Whoever holds a link may be written to no more, also long after it has stopped to let anybody in.
_OF = across_tenants(
    select(_l.tenant_id, _l.person_id).where(_l.token == bindparam("of_token")),
    "finds out who a link was made for",
)

_END = (
    t.links.update()
    .where(
        _l.tenant_id == bindparam("tenant"),
        _l.person_id == bindparam("person"),
        _l.expires_at > bindparam("now", type_=t.Utc()),
    )
    .values(expires_at=bindparam("now", type_=t.Utc()))
)

_ROLE = select(t.people.c.role).where(
    t.people.c.tenant_id == bindparam("tenant"), t.people.c.id == bindparam("person")
)

_tried = insert(t.attempts)
_TRY = across_tenants(
    _tried.on_conflict_do_update(index_elements=["key", "since"], set_={"count": _a.count + 1}).returning(
        _a.count
    ),
    "counts attempts of whoever is not known yet",
)


class SqlLinks:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def make(
        self, reader: Reader, token: str, now: datetime, expires_at: datetime, *, once: bool
    ) -> None:
        values = {
            "token": token,
            "tenant_id": reader.tenant,
            "person_id": reader.person,
            "once": once,
            "made_at": now,
            "expires_at": expires_at,
        }
        await self._session.run(_MAKE, values)

    async def use(self, token: str, now: datetime) -> SignedIn | None:
        return await self._found(await self._session.one(_USE, of_token=token, now=now))

    async def of(self, token: str) -> SignedIn | None:
        return await self._found(await self._session.one(_OF, of_token=token))

    async def end(self, reader: Reader, now: datetime) -> None:
        await self._session.run(_END, {"tenant": reader.tenant, "person": reader.person, "now": now})

    async def _found(self, row: Row[Any] | None) -> SignedIn | None:
        if row is None:
            return None
        found = await self._session.one(_ROLE, tenant=row.tenant_id, person=row.person_id)
        assert found is not None
        return SignedIn(Reader(row.tenant_id, row.person_id), Role(found.role))

    async def tried(self, key: str, since: datetime) -> int:
        row = await self._session.one(_TRY, key=key, since=since, count=1)
        assert row is not None
        return int(row[0])
