"""What every page owes whoever looks at it, whatever it says: the checks that are made in each state."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Page, Request

from tests.e2e.demo import ROOT

SCREENSHOTS = ROOT / "screenshots"
PICTURES = os.environ.get("ALONGSIDE_PICTURES") == "yes"
"""Whether a picture of each state is wanted: `make pictures` takes them, and looks at every page again for it."""
PHONE, DESKTOP, NARROW = 390, 1280, 320
TARGET = 44
WEIGHT = 60_000
SIZES = ((NARROW, 640), (DESKTOP, 800), (PHONE, 844))
COLOURS = ("color-contrast", "link-in-text-block")
"""The only rules of axe that a colour scheme can change; the others are asked once."""

_WIDER = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((e) => !e.closest('.unseen'))
  .map((e) => `${e.localName}.${e.className}: ${e.textContent.slice(0, 40)}`)"""
_SCROLLS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
_SMALL = """(least) => [...document.querySelectorAll('a, button, summary, textarea, input:not([type=hidden])')]
  .filter((e) => e.checkVisibility() && !e.closest('.unseen'))
  .map((e) => [e, ['radio', 'checkbox'].includes(e.type) ? e.closest('.option') : e])
  .map(([e, area]) => [e, area.getBoundingClientRect()])
  .filter(([, box]) => box.width < least - .5 || box.height < least - .5)
  .map(([e, box]) => `${e.localName} “${e.textContent.trim()}”: ${box.width} x ${box.height}`)"""
_SAYS = """() => {
  const copy = document.documentElement.cloneNode(true);
  for (const key of copy.querySelectorAll("input[type=hidden]")) key.remove();
  return copy.outerHTML;
}"""
_WEIGHT = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter((e) => !['iframe', 'fetch', 'beacon', 'other'].includes(e.initiatorType))
  .map((e) => e.decodedBodySize).reduce((a, b) => a + b, 0)"""


def violations(frame: Frame, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds in one document, with all its rules (the best practices too) or only the named ones."""
    if not frame.evaluate("() => 'axe' in window"):
        frame.evaluate(AXE_SCRIPT)
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    options = {"resultTypes": ["violations"], "iframes": False, **only}
    found = frame.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']]}"
        for each in found["violations"]
    ]


def overflow(frame: Frame) -> list[str]:
    """What stands out over the right edge, so that the page scrolls sideways."""
    wider: list[str] = frame.evaluate(_WIDER) if frame.evaluate(_SCROLLS) else []
    return wider


def small_targets(frame: Frame) -> list[str]:
    found: list[str] = frame.evaluate(_SMALL, TARGET)
    return found


def weight(frame: Frame) -> int:
    """Bytes of the page with its style and scripts, uncompressed."""
    found: int = frame.evaluate(_WEIGHT)
    return found


_LOOKED_AT: set[str] = set()
"""Pages that have been looked at: the same story is played four times, and most of its states are the same page."""


@dataclass
class Look:
    """Looks at a page in each state as thoroughly as a machine can, and leaves pictures for a person who wants them.

    What it finds is collected, so that one run tells all of it. A page that says and holds the same as one that was
    looked at before, at every width and in both schemes, is not looked at again.
    """

    folder: str
    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def at(self, page: Page, state: str) -> None:
        """All checks, at the narrowest width, a desktop's and a phone's, in both colour schemes."""
        self.seen.append(state)
        page.wait_for_load_state("load")
        name = f"{len(self.seen):02}-{state}"
        says = sha256(page.evaluate(_SAYS).encode()).hexdigest()
        if says in _LOOKED_AT and not PICTURES:
            return
        _LOOKED_AT.add(says)
        found: list[str] = []
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found += [f"at {width} stands out: {each}" for each in overflow(page.main_frame)]
            found += [f"at {width} is too small: {each}" for each in small_targets(page.main_frame)]
            if width == DESKTOP:
                page.emulate_media(color_scheme="dark")
                self.picture(page, f"{name}-desktop-dark")
        found += [f"in the dark: {each}" for each in violations(page.main_frame, COLOURS)]
        page.emulate_media(color_scheme="light")
        self.picture(page, f"{name}-phone-light")
        found += [f"in the light: {each}" for each in violations(page.main_frame)]
        if (bytes_ := weight(page.main_frame)) >= WEIGHT:
            found.append(f"weighs {bytes_} bytes")
        self.faults += [f"{name}: {fault}" for fault in found]

    def picture(self, page: Page, name: str) -> None:
        """The whole page, as on a screen that is tall enough for it: what sticks to its foot stays at its foot."""
        if not PICTURES:
            return
        size = page.viewport_size or {"width": PHONE, "height": 844}
        height: int = page.evaluate("() => document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
        page.screenshot(path=SCREENSHOTS / self.folder / f"{name}.png")
        page.set_viewport_size(size)


_STATUS = re.compile(r"the server responded with a status of (\d+)")


@dataclass
class Watch:
    """Keeps what a browser complains of and whom it asks, in one context."""

    context: BrowserContext
    faults: list[str] = field(default_factory=list)
    _refusals: set[int] = field(default_factory=set)
    _away: bool = False

    def __post_init__(self) -> None:
        self.context.on("request", self._asked)
        self.context.on("console", self._complained)
        self.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    @contextmanager
    def refusing(self, *statuses: int) -> Iterator[None]:
        """Answers of these statuses are meant here."""
        self._refusals |= set(statuses)
        yield
        self._refusals -= set(statuses)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server is meant to be gone for a while."""
        self._away = True
        yield
        self._away = False

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.faults.append(f"asked {request.url}")

    def _complained(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = _STATUS.search(message.text)
        if status and int(status[1]) in self._refusals:
            return
        if self._away and "net::ERR_" in message.text:
            return
        self.faults.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")
