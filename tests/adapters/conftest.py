"""A told story on each database, and the service over a copy of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.rows import Prompts
from storage.database import Database
from storage.store import SqlStore
from tests.adapters.service import TUESDAY_10, Service, serving, tell
from tests.conftest import KEYS, Template
from tests.databases import copy_in_thread


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, prompts: Prompts, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database in which the story has been told; each test takes a copy of it."""
    template: Template = request.getfixturevalue(f"{request.param}_template")
    url = template.fresh(tmp_path_factory.mktemp("told"))

    async def begin() -> None:
        store = SqlStore(Database(url), KEYS)
        try:
            await store.check_keys(TUESDAY_10)
            await tell(store, prompts)
        finally:
            await store.database.close()

    asyncio.run(begin())
    return url


@pytest.fixture
async def service(told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    async with serving(await copy_in_thread(told, tmp_path), monkeypatch) as found:
        yield found
