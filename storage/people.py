"""A person's own settings: consents, the words they use for themselves, what they have half written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, func, or_, select

from bot.errors import Unknown
from bot.ids import derive
from bot.model import Account, Consent, Hours, Person, Platform, Programme, Reader, Role
from storage import tables as t
from storage.audit import END, SqlAudit
from storage.programmes import hours_of, programme_of
from storage.session import EVERYBODY, Session, across_tenants, insert

_WITH_HOLIDAYS = select(*t.people.c, t.programmes.c.holidays).select_from(
    t.people.join(
        t.programmes,
        and_(t.programmes.c.tenant_id == t.people.c.tenant_id, t.programmes.c.id == t.people.c.programme_id),
    )
)

_GET = _WITH_HOLIDAYS.where(t.people.c.tenant_id == bindparam("tenant"), t.people.c.id == bindparam("person"))

_AT = across_tenants(
    select(t.accounts.c.tenant_id, t.accounts.c.person_id).where(
        t.accounts.c.platform == bindparam("platform"), t.accounts.c.external == bindparam("external")
    ),
    "finds out which tenant an account belongs to",
)

_ACCOUNT = (
    select(t.accounts.c.platform, t.accounts.c.external)
    .where(
        t.accounts.c.tenant_id == bindparam("tenant"),
        t.accounts.c.person_id == bindparam("person"),
        t.accounts.c.platform.in_(bindparam("platforms", expanding=True)),
    )
    .order_by(t.accounts.c.platform)
    .limit(1)
)

_ADDRESS = select(t.people.c.email, t.people.c.notices).where(
    t.people.c.tenant_id == bindparam("tenant"),
    t.people.c.id == bindparam("person"),
    t.people.c.email.is_not(None),
)

_KNOWN_BY = across_tenants(
    select(t.people.c.tenant_id, t.people.c.id)
    .where(func.lower(t.people.c.email) == bindparam("address"))
    .order_by(t.people.c.tenant_id, t.people.c.id),
    "somebody who has lost their way in says only their address",
)

_o, _later = t.outbox.c, t.outbox.alias("later")
_UNREACHED = (
    select(t.people.c.name)
    .join(t.outbox, and_(_o.tenant_id == t.people.c.tenant_id, _o.person_id == t.people.c.id))
    .where(
        t.people.c.tenant_id == bindparam("tenant"),
        t.people.c.programme_id == bindparam("programme"),
        _o.tenant_id == bindparam("tenant"),
        _o.by_mail.is_(True),
        _o.state == "dead",
        ~exists().where(
            _later.c.tenant_id == _o.tenant_id,
            _later.c.person_id == _o.person_id,
            _later.c.by_mail.is_(True),
            _later.c.state == "sent",
            _later.c.seq > _o.seq,
        ),
    )
    .distinct()
    .order_by(t.people.c.name)
)

_KEEP_HOURS = (
    t.people.update()
    .where(t.people.c.tenant_id == bindparam("tenant"), t.people.c.id == bindparam("person"))
    .values(own_zone=bindparam("their_zone"), own_start=bindparam("from"), own_end=bindparam("until"))
)

_TAKE_NOTICES = (
    t.people.update()
    .where(t.people.c.tenant_id == bindparam("tenant"), t.people.c.id == bindparam("person"))
    .values(notices=bindparam("taken"))
)

_NAMES = select(t.people.c.name).where(
    t.people.c.tenant_id == bindparam("tenant"), t.people.c.programme_id == bindparam("programme")
)

_CONSENT = t.consents.insert().returning(*END)

_WITHDRAW = (
    t.consents.update()
    .where(
        t.consents.c.tenant_id == bindparam("tenant"),
        t.consents.c.person_id == bindparam("person"),
        t.consents.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("now", type_=t.Utc()))
    .returning(t.consents.c.version, *END)
)

_CONSENTS = (
    select(t.consents.c.version, t.consents.c.wording, t.consents.c.given_at, t.consents.c.withdrawn_at)
    .where(t.consents.c.tenant_id == bindparam("tenant"), t.consents.c.person_id == bindparam("person"))
    .order_by(t.consents.c.given_at)
)

_AGREED = select(t.conversations.c.person_id).where(
    t.conversations.c.tenant_id == bindparam("tenant"),
    t.conversations.c.person_id == bindparam("person"),
    t.conversations.c.agreed_at.is_not(None),
)

_draft = insert(t.drafts)
_KEEP_DRAFT = _draft.on_conflict_do_update(
    index_elements=["tenant_id", "person_id", "box"],
    set_={name: _draft.excluded[name] for name in ("words_id", "at")},
)


_FIND = across_tenants(
    _WITH_HOLIDAYS.where(
        t.people.c.role != Role.FORMER.value,
        or_(
            t.people.c.id == bindparam("called"),
            func.lower(t.people.c.email) == func.lower(bindparam("called")),
            func.lower(t.people.c.name) == func.lower(bindparam("called")),
        ),
        # Whoever was erased has no name any more: there is nobody to sign in, to send anything to, or to erase.
        t.people.c.name != "",
    ).order_by(t.people.c.tenant_id, t.people.c.id),
    "whoever runs the service looks for somebody in any organisation",
)


def _person(session: Session, row: Row[Any]) -> Person:
    hours = hours_of(session, row, row.holidays)
    return Person(row.tenant_id, row.id, row.programme_id, Role(row.role), row.name, hours)


class SqlPeople:
    def __init__(self, session: Session, audit: SqlAudit) -> None:
        self._session = session
        self._audit = audit

    async def get(self, reader: Reader) -> Person:
        row = await self._session.one(_GET, tenant=reader.tenant, person=reader.person)
        if row is None:
            raise Unknown("There is nobody by that name.")
        return _person(self._session, row)

    async def find(self, called: str) -> Sequence[Person]:
        await self._session.enter(EVERYBODY)
        return [_person(self._session, row) for row in await self._session.all(_FIND, called=called.strip())]

    async def programme(self, tenant: str, programme: str) -> Programme:
        return await programme_of(self._session, tenant, programme)

    async def at(self, account: Account) -> Reader | None:
        row = await self._session.one(_AT, platform=account.platform.value, external=account.external)
        return None if row is None else Reader(row.tenant_id, row.person_id)

    async def account(self, reader: Reader, platforms: Collection[Platform]) -> Account | None:
        asked = {"platforms": [each.value for each in platforms]}
        row = await self._session.one(_ACCOUNT, tenant=reader.tenant, person=reader.person, **asked)
        return None if row is None else Account(Platform(row.platform), row.external)

    async def address(self, reader: Reader, *, notices: bool) -> Account | None:
        row = await self._session.one(_ADDRESS, tenant=reader.tenant, person=reader.person)
        return None if row is None or (notices and not row.notices) else Account(Platform.MAIL, row.email)

    async def known_by(self, address: str) -> Sequence[Reader]:
        await self._session.enter(EVERYBODY)
        rows = await self._session.all(_KNOWN_BY, address=address.strip().lower())
        return [Reader(row.tenant_id, row.id) for row in rows]

    async def unreached(self, tenant: str, programme: str) -> Sequence[str]:
        rows = await self._session.all(_UNREACHED, tenant=tenant, programme=programme)
        return [row.name for row in rows]

    async def take_notices(self, reader: Reader, *, on: bool) -> None:
        values = {"tenant": reader.tenant, "person": reader.person, "taken": on}
        await self._session.run(_TAKE_NOTICES, values)

    async def keep_hours(self, reader: Reader, hours: Hours) -> None:
        values = {"their_zone": hours.zone, "from": hours.start, "until": hours.end}
        await self._session.run(_KEEP_HOURS, {"tenant": reader.tenant, "person": reader.person, **values})

    async def names(self, tenant: str, programme: str) -> frozenset[str]:
        rows = await self._session.all(_NAMES, tenant=tenant, programme=programme)
        return frozenset(piece for row in rows for piece in (row.name, *row.name.split()) if len(piece) > 1)

    async def consent(self, reader: Reader, version: str, wording: str, cause: str, now: datetime) -> None:
        values = {
            "tenant_id": reader.tenant,
            "id": derive(reader.person, "consent", version, cause),
            "person_id": reader.person,
            "version": version,
            "wording": wording,
            "given_at": now,
        }
        row = await self._session.one(_CONSENT, **values, of_tenant=reader.tenant)
        # What is noted next follows from there: found in the same statement, agreeing costs no more than any message.
        self._audit.ends_at(reader.tenant, row)

    async def withdraw(self, reader: Reader, now: datetime) -> Sequence[str]:
        who = {"tenant": reader.tenant, "person": reader.person, "of_tenant": reader.tenant}
        rows = await self._session.all(_WITHDRAW, **who, now=now)
        for row in rows:
            self._audit.ends_at(reader.tenant, row)
        return [row.version for row in rows]

    async def consents(self, reader: Reader) -> Sequence[Consent]:
        rows = await self._session.all(_CONSENTS, tenant=reader.tenant, person=reader.person)
        return [Consent(row.version, row.wording, row.given_at, row.withdrawn_at) for row in rows]

    async def call_me(self, reader: Reader, text: str, now: datetime) -> None:
        row = derive(reader.person, "words for me")
        mine = t.people.update().where(t.people.c.tenant_id == reader.tenant, t.people.c.id == reader.person)
        if not text:
            await self._session.run(mine.values(words_id=None))
            await self._session.forget_words(reader.tenant, [row])
            return
        await self._session.keep_words(reader.tenant, row, reader.person, text, now)
        await self._session.run(mine.values(words_id=row))

    async def keep_draft(self, reader: Reader, box: str, text: str, now: datetime) -> None:
        row = derive(reader.person, "draft", box)
        await self._session.enter(reader.tenant)
        if not text:
            draft = t.drafts.delete().where(
                t.drafts.c.tenant_id == reader.tenant,
                t.drafts.c.person_id == reader.person,
                t.drafts.c.box == box,
            )
            if await self._session.count(draft):
                await self._session.forget_words(reader.tenant, [row])
            return
        if not await self._session.one(_AGREED, tenant=reader.tenant, person=reader.person):
            # Nothing is kept before somebody has agreed, whichever door it came through.
            return
        await self._session.keep_words(reader.tenant, row, reader.person, text, now)
        of = {"tenant_id": reader.tenant, "person_id": reader.person, "box": box}
        await self._session.run(_KEEP_DRAFT, {**of, "words_id": row, "at": now})
