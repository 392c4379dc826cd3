"""How things stand before something is set up: programmes, people and pairs, without a word of theirs.

What is going to be changed is locked as it is read: the clock, which moves the same columns, waits meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, bindparam, case, func, select, tuple_

from bot.conversation.state import PairState
from bot.model import Account, Hours, Pair, Person, Platform, Reader, Role
from bot.rows import Listed, PairNow, PersonNow, ProgrammeNow
from storage import tables as t
from storage.conversations import has_joined
from storage.programmes import modules_of, programme_of
from storage.session import EVERYBODY, Session, across_tenants

_g, _p, _v, _r, _a, _l = (
    t.programmes.c,
    t.people.c,
    t.conversations.c,
    t.pairs.c,
    t.accounts.c,
    t.lines.c,
)

_LISTED = (
    select(_g.tenant_id, t.tenants.c.name, _g.id, _g.title)
    .select_from(t.programmes.join(t.tenants, t.tenants.c.id == _g.tenant_id))
    .order_by(t.tenants.c.name, _g.title, _g.id)
)
_PROGRAMMES = across_tenants(
    _LISTED, "whoever runs the service names a programme by its title; no words are read"
)
_PROGRAMMES_OF = _LISTED.where(_g.tenant_id == bindparam("tenant"))

_LOCK = (
    select(_g.digest_from)
    .where(_g.tenant_id == bindparam("tenant"), _g.id == bindparam("programme"))
    .with_for_update()
)

_PROMISED = (
    select(_l.module_id)
    .distinct()
    .select_from(
        t.lines.join(t.modules, and_(t.modules.c.tenant_id == _l.tenant_id, t.modules.c.id == _l.module_id))
    )
    .where(_l.tenant_id == bindparam("tenant"), t.modules.c.programme_id == bindparam("programme"))
)

_PEOPLE = (
    select(*t.people.c, has_joined(t.conversations).label("joined"))
    .select_from(
        t.people.outerjoin(t.conversations, and_(_v.tenant_id == _p.tenant_id, _v.person_id == _p.id))
    )
    .where(
        _p.tenant_id == bindparam("tenant"),
        _p.programme_id == bindparam("programme"),
        _p.role != Role.FORMER.value,
    )
    .order_by(_p.name, _p.id)
    .with_for_update(of=t.people)
)

_FORMER = select(_p.id, _p.name).where(
    _p.tenant_id == bindparam("tenant"),
    _p.programme_id == bindparam("programme"),
    _p.role == Role.FORMER.value,
)

_ACCOUNTS = (
    select(_a.platform, _a.external, _a.person_id)
    .select_from(t.accounts.join(t.people, and_(_p.tenant_id == _a.tenant_id, _p.id == _a.person_id)))
    .where(_a.tenant_id == bindparam("tenant"), _p.programme_id == bindparam("programme"))
)

_HOLDERS = across_tenants(
    select(_a.platform, _a.external, _a.tenant_id, _a.person_id).where(
        tuple_(_a.platform, _a.external).in_(bindparam("accounts", expanding=True))
    ),
    "an account is one person's in any organisation; no words are read",
)

_PAIRS = (
    select(t.pairs)
    .where(_r.tenant_id == bindparam("tenant"), _r.programme_id == bindparam("programme"))
    .order_by(_r.id)
    .with_for_update()
)

_LAST = (
    select(
        t.rounds.c.pair_id,
        func.max(t.rounds.c.opens_at).label("opens_at"),
        func.max(case((t.rounds.c.closing.is_(True), t.rounds.c.opens_at))).label("closed_at"),
    )
    .where(t.rounds.c.tenant_id == bindparam("tenant"), t.rounds.c.programme_id == bindparam("programme"))
    .group_by(t.rounds.c.pair_id)
)


async def programmes(session: Session, tenant: str | None) -> Sequence[Listed]:
    await session.enter(tenant or EVERYBODY)
    rows = await (session.all(_PROGRAMMES_OF, tenant=tenant) if tenant else session.all(_PROGRAMMES))
    return [Listed(row.tenant_id, row.name, row.id, row.title) for row in rows]


async def programme_now(session: Session, tenant: str, programme: str) -> ProgrammeNow | None:
    await session.enter(tenant)
    row = await session.one(_LOCK, tenant=tenant, programme=programme)
    if row is None:
        return None
    found = await programme_of(session, tenant, programme)
    modules = await modules_of(session, tenant, programme)
    promised = await session.all(_PROMISED, tenant=tenant, programme=programme)
    return ProgrammeNow(found, modules, frozenset(row[0] for row in promised), row.digest_from)


async def people_now(session: Session, tenant: str, programme: str) -> Sequence[PersonNow]:
    await session.enter(tenant)
    accounts: dict[str, dict[Platform, str]] = defaultdict(dict)
    for row in await session.all(_ACCOUNTS, tenant=tenant, programme=programme):
        accounts[row.person_id][Platform(row.platform)] = row.external
    found = []
    for row in await session.all(_PEOPLE, tenant=tenant, programme=programme):
        role, hours = Role(row.role), Hours(row.zone, row.hours_start, row.hours_end)
        person = Person(tenant, row.id, programme, role, row.name, hours)
        joined = role is not Role.MEMBER or bool(row.joined)
        found.append(PersonNow(person, row.email or "", accounts[row.id], joined))
    return found


async def former(session: Session, tenant: str, programme: str) -> Mapping[str, str]:
    await session.enter(tenant)
    return {row.id: row.name for row in await session.all(_FORMER, tenant=tenant, programme=programme)}


async def pairs_now(session: Session, tenant: str, programme: str) -> Sequence[PairNow]:
    await session.enter(tenant)
    rows = await session.all(_PAIRS, tenant=tenant, programme=programme)
    # Read after the lock: a round that was just being planned is among them.
    last = {row.pair_id: row for row in await session.all(_LAST, tenant=tenant, programme=programme)}
    return [
        PairNow(
            Pair(tenant, row.id, programme, row.one_id, row.two_id, PairState(row.state)),
            row.plan_at,
            last[row.id].opens_at if row.id in last else None,
            last[row.id].closed_at if row.id in last else None,
        )
        for row in rows
    ]


async def holders(session: Session, accounts: Collection[Account]) -> Mapping[Account, Reader]:
    if not accounts:
        return {}
    asked = [(account.platform.value, account.external) for account in accounts]
    rows = await session.all(_HOLDERS, accounts=asked)
    return {
        Account(Platform(row.platform), row.external): Reader(row.tenant_id, row.person_id) for row in rows
    }
