"""A told story on each database, and the service over a copy of it, with a mail server if one is wanted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from adapters.mail.server import MailServer
from bot.rows import Prompts
from storage.database import Database
from storage.store import SqlStore
from tests.adapters.postbox import ADDRESSES, Postbox
from tests.adapters.service import TUESDAY_10, Service, serving, tell
from tests.conftest import KEYS, Template
from tests.databases import copy_in_thread


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, prompts: Prompts, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database in which the story has been told; each test takes a copy of it."""
    template: Template = request.getfixturevalue(f"{request.param}_template")
    return told_once(template, prompts, tmp_path_factory)


_TOLD: dict[str, str] = {}


def told_once(template: Template, prompts: Prompts, folders: pytest.TempPathFactory) -> str:
    """Told for whichever folder's tests come first."""
    if template.backend not in _TOLD:
        url = _TOLD[template.backend] = template.fresh(folders.mktemp("told"))

        async def begin() -> None:
            store = SqlStore(Database(url), KEYS)
            try:
                await store.check_keys(TUESDAY_10)
                await tell(store, prompts)
            finally:
                await store.database.close()

        asyncio.run(begin())
    return _TOLD[template.backend]


@pytest.fixture
async def service(told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    async with serving(await copy_in_thread(told, tmp_path), monkeypatch) as found:
        yield found


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
async def server(postbox: Postbox) -> AsyncIterator[MailServer]:
    """A real SMTP server, on a port of its own."""
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(postbox), "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    yield MailServer(host, port, tls=False, sender="Alongside <alongside@example.org>")
    listening.close()
    await listening.wait_closed()


@pytest.fixture
async def mailing(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: MailServer
) -> AsyncIterator[Service]:
    """The story over again, with an address for Ada and for the facilitator."""
    async with serving(await copy_in_thread(told, tmp_path), monkeypatch, server) as found:
        async with found.store.write() as tx:
            for who, address in ADDRESSES.items():
                person = await tx.people.get(who.reader)
                await tx.setup.change_person(person, address)
        yield found
