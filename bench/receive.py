"""`python -m bench.receive`: what taking in one message costs, beside the same statements without us.

Both sides run in this process, in small alternating blocks, on copies of one database; they write the same
rows in the same number of commits. Nothing is asserted about time: the figures are printed, and are yours.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from adapters.wiring import load_prompts
from bench import bare
from bench.bare import Driver, Statement
from bench.places import Files, Place, Server, postgresql
from bench.record import recording
from bench.stored import ASKED, PAIRS, copy_rows, counts, live_a_week, multiply, settle, tellers
from bench.story import Kind, Teller, story
from bot.messages import Incoming
from bot.receive import receive
from bot.rows import Prompts
from storage.crypto import KeyRing
from storage.database import Database
from storage.store import SqlStore

KEYS = KeyRing.of([bytes(range(32))])
Told = list[tuple[Kind, Incoming]]
Side = Callable[[Sequence[int]], Awaitable[None]]
"""One of two sides: does the stories with these numbers, once."""


@dataclass(frozen=True)
class Size:
    """How much one run does. The throughput is measured among `pairs`; the cost with `few` and `many`."""

    pairs: int
    few: int
    many: int
    blocks: int
    scale_blocks: int


FULL = Size(pairs=325, few=100, many=100_000, blocks=16, scale_blocks=36)
QUICK = Size(pairs=200, few=100, many=5_000, blocks=6, scale_blocks=16)
WARM_UP = 2
"""How many blocks are thrown away: compiled statements, prepared statements and caches fill in them."""


@dataclass
class Timed:
    """What the blocks of one comparison took, in seconds, and how many messages a block holds."""

    messages: int
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def ratios(self) -> list[float]:
        """Their time to ours, block by block: 0.5 is half of their throughput."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]


@dataclass
class Bench:
    place: Place
    prompts: Prompts
    size: Size
    report: dict[str, Any] = field(default_factory=dict)

    async def run(self, week: str) -> None:
        """Measure on one kind of database; `week` is the one organisation that everything is copied from."""
        print(f"\n{self.place.name}")
        few = await self._filled("few", week, self.size.few)
        await self._statements(few)
        some = await self._filled("some", week, self.size.pairs)
        for connections in (1, 8, 32):
            await self._throughput(some, connections)
        self.place.dropped(some)
        await self._scale(few, await self._filled("many", week, self.size.many))

    async def _filled(self, name: str, week: str, pairs: int) -> str:
        url = self.place.copied(name, week)
        began = time.perf_counter()
        database = Database(url)
        await multiply(database, pairs // PAIRS)
        if pairs >= self.size.many:
            rows = sum((await counts(database)).values())
            print(f"  {pairs:,} pairs: {rows:,} rows, loaded in {time.perf_counter() - began:.0f} s")
        await database.close()
        return url

    # ---- one commit, and how many statements

    async def _statements(self, few: str) -> None:
        url = self.place.copied("counted", few)
        database = Database(url)
        found = await self._record(database, await tellers(database, 20))
        await database.close()
        self.place.dropped(url)
        print("  statements a message, BEGIN and COMMIT apart:")
        by_kind: dict[Kind, int] = {}
        for kind in Kind:
            seen = {len(statements) for told in found for each, statements in told if each is kind}
            by_kind[kind] = max(seen)
            print(f"    {kind:<36}{' or '.join(map(str, sorted(seen))):>3}   and 1 commit")
        self.report["statements"] = by_kind

    async def _record(
        self, database: Database, people: Sequence[Teller]
    ) -> list[list[tuple[Kind, list[Statement]]]]:
        store = SqlStore(database, KEYS)
        found = []
        with recording(database) as recorded:
            for teller in people:
                told = []
                for kind, incoming in story(teller, ASKED):
                    recorded.clear()
                    await receive(incoming, store=store, prompts=self.prompts, now=incoming.at)
                    assert (recorded.begun, recorded.committed) == (1, 1)
                    told.append((kind, recorded.statements))
                found.append(told)
        return found

    # ---- beside the bare driver

    async def _throughput(self, some: str, connections: int) -> None:
        per_block = max(5, 2 * connections)
        blocks = min(self.size.blocks, 2 * self.size.pairs // per_block - WARM_UP)
        urls = [self.place.copied(name, some) for name in ("recorded", "ours", "theirs", "direct")]
        recorded, ours, theirs = (Database(url) for url in urls[:3])
        people = await tellers(recorded, (blocks + WARM_UP) * per_block)
        stories = [list(story(teller, ASKED)) for teller in people]
        statements = await self._record(recorded, people)
        drivers = await bare.connect(urls[2], connections)
        direct: list[Driver] = [bare.Sqlite3(urls[3])] if ours.sqlite and connections == 1 else []
        sides = [self._product(ours, stories, connections), _driver(drivers, statements)]
        sides += [_driver(direct, statements)] if direct else []
        times = await _alternate(sides, blocks, per_block)
        for driver in (*drivers, *direct):
            await driver.close()
        rows = [await counts(database) for database in (recorded, ours, theirs)]
        assert rows[0] == rows[1] == rows[2], "both sides wrote the same rows"
        for database in (recorded, ours, theirs):
            await database.close()
        for url in urls:
            self.place.dropped(url)
        self._print_throughput(connections, Timed(per_block * len(Kind), times[0], times[1]), times[2:])

    def _print_throughput(self, connections: int, timed: Timed, direct: Sequence[list[float]]) -> None:
        ratios = timed.ratios()
        ours, theirs = (timed.messages / median(each) for each in (timed.ours, timed.theirs))
        if connections == 1:
            print("  messages a second, beside the same statements through the bare driver:")
            print("    connections   ours   bare   ours / bare: median (min to max of the blocks)")
        spread = f"{median(ratios):.2f}   ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} blocks)"
        print(f"    {connections:>11}{ours:>7.0f}{theirs:>7.0f}   {spread}")
        found = {
            "ours": ours,
            "bare": theirs,
            "ratio": median(ratios),
            "min": min(ratios),
            "max": max(ratios),
        }
        for times in direct:
            found["without a thread"] = timed.messages / median(times)
            print(f"    (sqlite3 without aiosqlite's thread: {found['without a thread']:.0f})")
        self.report.setdefault("throughput", {})[connections] = _rounded(found)

    def _product(self, database: Database, stories: Sequence[Told], connections: int) -> Side:
        store = SqlStore(database, KEYS)

        async def work(numbers: Iterator[int]) -> None:
            for number in numbers:
                for _, incoming in stories[number]:
                    await receive(incoming, store=store, prompts=self.prompts, now=incoming.at)

        async def side(numbers: Sequence[int]) -> None:
            rest = iter(numbers)
            await asyncio.gather(*(work(rest) for _ in range(connections)))

        return side

    # ---- with few and with many pairs stored

    async def _scale(self, few: str, many: str) -> None:
        per_block = 5
        databases = [Database(url) for url in (few, many)]
        number = (self.size.scale_blocks + WARM_UP) * per_block
        sides = []
        for database in databases:
            stories = [list(story(teller, ASKED)) for teller in await tellers(database, number)]
            sides.append(self._product(database, stories, 1))
        few_times, many_times = await _alternate(sides, self.size.scale_blocks, per_block)
        for database in databases:
            await database.close()
        timed = Timed(per_block * len(Kind), many_times, few_times)
        ratios = [1 / each for each in timed.ratios()]
        costs = {
            pairs: 1000 * median(times) / timed.messages
            for pairs, times in ((self.size.few, few_times), (self.size.many, many_times))
        }
        print("  milliseconds a message, one connection:")
        for pairs, cost in costs.items():
            print(f"    {pairs:>9,} pairs stored  {cost:6.2f}")
        print(
            f"    ratio: median {median(ratios):.2f}   ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} blocks)"
        )
        found = {f"ms with {pairs}": cost for pairs, cost in costs.items()}
        self.report["scale"] = _rounded(
            found | {"ratio": median(ratios), "min": min(ratios), "max": max(ratios)}
        )


def _driver(drivers: Sequence[Driver], stories: Sequence[list[tuple[Kind, list[Statement]]]]) -> Side:
    async def work(driver: Driver, numbers: Iterator[int]) -> None:
        for number in numbers:
            for _, statements in stories[number]:
                await driver.transact(statements)

    async def side(numbers: Sequence[int]) -> None:
        rest = iter(numbers)
        await asyncio.gather(*(work(driver, rest) for driver in drivers))

    return side


async def _alternate(sides: Sequence[Side], blocks: int, per_block: int) -> list[list[float]]:
    """Let each side do each block, taking turns at going first; what each block took, by side."""
    times: list[list[float]] = [[] for _ in sides]
    for block in range(blocks + WARM_UP):
        numbers = range(block * per_block, (block + 1) * per_block)
        order = list(enumerate(sides))
        for which, side in order if block % 2 else reversed(order):
            began = time.perf_counter()
            await side(numbers)
            if block >= WARM_UP:
                times[which].append(time.perf_counter() - began)
    return times


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(figure, 3) for name, figure in figures.items()}


async def measure(folder: Path, size: Size, wanted: Sequence[str]) -> dict[str, Any]:
    """Everything that was asked for; the report that is printed as one line at the end."""
    prompts = load_prompts()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    report: dict[str, Any] = {"machine": machine, "quick": size is QUICK}
    print(f"{machine}. Load when it began: {os.getloadavg()[0]:.1f}")
    with ExitStack() as stack:
        files = Files(folder)
        week = await files.migrated("week")
        lived = Database(week)
        store = SqlStore(lived, KEYS)
        await store.check_keys(ASKED)
        await live_a_week(store, prompts)
        await settle(lived)
        places: list[tuple[Place, str]] = []
        if "sqlite" in wanted:
            places.append((files, week))
        if "postgresql" in wanted:
            server: Server = stack.enter_context(postgresql(folder))
            report["settings"] = server.settings()
            target = Database(await server.migrated("week"))
            await copy_rows(lived, target)
            await target.close()
            places.append((server, target.url.render_as_string(hide_password=False)))
        await lived.close()
        for place, source in places:
            bench = Bench(place, prompts, size)
            await bench.run(source)
            report[place.name] = bench.report
    return report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.receive", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, with fewer pairs")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one of the two databases")
    parser.add_argument("--folder", help="where the databases are put meanwhile (a disk, not memory)")
    chosen = parser.parse_args()
    wanted = [chosen.only] if chosen.only else ["sqlite", "postgresql"]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        report = asyncio.run(measure(Path(folder), QUICK if chosen.quick else FULL, wanted))
    report["seconds"] = round(time.perf_counter() - began)
    print(f"\n{json.dumps(report)}")


if __name__ == "__main__":
    main()
