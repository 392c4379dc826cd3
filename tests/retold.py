"""Stories that many tests begin with: told once through the product's doors, then put down row by row."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import Any

from sqlalchemy import func, select, text

from storage import tables as t
from storage.store import SqlStore
from tests.databases import everything
from tests.house import House

Rows = dict[str, list[dict[str, Any]]]

_kept: dict[str, tuple[Rows, House, int]] = {}


async def retold(house: House, tell: Callable[[House], Awaitable[None]]) -> House:
    """`house`, which is empty, with the story that `tell` tells; told only the first time on each database."""
    name = f"{tell.__module__}.{tell.__qualname__} {house.store.database.sqlite}"
    if name not in _kept:
        await tell(house)
        used = next(house._numbers)
        ledger = replace(house.ledger, posted=list(house.ledger.posted))
        _kept[name] = (await _rows(house.store), replace(house, ledger=ledger), used)
        return replace(house, _numbers=count(used))
    rows, told, used = _kept[name]
    await _put(house.store, rows)
    ledger = replace(house.ledger, posted=list(told.ledger.posted))
    return replace(house, now=told.now, ledger=ledger, _numbers=count(used))


async def _rows(store: SqlStore) -> Rows:
    async with everything(store.database) as connection:
        return {
            table.name: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in t.metadata.sorted_tables
            if table is not t.keys
        }


async def _put(store: SqlStore, rows: Rows) -> None:
    async with everything(store.database) as connection:
        for name, each in rows.items():
            if each:
                await connection.execute(t.metadata.tables[name].insert(), each)
        if not store.database.sqlite:
            latest = (await connection.execute(select(func.max(t.outbox.c.seq)))).scalar() or 1
            await connection.execute(
                text("SELECT setval(pg_get_serial_sequence('outbox', 'seq'), :latest)"), {"latest": latest}
            )
