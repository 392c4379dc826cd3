"""One demo and one browser for all of these tests; each test begins the demo's story again for itself."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import browser as chromium
from tests.e2e.demo import Demo, free_port
from tests.e2e.looking import PHONE, SCREENSHOTS, Watch
from tests.e2e.people import PATIENCE, Person

Scheme = Literal["light", "dark"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


# Package, not session: while its browser is open, Playwright keeps an event loop that other tests must not meet.
@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"), free_port())
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    found = chromium.find()
    assert found is not None, "No Chromium here: `make browser` finds or installs one."
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*chromium.ARGUMENTS])
        yield started
        started.close()


@dataclass
class Windows:
    """Every window is a browser of its own, and watched."""

    browser: Browser
    opened: list[Watch] = field(default_factory=list)

    def open(self, width: int = PHONE, *, script: bool = True, scheme: Scheme = "light") -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 844 if width == PHONE else 800},
            java_script_enabled=script,
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        self.opened.append(Watch(context))
        return context.new_page()

    def watching(self, page: Page) -> Watch:
        return next(watch for watch in self.opened if watch.context == page.context)

    def close(self) -> list[str]:
        for watch in self.opened:
            watch.context.close()
        return [fault for watch in self.opened for fault in watch.faults]


class Window(Protocol):
    def __call__(self, width: int = PHONE, *, script: bool = True, scheme: Scheme = "light") -> Page: ...


class Alone(Protocol):
    def __call__(
        self, name: str, width: int = PHONE, *, script: bool = True, scheme: Scheme = "light"
    ) -> Person: ...


Watching = Callable[[Page], Watch]


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """At the end no window may have complained, or asked anybody else for anything."""
    opened = Windows(browser)
    yield opened
    faults = opened.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def window(windows: Windows) -> Window:
    return windows.open


@pytest.fixture
def watching(windows: Windows) -> Watching:
    return windows.watching


@pytest.fixture
def alone(demo: Demo, windows: Windows) -> Alone:
    """Opens one person's page in a window of its own."""

    def open_(name: str, width: int = PHONE, *, script: bool = True, scheme: Scheme = "light") -> Person:
        person = Person(name, windows.open(width, script=script, scheme=scheme), pane=False, live=script)
        person.open(demo.address)
        return person

    return open_
