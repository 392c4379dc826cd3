"""`python -m bench.asking`: how much longer a link is asked for with a known address than with an unknown one.

The difference is what `EVEN` in `adapters/web/asking.py` hides: each answer takes that long, whoever asks for whom.
The two are asked in turn, over HTTP, without it. Nothing is asserted about time: the figures are printed.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median, quantiles

from aiohttp.test_utils import TestClient

import adapters.web.asking
from adapters.mail.server import MailServer
from adapters.settings import Settings
from adapters.wiring import serve_app
from bench.places import Files, postgresql
from storage.crypto import KeyRing
from storage.database import Database
from storage.store import SqlStore
from tests.cast import ADA, MONDAY, bring_in
from tests.server import Server

KEYS = KeyRing.of([bytes(range(32))])
KNOWN, UNKNOWN = "ada@example.org", "nobody@example.org"
TIMES, WARM_UP = 300, 20
NO_LIMIT = 10**9


async def measure(url: str) -> Mapping[str, list[float]]:
    """Seconds that each answer took, by the address that was asked for."""
    store = SqlStore(Database(url), KEYS)
    await store.check_keys(MONDAY)
    await bring_in(store)
    async with store.write() as tx:
        await tx.setup.change_person(await tx.people.get(ADA.reader), KNOWN)
    await store.database.close()
    nowhere = MailServer("127.0.0.1", 1, tls=False, sender="alongside@example.org")
    app = serve_app(Settings(url, KEYS, "127.0.0.1", 0, "http://127.0.0.1", mail=nowhere))
    took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    async with TestClient(Server(app)) as client:
        page = await (await client.get("/in")).text()
        csrf = re.findall(r'name="csrf" value="(\w+)"', page)[0]
        for turn in range(TIMES + WARM_UP):
            for address in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
                began = time.perf_counter()
                async with client.post("/in", data={"csrf": csrf, "email": address}) as answer:
                    assert answer.status == 200
                if turn >= WARM_UP:
                    took[address].append(time.perf_counter() - began)
    return took


def main() -> None:
    even = adapters.web.asking.EVEN
    adapters.web.asking.EVEN, adapters.web.asking.EACH, adapters.web.asking.ALL = 0, NO_LIMIT, NO_LIMIT
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder)) as server:
        for place in (Files(Path(folder)), server):
            took = asyncio.run(measure(asyncio.run(place.migrated("asking"))))
            for address, each in took.items():
                middle, late = median(each) * 1000, quantiles(each, n=20)[-1] * 1000
                print(f"{place.name}, {address}: {middle:.1f} ms, and {late:.1f} ms for the slowest 5 %")
            most = max(max(each) for each in took.values()) * 1000
            print(
                f"{place.name}: the slowest of all took {most:.0f} ms of the {even * 1000:.0f} ms that hide it"
            )


if __name__ == "__main__":
    main()
