"""`python -m bench.sending`: how much goes out in a second to a platform that takes 50 ms for each message.

Three ways do the same in small alternating blocks: a plain loop that only asks the platform, one message after
another; our delivery with one hand for everybody, as it was before there were lanes; and with a hand for each lane. The
platform is a pause in this process, so what is measured is our own part. Nothing is asserted about time: the figures
are printed, and are yours.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from adapters.wiring import load_prompts
from bench.places import Files, Place, postgresql
from bot.ids import derive
from bot.lanes import Lanes, due_lanes, serve, settle_all
from bot.messages import Card, CardKind, Outgoing
from bot.model import Account, Person, Platform, Reader, Role, Tenant
from bot.ports import Poster
from bot.rows import Prompts, ToSend
from storage.crypto import KeyRing
from storage.database import Database
from storage.store import SqlStore
from tests.cast import DAYTIME, MONDAY, programme

KEYS = KeyRing.of([bytes(range(32))])
TAKES = 0.05
PEOPLE = 50
"""Everybody gets one message in each block."""
WARM_UP = 1
ONE, SIDE_BY_SIDE, PLAIN = "one hand for everybody", "a hand for each lane", "a plain loop"


@dataclass
class Slow:
    """A platform that takes its time for each message, and any number of them at once."""

    posted: list[str] = field(default_factory=list)

    async def post(self, outgoing: Outgoing) -> str:
        await asyncio.sleep(TAKES)
        self.posted.append(outgoing.id)
        return f"{outgoing.account.external}:{len(self.posted)}"


@dataclass
class Bench:
    store: SqlStore
    prompts: Prompts
    lanes: int
    slow: Slow = field(default_factory=Slow)

    @property
    def readers(self) -> list[Reader]:
        return [Reader(derive("bench"), derive("bench", str(number))) for number in range(PEOPLE)]

    def account(self, number: int) -> Account:
        return Account(Platform.SLACK, f"T{number % self.lanes}:U{number}")

    async def people(self) -> None:
        """As many people as a block has messages, in so many workspaces."""
        found = programme("bench", "bench")
        async with self.store.write() as tx:
            await tx.setup.tenant(Tenant(found.tenant, "Bench"))
            await tx.setup.programme(found, MONDAY, MONDAY)
            for number, reader in enumerate(self.readers):
                person = Person(
                    reader.tenant, reader.person, found.id, Role.FACILITATOR, f"P{number}", DAYTIME
                )
                await tx.setup.person(person, self.account(number))

    async def measure(self, blocks: int) -> dict[str, list[float]]:
        """What each block took, by the way it was done."""
        ways: dict[str, Callable[[], Awaitable[None]]] = {
            PLAIN: self._plain,
            ONE: self._one,
            SIDE_BY_SIDE: self._side_by_side,
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for block in range(blocks + WARM_UP):
            names = list(ways) if block % 2 else list(reversed(ways))
            for name in names:
                if name is not PLAIN:
                    await self._enqueue(f"{name} {block}")
                self.slow.posted.clear()
                began = time.perf_counter()
                await ways[name]()
                if block >= WARM_UP:
                    times[name].append(time.perf_counter() - began)
                assert len(set(self.slow.posted)) == len(self.slow.posted) == PEOPLE
        return times

    async def _enqueue(self, cause: str) -> None:
        rows = [
            ToSend(to, derive(to.person, cause), CardKind.DIGEST, derive("page"), False, MONDAY)
            for to in self.readers
        ]
        async with self.store.write() as tx:
            await tx.people.get(rows[0].to)
            await tx.outbox.enqueue(rows)

    async def _plain(self) -> None:
        for number, to in enumerate(self.readers):
            card = Card(CardKind.DIGEST, ())
            await self.slow.post(Outgoing(str(number), to, self.account(number), card))

    async def _one(self) -> None:
        """As it was: whoever is slow keeps everybody waiting."""
        lanes = Lanes()
        for lane in await due_lanes(self.store, self._posters, MONDAY, lanes):
            await serve(self.store, self._posters, self.prompts, lambda: MONDAY, lanes, lane)

    async def _side_by_side(self) -> None:
        await settle_all(self.store, self._posters, self.prompts, lambda: MONDAY)

    @property
    def _posters(self) -> dict[Platform, Poster]:
        return {Platform.SLACK: self.slow}


def told(lanes: int, times: dict[str, list[float]]) -> dict[str, Any]:
    """Print one comparison; the same as figures."""
    print(f"  {lanes} lane{'' if lanes == 1 else 's'}: messages a second, and beside a plain loop")
    found: dict[str, Any] = {}
    for way, took in times.items():
        ratios = [plain / mine for plain, mine in zip(times[PLAIN], took, strict=True)]
        rate = PEOPLE / median(took)
        print(f"    {way:<24}{rate:>7.1f}   {median(ratios):.2f}   ({min(ratios):.2f} to {max(ratios):.2f})")
        found[way] = {"a second": round(rate, 1), "ratio": round(median(ratios), 2)}
    return found


async def compare(place: Place, prompts: Prompts, blocks: int) -> dict[str, Any]:
    print(f"\n{place.name}")
    report: dict[str, Any] = {}
    for lanes in (1, 10):
        url = await place.migrated(f"sending_{lanes}")
        store = SqlStore(Database(url), KEYS)
        await store.check_keys(MONDAY)
        bench = Bench(store, prompts, lanes)
        await bench.people()
        report[f"{lanes} lanes"] = told(lanes, await bench.measure(blocks))
        await store.database.close()
    return report


def run(folder: Path, blocks: int, wanted: Sequence[str]) -> dict[str, Any]:
    prompts = load_prompts()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    print(f"{machine}. Load when it began: {os.getloadavg()[0]:.1f}")
    report: dict[str, Any] = {"machine": machine, "blocks": blocks}
    with ExitStack() as stack:
        places: list[Place] = []
        if "sqlite" in wanted:
            places.append(Files(folder))
        if "postgresql" in wanted:
            places.append(stack.enter_context(postgresql(folder)))
        for place in places:
            report[place.name] = asyncio.run(compare(place, prompts, blocks))
    return report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sending", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer blocks")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one of the two databases")
    parser.add_argument("--folder", help="where the databases are put meanwhile (a disk, not memory)")
    chosen = parser.parse_args()
    wanted = [chosen.only] if chosen.only else ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        report = run(Path(folder), 2 if chosen.quick else 8, wanted)
    print(f"\n{json.dumps(report)}")


if __name__ == "__main__":
    main()
