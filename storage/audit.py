"""The audit: one chain of entries for each tenant, written in the transaction of what they record.

Each entry carries the hash of the one before, so none can be changed, taken out or put in between unnoticed; and a
stamp that only whoever holds a key of the ring can make, so that nobody can write the chain anew with the database
alone. Hashes outlive keys: rotating them stamps anew and changes no hash that somebody has written down.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from bot.audit import SERVICE, Did, Entry, Of
from storage import tables as t
from storage.session import Session, insert

_a = t.audit.c
HIGHEST = 2**31 - 1

_newest = select(_a.seq, _a.hash).order_by(_a.seq.desc()).limit(1)
_LATEST = _newest.where(_a.tenant_id == bindparam("tenant"))
_end = _newest.where(_a.tenant_id == bindparam("of_tenant"))

END = [_end.with_only_columns(each).scalar_subquery().label(each.name) for each in (_a.seq, _a.hash)]
"""Where a tenant's chain ends, for a statement that writes something and can say that on the way."""

# Whoever comes second to a place waits until the first has committed, and then finds it taken.
_ADD = insert(t.audit).on_conflict_do_nothing(index_elements=["tenant_id", "seq"])

_NOTED = (
    select(_a.seq)
    .where(
        _a.tenant_id == bindparam("tenant"),
        _a.about == bindparam("about"),
        _a.who == bindparam("who"),
        _a.did == bindparam("did"),
        _a.at >= bindparam("since"),
    )
    .limit(1)
)

# The clocks of two machines differ: an entry goes only with all that come before it.
_b = t.audit.alias("younger").c
_FIRST_KEPT = select(func.min(_b.seq)).where(_b.tenant_id == bindparam("tenant"), _b.at >= bindparam("until"))
_LAST_BEFORE = _LATEST.where(_a.seq < func.coalesce(_FIRST_KEPT.scalar_subquery(), HIGHEST))

_FORGET = t.audit.delete().where(_a.tenant_id == bindparam("tenant"), _a.seq <= bindparam("last"))


class SqlAudit:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._noted: list[Entry] = []
        self._ends: dict[str, tuple[int, str]] = {}

    def note(self, entry: Entry) -> None:
        self._noted.append(entry)

    async def noted(self, entry: Entry, since: datetime) -> bool:
        same = {"tenant": entry.tenant, "about": entry.id, "who": entry.who, "did": entry.did.value}
        return await self._session.one(_NOTED, **same, since=since) is not None

    def ends_at(self, tenant: str, row: Row[Any] | None) -> None:
        """Where the chain ended just now, if whoever asked has found that on the way."""
        self._ends[tenant] = (row.seq or 0, row.hash or "") if row is not None else (0, "")

    async def append(self) -> None:
        """Write what was noted in this transaction to the end of its chain."""
        entries, self._noted = self._noted, []
        # Always in the same order: two that each wait for the other would wait for ever.
        for entry in sorted(entries, key=lambda each: each.tenant):
            await self._add(entry)

    async def _add(self, entry: Entry) -> None:
        end = self._ends.get(entry.tenant)
        while True:
            if end is None:
                self.ends_at(entry.tenant, await self._session.one(_LATEST, tenant=entry.tenant))
                end = self._ends[entry.tenant]
            row = self._row(entry, *end)
            if await self._session.count(_ADD, **row):
                self._ends[entry.tenant] = (row["seq"], row["hash"])
                return
            # Somebody else was first: ours follows from theirs.
            end = None

    def _row(self, entry: Entry, last: int, before: str) -> dict[str, Any]:
        row = {"tenant_id": entry.tenant, "seq": last + 1, "at": entry.at, "who": entry.who}
        row |= {"did": entry.did.value, "kind": entry.of.value, "about": entry.id, "before": before}
        hash, keys = hash_of(row), self._session.keys
        return {**row, "hash": hash, "key": keys.current, "stamp": keys.stamp(hash)}

    async def forget(self, tenant: str, until: datetime, now: datetime) -> int:
        """Remove the entries from before `until`, and note that, so that the chain still holds; how many those were."""
        found = await self._session.one(_LAST_BEFORE, tenant=tenant, until=until)
        if found is None:
            return 0
        anchor = anchor_of(found.seq, found.hash)
        # Written first: the entry that says so follows from the last one that there was.
        self.note(Entry(tenant, now, SERVICE, Did.FORGOT, Of.ENTRIES, anchor))
        await self.append()
        return await self._session.count(_FORGET, tenant=tenant, last=found.seq)


def anchor_of(seq: int, hash: str) -> str:
    """What names the last of the entries that were removed: the first one that is left follows from it."""
    return f"{seq} {hash}"


def hash_of(row: Mapping[str, Any]) -> str:
    """The hash of an entry: of everything that it says, its place, and the hash of the one before."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    said = [
        row["tenant_id"],
        row["seq"],
        at,
        *(row[name] for name in ("who", "did", "kind", "about", "before")),
    ]
    return sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
