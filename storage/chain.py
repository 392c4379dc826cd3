"""Reading the audit: whether each tenant's chain holds, and where it breaks if it does not; and what it says.

What this cannot see is entries that are missing from the end: those are only missed by whoever has noted the newest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from bot.audit import Did, Of
from storage import tables as t
from storage.audit import anchor_of, hash_of
from storage.crypto import KeyFault, KeyRing
from storage.session import EVERYBODY, Session, across_tenants

_a, _p = t.audit.c, t.people.c
BATCH = 1000
"""How many entries are read at once."""
LOWEST = -(2**31)
"""No entry has a number as low as this, not even one that somebody put there."""

_TENANTS = select(t.tenants.c.id, t.tenants.c.name).order_by(t.tenants.c.name, t.tenants.c.id)
_NEXT = (
    select(t.audit)
    .where(_a.tenant_id == bindparam("tenant"), _a.seq > bindparam("after"))
    .order_by(_a.seq)
    .limit(BATCH)
)
_ORPHANS = across_tenants(
    select(_a.tenant_id).where(~_a.tenant_id.in_(select(t.tenants.c.id))).distinct(),
    "a chain whose organisation is gone is looked at as well",
)
_ANCHORS = select(_a.about).where(
    _a.tenant_id == bindparam("tenant"), _a.did == Did.FORGOT.value, _a.kind == Of.ENTRIES.value
)

_PEOPLE = select(_p.id).where(_p.tenant_id == bindparam("tenant"), _p.programme_id == bindparam("programme"))
_OF_PROGRAMME = (
    select(_a.seq, _a.at, _a.who, _a.did, _a.kind, _a.about)
    .where(
        _a.tenant_id == bindparam("tenant"),
        or_(
            _a.who.in_(_PEOPLE),
            and_(_a.kind == Of.PERSON.value, _a.about.in_(_PEOPLE)),
            and_(_a.kind == Of.PROGRAMME.value, _a.about == bindparam("programme")),
            _a.kind == Of.ENTRIES.value,
        ),
    )
    .order_by(_a.seq)
)
_NAMES = select(_p.id, _p.name).where(
    _p.tenant_id == bindparam("tenant"), _p.programme_id == bindparam("programme")
)
_d, _l = t.digests.c, t.lines.c
_WEEKS = select(_d.id, _d.from_at, _d.to_at).where(
    _d.tenant_id == bindparam("tenant"), _d.programme_id == bindparam("programme")
)
_LINES = (
    select(_l.id, _l.digest_id)
    .join(t.digests, and_(_d.tenant_id == _l.tenant_id, _d.id == _l.digest_id))
    .where(
        _l.tenant_id == bindparam("tenant"),
        _d.tenant_id == bindparam("tenant"),
        _d.programme_id == bindparam("programme"),
        or_(_l.taken_at.is_not(None), _l.replied_at.is_not(None)),
    )
)


@dataclass(frozen=True, slots=True)
class Chain:
    """The audit of one tenant. `fault` says where it breaks, and is empty if it holds; `number` is the newest's."""

    organisation: str
    entries: int
    newest: str
    newest_at: datetime | None
    fault: str = ""
    number: int = 0


async def chains(session: Session) -> Sequence[Chain]:
    """Every tenant's chain, verified from its first entry to its newest."""
    await session.enter(EVERYBODY)
    tenants = [(row.id, row.name) for row in await session.all(_TENANTS)]
    tenants += [(row.tenant_id, "an organisation that is gone") for row in await session.all(_ORPHANS)]
    return [await _chain(session, tenant, name) for tenant, name in tenants]


async def _chain(session: Session, tenant: str, name: str) -> Chain:
    anchors = {row.about for row in await session.all(_ANCHORS, tenant=tenant)}
    last: dict[str, Any] | None = None
    count, fault = 0, ""
    while rows := await session.all(_NEXT, tenant=tenant, after=last["seq"] if last else LOWEST):
        for row in rows:
            entry = dict(row._mapping)
            fault = fault or _fault(entry, last, anchors, session.keys)
            count, last = count + 1, entry
    if last is None:
        return Chain(name, 0, "", None)
    return Chain(name, count, last["hash"], last["at"], fault, last["seq"])


def _fault(row: Mapping[str, Any], last: Mapping[str, Any] | None, anchors: set[str], keys: KeyRing) -> str:
    """What is wrong with one entry, as it stands after the `last` one."""
    seq = row["seq"]
    if last is not None and seq != last["seq"] + 1:
        first, until = last["seq"] + 1, seq - 1
        return f"Entry {first} is missing." if first == until else f"Entries {first} to {until} are missing."
    if (
        last is None
        and not (seq == 1 and not row["before"])
        and anchor_of(seq - 1, row["before"]) not in anchors
    ):
        return f"What came before entry {seq} is missing, and no entry says that it was removed for its age."
    if last is not None and row["before"] != last["hash"]:
        return f"Entry {seq} does not follow from the one before it."
    if row["hash"] != hash_of(row):
        return f"Entry {seq} is not as it was written."
    try:
        written = keys.is_stamped(row["key"], row["hash"], row["stamp"])
    except KeyFault:
        return f"Entry {seq} was stamped with the key {row['key']}, which ALONGSIDE_KEYS does not name."
    return "" if written else f"Entry {seq} was not written by Alongside."


@dataclass(frozen=True, slots=True)
class Told:
    """The entries of one programme, and what the ids in them are called, as long as those are there."""

    entries: Sequence[Any]
    names: Mapping[str, str]
    weeks: Mapping[str, tuple[datetime, datetime]]
    lines: Mapping[str, str]


async def told(session: Session, tenant: str, programme: str) -> Told:
    """What has been noted of a programme, the oldest first."""
    asked = {"tenant": tenant, "programme": programme}
    return Told(
        await session.all(_OF_PROGRAMME, **asked),
        {row.id: row.name for row in await session.all(_NAMES, **asked)},
        {row.id: (row.from_at, row.to_at) for row in await session.all(_WEEKS, **asked)},
        {row.id: row.digest_id for row in await session.all(_LINES, **asked)},
    )
