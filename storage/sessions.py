"""Signed-in browsers: one row each, known only by the hash of its token."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, select

from bot.model import Reader, Role
from bot.rows import Browser, SignedIn
from storage import tables as t
from storage.session import EVERYBODY, Session, across_tenants, insert

_FIND = across_tenants(
    select(t.sessions.c.tenant_id, t.sessions.c.person_id, t.people.c.role)
    .select_from(
        t.sessions.join(
            t.people,
            and_(t.people.c.tenant_id == t.sessions.c.tenant_id, t.people.c.id == t.sessions.c.person_id),
        )
    )
    .where(
        t.sessions.c.token == bindparam("token"),
        t.sessions.c.expires_at > bindparam("now", type_=t.Utc()),
        # Whoever was removed is let in by nothing, whatever was being made for them at that moment.
        t.people.c.role != Role.FORMER.value,
    ),
    "finds out who a browser belongs to",
)

_mine = and_(t.sessions.c.tenant_id == bindparam("tenant"), t.sessions.c.person_id == bindparam("person"))

_OF = (
    select(t.sessions)
    .where(_mine, t.sessions.c.expires_at > bindparam("now", type_=t.Utc()))
    .order_by(t.sessions.c.created_at.desc(), t.sessions.c.token)
)

_END = t.sessions.delete().where(_mine, t.sessions.c.token.in_(bindparam("tokens", expanding=True)))

_ADD = insert(t.sessions).on_conflict_do_nothing()


class SqlSessions:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, token: str, now: datetime) -> SignedIn | None:
        """Whose browser this is; `token` is the hash."""
        # Whose tenant it is, is what is asked; the page is read in a transaction of its own.
        await self._session.enter(EVERYBODY)
        row = await self._session.one(_FIND, token=token, now=now)
        return None if row is None else SignedIn(Reader(row.tenant_id, row.person_id), Role(row.role))

    async def of(self, reader: Reader, now: datetime) -> Sequence[Browser]:
        rows = await self._session.all(_OF, tenant=reader.tenant, person=reader.person, now=now)
        return [Browser(row.token, row.browser, row.created_at) for row in rows]

    async def end(self, reader: Reader, tokens: Collection[str]) -> None:
        values = {"tenant": reader.tenant, "person": reader.person, "tokens": list(tokens)}
        await self._session.run(_END, values)

    async def add(
        self, reader: Reader, token: str, now: datetime, expires_at: datetime, browser: str = ""
    ) -> None:
        values = {
            "token": token,
            "tenant_id": reader.tenant,
            "person_id": reader.person,
            "browser": browser,
            "created_at": now,
            "expires_at": expires_at,
        }
        await self._session.run(_ADD, values)
