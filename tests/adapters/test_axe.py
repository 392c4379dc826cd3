"""axe finds nothing on any page of the service, whoever may open it; the story in tests/e2e looks at their states."""

from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import FilePayload, Page

from tests.adapters.service import LINK, Service, filled, only_sqlite, owned_ids, routes
from tests.cast import ADA, FAY, JO, Character
from tests.e2e.looking import COLOURS, PHONE
from tests.window import Window, chrome

pytestmark = [pytest.mark.slow, only_sqlite]

PEOPLE = "name,email,pair\nNia,nia@example.org,12\nOle,ole@example.org,12\n"
SCHEMES: tuple[tuple[Literal["light", "dark"], tuple[str, ...]], ...] = (("light", ()), ("dark", COLOURS))


async def faults(page: Page) -> list[str]:
    """What axe finds: in the light all of it, in the dark what a colour scheme can change."""
    await page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, rules in SCHEMES:
        # Without what moves: a colour that is on its way to another one is neither.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        run = await page.evaluate("(how) => axe.run(document, how)", {"resultTypes": ["violations"], **only})
        found += [f"{page.url}, {scheme}: {each['id']}: {each['help']}" for each in run["violations"]]
    return found


async def test_axe_finds_nothing_on_any_page(service: Service) -> None:
    owned = await owned_ids(service.store)
    seen: set[str] = set()
    found: list[str] = []
    async with chrome(service) as window:
        await window.page.set_viewport_size({"width": PHONE, "height": 844})
        for path, methods in routes(service.app).items():
            if "GET" not in methods or path.endswith("/events"):
                continue
            for who in (None,) if path.startswith(("/in", "/out")) else (ADA, FAY, JO):
                await be(window, who)
                for each in filled(path, [LINK] if "{token}" in path else list(owned.values())):
                    answer = await service.ask("GET", each, who)
                    if answer.status == 200 and b"<main" in answer.body:
                        await window.open(each)
                        found += await faults(window.page)
                        seen.add(path)
                        break
    assert not found, "\n".join(found)
    assert {"/me/where", "/me/programme/files", "/me/keepsake", "/in/{token}"} <= seen


async def test_axe_finds_nothing_on_what_is_shown_after_a_press(service: Service) -> None:
    found: list[str] = []
    async with chrome(service) as window:
        page = window.page
        await window.be(ADA)
        await window.open("/me/where")
        await page.get_by_role("button", name="Show me a code").click()
        await page.get_by_text("It works once").wait_for()
        found += await faults(page)
        await window.be(FAY)
        for content, says in ((PEOPLE, "Apply this"), (PEOPLE.replace("@", " at "), "is no email address")):
            await window.open("/me/programme/files")
            file = FilePayload(name="people.csv", mimeType="text/csv", buffer=content.encode())
            await page.get_by_label("The file").set_input_files(file)
            await page.get_by_role("button", name="See what would change").click()
            await page.get_by_text(says).first.wait_for()
            found += await faults(page)
    assert not found, "\n".join(found)


async def be(window: Window, who: Character | None) -> None:
    if who is None:
        await window.context.clear_cookies()
    else:
        await window.be(who)
