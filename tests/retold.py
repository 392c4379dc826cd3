"""Stories that many tests begin with: told once through the product's doors, then put down row by row."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count

from storage.store import Rows
from tests.house import House

_kept: dict[str, tuple[Rows, House, int]] = {}


async def retold(house: House, tell: Callable[[House], Awaitable[None]]) -> House:
    """`house`, which is empty, with the story that `tell` tells; told only the first time on each database."""
    name = f"{tell.__module__}.{tell.__qualname__} {house.store.database.sqlite}"
    if name not in _kept:
        await tell(house)
        used = next(house._numbers)
        ledger = replace(house.ledger, posted=list(house.ledger.posted))
        _kept[name] = (await house.store.all_rows(), replace(house, ledger=ledger), used)
        return replace(house, _numbers=count(used))
    rows, told, used = _kept[name]
    await house.store.put_back(rows)
    ledger = replace(house.ledger, posted=list(told.ledger.posted))
    return replace(house, now=told.now, ledger=ledger, _numbers=count(used))
