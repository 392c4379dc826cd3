"""One demo and one browser for all of these tests; each test begins the demo's story again for itself."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import browser as chromium
from tests.e2e.demo import Demo, free_port
from tests.e2e.looking import PHONE, SCREENSHOTS, Watch
from tests.e2e.people import PATHS, PATIENCE, Person

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
        running.stop()


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


Window = Callable[..., Page]


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """Opens windows, each a browser of its own; at the end none may have complained or asked anybody else."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_(
        width: int = PHONE,
        *,
        script: bool = True,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width == PHONE else 800},
            java_script_enabled=script,
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        opened.append((context, Watch(context)))
        return context.new_page()

    yield open_
    faults = []
    for context, watch in opened:
        faults += watch.faults
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def alone(demo: Demo, window: Window) -> Callable[..., Person]:
    """Opens one person's page in a window of its own."""

    def open_(name: str, width: int = PHONE, *, script: bool = True, scheme: str = "light") -> Person:
        page = window(width, script=script, scheme=scheme)
        page.goto(demo.address + PATHS[name])
        return Person(name, page, pane=False, live=script)

    return open_
