"""`python -m bench.slack`: what a message in Slack costs, beside the stock library, and what a crash loses.

The same signed events, over HTTP, to processes that differ in nothing else: Bolt that answers nothing, Bolt that says
something back (a session each time, as it comes; or one session), and Alongside, which keeps words and says
something back when it has something to say. Two kinds of message are sent to Alongside: words of an answer, which it
encrypts and keeps, and “help”, which it answers with a card. The order of the rows changes from block to block.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import aiohttp
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import update

from adapters.wiring import load_prompts
from bench.places import Files
from bench.slack_servers import KEYS, PATH, SECRET, TEAM, Which
from bench.stored import ASKED, live_a_week, settle, tellers
from bot.model import Platform, Reader
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.databases import everything

PEOPLE = 50
CONNECTIONS = (1, 32, 128)
RATE, OPEN_SECONDS = 20, 15
"""Events a second, and for how long, where the sender does not wait for answers."""
TRIES = 300
"""How often an event is sent that nobody acknowledges, ten times a second."""
SIGN = SignatureVerifier(SECRET)
HELP = "help"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a server and what is sent to it."""

    name: str
    which: Which
    text: Callable[[int], str]


ROWS = (
    *(Row(str(which), which, lambda n: f"word {n}") for which in (Which.ACK, Which.SAY, Which.SHARED)),
    Row("Alongside, words of an answer", Which.ALONGSIDE, lambda n: f"This is word {n}, of many."),
    Row("Alongside, “help” and its card", Which.ALONGSIDE, lambda _: HELP),
)


@dataclass(frozen=True, slots=True)
class Running:
    pid: int
    port: int
    process: "subprocess.Popen[str]" = field(repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(*arguments: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.slack_servers", *arguments],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return Running(**json.loads(process.stdout.readline()), process=process)


@dataclass
class Slack:
    """The sending side: signed events from `people`, one after the other."""

    people: Sequence[str]
    http: aiohttp.ClientSession
    acknowledged: set[int] = field(default_factory=set)
    took: list[float] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def send(self, server: Callable[[], Running], row: Row, number: int) -> bool:
        """Send one event; whether it was acknowledged."""
        user = self.people[number % len(self.people)]
        event = {
            "type": "message",
            "channel_type": "im",
            "channel": f"D{user}",
            "user": user,
            "text": row.text(number),
            "ts": f"{ASKED.timestamp():.0f}.{number:06}",
        }
        about = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{number}", "event": event}
        body, now = json.dumps(about), str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": SIGN.generate_signature(timestamp=now, body=body) or "",
        }
        began = time.perf_counter()
        try:
            async with self.http.post(server().address + PATH, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    return False
        except aiohttp.ClientError:
            return False
        self.took.append(time.perf_counter() - began)
        self.acknowledged.add(number)
        return True


@dataclass
class Stage:
    """One server with its far side and its own database, where it has one."""

    row: Row
    folder: Path
    source: str
    people: Sequence[str]
    _numbers: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[tuple["Play", Slack]]:
        database = Files(self.folder).copied(f"play-{id(self)}-{next(self._numbers)}", self.source)
        play = Play(self.row, database)
        play.begin()
        try:
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as http:
                yield play, Slack(self.people, http)
        finally:
            play.end()


class Play:
    """The processes of one block."""

    def __init__(self, row: Row, database: str) -> None:
        self.row, self.database = row, database
        self.far = start("far side")
        self.server: Running

    def begin(self) -> None:
        api = f"{self.far.address}/api/"
        more = [self.database, ASKED.isoformat()] if self.row.which is Which.ALONGSIDE else []
        self.server = start(self.row.which, api, *more)

    def end(self) -> None:
        self.server.end()
        self.far.end()

    async def cpu(self, http: aiohttp.ClientSession) -> float:
        async with http.get(f"{self.server.address}/cpu") as answer:
            return float(await answer.text())

    async def posted(self, http: aiohttp.ClientSession) -> list[list[str]]:
        async with http.get(f"{self.far.address}/posted") as answer:
            found: list[list[str]] = await answer.json()
            return found

    async def quiet(self, http: aiohttp.ClientSession) -> None:
        """Wait until nothing more is said."""
        before = -1
        while (now := len(await self.posted(http))) != before:
            before = now
            await asyncio.sleep(1.5)


# ---- how fast


async def closed_loop(stage: Stage, connections: int, events: int) -> dict[str, float]:
    """Each of `connections` sends its next event as soon as the last one was acknowledged."""
    async with stage.playing() as (play, slack):
        # The first ones find everybody's conversation, and open the connections.
        warm = [next(slack.numbers) for _ in range(2 * len(slack.people))]
        await asyncio.gather(*(slack.send(lambda: play.server, stage.row, number) for number in warm))
        await play.quiet(slack.http)
        slack.took.clear()
        used, began = await play.cpu(slack.http), time.perf_counter()
        left = iter(range(events))

        async def sender() -> None:
            for _ in left:
                assert await slack.send(lambda: play.server, stage.row, next(slack.numbers))

        await asyncio.gather(*(sender() for _ in range(connections)))
        took = time.perf_counter() - began
        await play.quiet(slack.http)
        spent = await play.cpu(slack.http) - used
        return {**_spread(slack.took), "a second": events / took, "cpu ms": 1000 * spent / events}


async def open_loop(stage: Stage) -> dict[str, float]:
    """So many events a second, whether or not the last one has been acknowledged."""
    async with stage.playing() as (play, slack):
        for _ in range(len(slack.people)):
            await slack.send(lambda: play.server, stage.row, next(slack.numbers))
        await play.quiet(slack.http)
        slack.took.clear()
        used = await play.cpu(slack.http)
        began, sending = time.perf_counter(), []
        for turn in range(RATE * OPEN_SECONDS):
            await asyncio.sleep(max(0.0, began + turn / RATE - time.perf_counter()))
            one = slack.send(lambda: play.server, stage.row, next(slack.numbers))
            sending.append(asyncio.create_task(one))
        assert all(await asyncio.gather(*sending))
        await play.quiet(slack.http)
        spent = await play.cpu(slack.http) - used
        return {**_spread(slack.took), "cpu ms": 1000 * spent / len(sending)}


def _spread(took: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(took, n=100)
    return {"p50 ms": 1000 * cuts[49], "p99 ms": 1000 * cuts[98], "worst ms": 1000 * max(took)}


# ---- what a crash loses


async def under_fire(stage: Stage, kills: int, connections: int) -> dict[str, int]:
    """Kill the server at random moments under load; whatever was not acknowledged is sent again, as Slack does."""
    chance = random.Random(kills)
    async with stage.playing() as (play, slack):
        over = asyncio.Event()

        async def sender() -> None:
            while not over.is_set():
                number = next(slack.numbers)
                for _ in range(TRIES):
                    if await slack.send(lambda: play.server, stage.row, number):
                        break
                    await asyncio.sleep(0.1)

        senders = [asyncio.create_task(sender()) for _ in range(connections)]
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            await asyncio.to_thread(play.server.kill)
            await asyncio.to_thread(play.begin)
        over.set()
        await asyncio.gather(*senders)
        await play.quiet(slack.http)
        if stage.row.which is Which.ALONGSIDE:
            # A message that a dead process held is taken up again when its lease is over.
            await _until_empty(play.database)
            await play.quiet(slack.http)
        posted = await play.posted(slack.http)
        sent = len(slack.acknowledged)
        if stage.row.which is not Which.ALONGSIDE:
            said = Counter(text for _, text in posted)
            lost = sum(1 for number in slack.acknowledged if not said[stage.row.text(number)])
            twice = sum(each - 1 for each in said.values())
        elif stage.row.text(0) == HELP:
            lost, twice = max(0, sent - len(posted)), max(0, len(posted) - sent)
        else:
            kept = await words_kept(play.database)
            lost = len(slack.acknowledged - kept.keys())
            twice = sum(each - 1 for each in kept.values())
        return {"acknowledged": sent, "lost": lost, "twice": twice}


async def _until_empty(url: str) -> None:
    database = Database(url)
    async with asyncio.timeout(180):
        while True:
            async with everything(database) as connection:
                waiting = t.outbox.select().where(t.outbox.c.state == "queued").limit(1)
                if (await connection.execute(waiting)).first() is None:
                    break
            await asyncio.sleep(1)
    await database.close()


async def words_kept(url: str) -> Counter[int]:
    """The numbers of all words that stand in somebody's answer, read as that person reads them."""
    kept: Counter[int] = Counter()
    store = SqlStore(Database(url), KEYS)
    async with everything(store.database) as connection:
        people = (await connection.execute(t.conversations.select())).all()
    for one in people:
        async with store.read() as tx:
            view = await tx.views.member(Reader(one.tenant_id, one.person_id))
        for each in view.rounds.values():
            for part in each.written:
                kept.update(int(n) for n in re.findall(r"This is word (\d+), of many", part.text))
    await store.database.close()
    return kept


# ---- what they stand on


async def prepare(folder: Path) -> tuple[str, list[str]]:
    """A database in which fifty people in Slack have just been asked; and who they are there."""
    url = await Files(folder).migrated("asked")
    database = Database(url)
    store = SqlStore(database, KEYS)
    await store.check_keys(ASKED)
    await live_a_week(store, load_prompts())
    chosen = await tellers(database, PEOPLE)
    async with everything(database) as connection:
        for number, teller in enumerate(chosen):
            moved = {"platform": Platform.SLACK.value, "external": f"{TEAM}:U{number}"}
            there = t.accounts.c.external == teller.account.external
            await connection.execute(update(t.accounts).where(there).values(**moved))
    await settle(database)
    return url, [f"U{number}" for number in range(PEOPLE)]


async def measure(folder: Path, *, quick: bool, kills: int) -> dict[str, Any]:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    print(f"{machine}. Load when it began: {os.getloadavg()[0]:.1f}. SQLite, synchronous FULL.\n")
    source, people = await prepare(folder)
    stages = [Stage(row, folder, source, people) for row in ROWS]
    report: dict[str, Any] = {"machine": machine, "quick": quick}
    blocks, events = (1, 300) if quick else (3, 1500)
    for connections in CONNECTIONS:
        found: dict[str, list[dict[str, float]]] = {row.name: [] for row in ROWS}
        for block in range(blocks):
            for stage in stages if block % 2 else reversed(stages):
                found[stage.row.name].append(await closed_loop(stage, connections, events))
        report[f"{connections} connections"] = _table(f"{connections} connection(s)", found)
    opened = {stage.row.name: [await open_loop(stage)] for stage in stages}
    report["open loop"] = _table(f"{RATE} events a second, whether or not they are answered", opened)
    print(f"Killed {kills} times under {CONNECTIONS[-1]} connections")
    for stage in stages:
        if stage.row.which is Which.ACK:
            continue
        crashed = await under_fire(stage, kills, CONNECTIONS[-1])
        report.setdefault("killed", {})[stage.row.name] = crashed
        print(
            f"  {stage.row.name:34} acknowledged {crashed['acknowledged']:6}"
            f"   lost {crashed['lost']:5}   twice {crashed['twice']:4}"
        )
    return report


def _table(title: str, found: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Print the medians over the blocks; the processor time also beside that of Bolt's say()."""
    medians = {
        name: {key: median(block[key] for block in each) for key in each[0]} for name, each in found.items()
    }
    beside = medians[str(Which.SAY)]["cpu ms"]
    heads = ("a second", 9), ("p50 ms", 8), ("p99 ms", 8), ("worst", 8), ("CPU ms", 8), ("beside say()", 13)
    print(f"{title}\n  {'':34}", *(f"{head:>{width}}" for head, width in heads))
    for name, each in medians.items():
        a_second = f"{each['a second']:9.0f}" if "a second" in each else " " * 9
        print(
            f"  {name:34} {a_second} {each['p50 ms']:8.1f} {each['p99 ms']:8.1f} {each['worst ms']:8.0f}"
            f" {each['cpu ms']:8.2f} {each['cpu ms'] / beside:13.2f}"
        )
    print(flush=True)
    return {name: {key: round(figure, 3) for key, figure in each.items()} for name, each in medians.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.slack", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short block of each")
    parser.add_argument("--kills", type=int, default=20, help="how often each server is killed")
    parser.add_argument("--folder", help="where the databases are put meanwhile (a disk, not memory)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        report = asyncio.run(measure(Path(folder), quick=chosen.quick, kills=chosen.kills))
    print(f"\n{json.dumps(report, ensure_ascii=False)}")


if __name__ == "__main__":
    main()
