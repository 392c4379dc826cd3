"""One of the three people at their own page, as they act and read: in a pane of the stage or in a window alone."""

import re
from dataclasses import dataclass, replace
from time import monotonic

from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

ONE, TWO, FACILITATOR = "Pair member 1", "Pair member 2", "Facilitator"
PATHS = {ONE: "/one/", TWO: "/two/", FACILITATOR: "/facilitator/"}

PATIENCE = 15_000
"""Milliseconds that anything may take to appear: the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is the accessible name of their pane; `pane` whether they sit in one; `live` whether scripts run."""

    name: str
    page: Page
    pane: bool
    live: bool

    @property
    def place(self) -> Page | FrameLocator:
        return self.page.frame_locator(f'iframe[title="{self.name}"]') if self.pane else self.page

    @property
    def frame(self) -> Frame:
        """The document itself; it is another one after each navigation of the stage."""
        if not self.pane:
            return self.page.main_frame
        handle = self.page.locator(f'iframe[title="{self.name}"]').element_handle()
        frame = handle.content_frame()
        assert frame is not None
        return frame

    # ---- doing

    def open(self, address: str) -> None:
        """Open their page alone."""
        self.page.goto(address + PATHS[self.name])

    def write(self, text: str, label: str = "Message") -> None:
        self.box(label).fill(text)

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press a button, and be there when the answer has come."""
        button = (within or self.place).get_by_role("button", name=name, exact=True)
        frame = self.frame
        with self.page.expect_event("framenavigated", lambda moved: moved == frame):
            button.click()

    def press_twice(self, name: str) -> None:
        """Both clicks before the first has been answered."""
        frame = self.frame
        with self.page.expect_event("framenavigated", lambda moved: moved == frame):
            self.button(name).evaluate("(button) => { button.click(); button.click(); }")

    def press_with_an_old_key(self, name: str) -> None:
        """As from a page that was left open since an earlier visit: whatever renews its keys, the old one is sent."""
        with self.page.expect_event("framenavigated"):
            self.button(name).evaluate(
                """(button) => {
                    const age = ({ formData }) => formData.set("csrf", "an earlier visit");
                    button.form.addEventListener("formdata", age);
                    button.click();
                }"""
            )

    def another_tab(self) -> "Person":
        """The same page in a second tab of the same browser."""
        page = self.page.context.new_page()
        page.goto(self.page.url.partition("#")[0])
        return replace(self, page=page)

    def say(self, text: str) -> None:
        self.write(text)
        self.press("Send")

    def choose(self, legend: str | re.Pattern[str], option: str) -> None:
        group = self.place.get_by_role("group", name=legend)
        group.get_by_role("radio", name=option, exact=True).check()

    def unfold(self, name: str) -> None:
        self.summary(name).click()

    def awaits(self, text: str | re.Pattern[str]) -> None:
        """What somebody else or the clock brings: it comes by itself, or without script when the page is loaded."""
        deadline = monotonic() + PATIENCE / 1000
        while not self.live and monotonic() < deadline and not self.shown(text).is_visible():
            self.reload()
        self.sees(text)

    def reload(self) -> None:
        frame = self.frame
        frame.goto(frame.url.partition("#")[0])

    # ---- reading

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.shown(text)).to_be_visible()

    def does_not_see(self, *texts: str | re.Pattern[str]) -> None:
        """Only worth asking after `sees`: a page that has not come yet shows nothing either."""
        for text in texts:
            expect(self.place.get_by_text(text).filter(visible=True)).to_have_count(0)

    def reads(self, heading: str | re.Pattern[str]) -> None:
        """A heading of that text."""
        expect(self.place.get_by_role("heading", name=heading).last).to_be_visible()

    def faces(self, heading: str | re.Pattern[str]) -> None:
        """A heading that stands in view without scrolling: what comes after one's own press."""
        expect(self.place.get_by_role("heading", name=heading).last).to_be_in_viewport()

    def shown(self, text: str | re.Pattern[str]) -> Locator:
        return self.place.get_by_text(text).filter(visible=True).last

    def box(self, label: str = "Message") -> Locator:
        return self.place.get_by_label(label, exact=True).filter(visible=True)

    def button(self, name: str) -> Locator:
        return self.place.get_by_role("button", name=name, exact=True)

    def summary(self, name: str) -> Locator:
        return self.place.locator("summary").filter(has_text=name).last

    def text(self) -> str:
        """All that can be read on the page."""
        return self.place.locator("body").inner_text()

    def form_of(self, label: str) -> Locator:
        """The form that holds the box of that label."""
        return self.place.locator("form").filter(has=self.page.get_by_label(label, exact=True)).last

    def line(self, words: str) -> Locator:
        """On the facilitator's page: one line with its controls."""
        return self.place.locator(".line").filter(has_text=words)
