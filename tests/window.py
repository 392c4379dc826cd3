"""A window of Chromium on the running service, for whoever has to see what a browser makes of a page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, Dialog, Page, Request, async_playwright
from yarl import URL

from adapters.web.cookies import COOKIE
from tests import browser as chromium
from tests.adapters.service import Service, token
from tests.cast import Character


@dataclass
class Window:
    """A browser of its own, all that it asked for, and what it was asked aloud."""

    context: BrowserContext
    page: Page
    service: Service
    requests: list[Request] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.service.client.port}{path}"

    async def open(self, path: str) -> None:
        await self.page.goto(self.address(path))

    async def be(self, who: Character) -> None:
        """Signed in as somebody from here on."""
        await self.context.clear_cookies()
        said = {"sameSite": "Lax", "httpOnly": True, "url": self.address("/")}
        await self.context.add_cookies([{"name": COOKIE, "value": f'"{token(who)}"', **said}])  # type: ignore[typeddict-item]

    async def session(self) -> str:
        held = await self.context.cookies(self.address("/"))
        return next((each["value"] for each in held if each["name"] == COOKIE), "")

    async def heard(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def paths(self) -> list[str]:
        return [URL(each.url).path for each in self.requests]


@asynccontextmanager
async def chrome(service: Service, *, bypass_csp: bool = False) -> AsyncIterator[Window]:
    """A window of Chromium; without our content policy if only what stands in the page is to be asked."""
    found = await asyncio.to_thread(chromium.find)
    assert found is not None, "No Chromium here: `make browser` finds or installs one."
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=found, args=[*chromium.ARGUMENTS])
        context = await started.new_context(bypass_csp=bypass_csp, locale="en-GB")
        context.set_default_timeout(15_000)
        window = Window(context, await context.new_page(), service)

        context.on("request", lambda request: window.requests.append(request))
        context.on("dialog", window.heard)
        yield window
        await started.close()
