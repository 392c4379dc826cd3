"""Signing in as somebody does who was sent a link: the service, the command that makes links, and a browser."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from storage.crypto import KeyRing, new_key
from storage.database import Database
from storage.migrate import upgrade
from storage.store import SqlStore
from tests.cast import MONDAY, bring_in
from tests.e2e.conftest import Watching, Window
from tests.e2e.demo import READY, ROOT, free_port
from tests.e2e.looking import DESKTOP, PHONE, Look


@dataclass
class Serving:
    """A running service, and its commands as whoever runs it types them."""

    environment: dict[str, str]

    def link(self, who: str) -> str:
        command = [sys.executable, "-m", "adapters.cli", "link", who]
        made = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return made.stdout.strip()


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder, key = tmp_path_factory.mktemp("serving"), new_key()
    url = f"sqlite:///{folder / 'alongside.db'}"
    with ThreadPoolExecutor(1) as aside:
        # The browser keeps an event loop on this thread.
        aside.submit(asyncio.run, _people(url, key)).result()
    settings = {"ALONGSIDE_DATABASE": url, "ALONGSIDE_KEYS": key, "ALONGSIDE_PORT": str(free_port())}
    settings |= {"ALONGSIDE_MAIL": "smtp://127.0.0.1:1", "ALONGSIDE_MAIL_FROM": "alongside@example.org"}
    environment = {**os.environ, **settings}
    command = [sys.executable, "-m", "adapters.cli", "serve"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(READY)
        yield Serving(environment)
        process.terminate()
        assert "/in/" not in process.stdout.read(), "whoever reads its log finds no way in there"


async def _people(url: str, key: str) -> None:
    database = Database(url)
    await upgrade(database)
    store = SqlStore(database, KeyRing.parse(key))
    await store.check_keys(MONDAY)
    await bring_in(store)
    await database.close()


def come_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("heading", name="I am Alongside, a bot that asks questions.")).to_be_visible()


@pytest.mark.parametrize(("width", "script"), [(PHONE, True), (DESKTOP, False)])
def test_a_link_brings_somebody_in_and_its_browser_can_be_signed_out(
    serving: Serving, window: Window, watching: Watching, width: int, script: bool
) -> None:
    page, other = window(width, script=script), window(width, script=script)
    link = serving.link("Ada")
    for each in (page, other):
        come_in(each, link)
    page.get_by_role("link", name="Where you are signed in").click()
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_role("button", name="Sign out Chrome")).to_have_count(1)
    with watching(page).refusing(401), watching(other).refusing(401):
        page.get_by_role("button", name="Sign out Chrome").click()
        expect(page.get_by_role("heading", name="This page needs you to be signed in")).to_be_visible()
        other.reload()
        expect(other.get_by_role("heading", name="This page needs you to be signed in")).to_be_visible()


def test_the_way_in_is_fit_to_be_seen(
    serving: Serving, window: Window, watching: Watching, tmp_path: Path
) -> None:
    look, page = Look("door"), window(PHONE)
    link = serving.link("Ben")
    with watching(page).refusing(401):
        page.goto(f"{link.partition('/in/')[0]}/me/")
        expect(page.get_by_role("heading", name="This page needs you to be signed in")).to_be_visible()
        look.at(page, "sign-in")
    page.goto(link)
    look.at(page, "way-in")
    with watching(page).refusing(404):
        page.goto(link + "x")
        page.get_by_role("button", name="Come in").click()
        expect(page.get_by_role("heading", name="This link does not open anything now")).to_be_visible()
        look.at(page, "no-way-in")
        page.get_by_role("link", name="Ask for a new link").click()
    look.at(page, "ask")
    with watching(page).refusing(422):
        page.get_by_label("Your email address").fill("ben")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("alert")).to_contain_text("Write it like name@example.org.")
        expect(page.get_by_label("Your email address")).to_have_value("ben")
        look.at(page, "ask-again")
    page.get_by_label("Your email address").fill("ben@example.org")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="A mail may be on its way")).to_be_visible()
    look.at(page, "asked")
    come_in(page, link)
    page.get_by_role("link", name="Where you are signed in").click()
    look.at(page, "signed-in")
    page.goto(link.replace("/in/", "/out/"))
    look.at(page, "shall-i-stop")
    page.get_by_role("button", name="Stop writing to me").click()
    expect(page.get_by_role("heading", name="That is done")).to_be_visible()
    look.at(page, "stopped")
    assert not look.faults, "\n".join(look.faults)
