"""The whole of answering and sharing by Tab, arrows, Enter and Space, with the focus always to be seen."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Alone
from tests.e2e.demo import Demo
from tests.e2e.people import ONE

FAR = 40

_FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  const under = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 44) / 2);
  const label = e.labels?.length ? e.labels[0].textContent : e.textContent;
  return {
    name: (label || '').trim(),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    uncovered: !!under && (e.contains(under) || under.contains(e)),
  };
}"""


@dataclass(frozen=True, slots=True)
class Keys:
    page: Page

    def to(self, name: str) -> None:
        """Tab until `name` has the focus; every stop on the way can be seen."""
        passed = []
        for _ in range(FAR):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(_FOCUS)
            if at is None:
                continue
            passed.append(at["name"])
            assert at["ring"], f"The focus on “{at['name']}” has no ring."
            assert at["uncovered"], f"The focus on “{at['name']}” is hidden under something else."
            if at["name"] == name:
                return
        raise AssertionError(f"“{name}” cannot be reached; there were {passed}.")

    def press(self, key: str) -> None:
        with self.page.expect_event("framenavigated"):
            self.page.keyboard.press(key)
        self.page.wait_for_load_state("load")


@pytest.mark.parametrize("script", [True, False])
def test_answering_and_sharing_need_nothing_but_the_keyboard(demo: Demo, alone: Alone, script: bool) -> None:
    demo.move("start-over")
    one = alone(ONE, script=script)
    keys = Keys(one.page)
    keys.to("Message")
    one.page.keyboard.type("I felt shut out when the date moved.")
    keys.to("Send")
    keys.press("Enter")
    one.faces("Kept. Only you can see it.")
    keys.to("That’s it")
    keys.press("Space")
    one.reads("You wrote “I felt shut out when the date moved”")
    keys.to("Message")
    one.page.keyboard.type("It mattered.")
    keys.to("Send")
    keys.press("Enter")
    keys.to("That’s it")
    keys.press("Enter")
    one.faces("Who may see what you wrote?")
    for radio in ("No, only me", "No"):
        keys.to(radio)
        one.page.keyboard.press("ArrowDown")
    expect(one.place.get_by_role("radio", name="Yes, my partner").first).to_be_checked()
    expect(one.place.get_by_role("radio", name="Yes, with my name").first).to_be_checked()
    keys.to("Keep these choices")
    keys.press("Space")
    one.sees("your partner sees it on Thursday at 17:00, if they share too.")
    keys.to("Change or remove your answer")
    one.page.keyboard.press("Enter")
    keys.to("Your answer")
    keys.to("Stop")
    keys.press("Enter")
    one.faces("Stopped.")
