"""`python -m docs.pictures`: takes the pictures of the documentation from a demo of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import ARGUMENTS, find

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "adapters.cli", "demo", "--folder", folder]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = subprocess.Popen(command, env={**os.environ, "ALONGSIDE_PORT": str(port)})
        try:
            _wait(f"http://127.0.0.1:{port}")
            _take(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


def _wait(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/healthz"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    raise SystemExit("The demo did not start.")


def _take(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1360, "height": 900}, color_scheme="light")
        page.goto(address)
        one, two = (page.frame_locator(f'iframe[title="Pair member {n}"]') for n in (1, 2))
        for frame, text in ((one, ANSWERS[0]), (two, ANSWERS[1])):
            frame.get_by_label("Message").fill(text)
            frame.get_by_role("button", name="Send").click()
            frame.get_by_role("button", name="That’s it").click()
            frame.get_by_role("button", name="I have said enough").click()
            frame.get_by_role("radio", name="Yes, my partner").check()
            frame.get_by_role("button", name="Keep these choices").click()
            frame.get_by_role("button", name="Change who may see it").wait_for()
        page.get_by_role("button", name="Opening").click()
        one.locator("#now").get_by_text("Your partner’s words").wait_for()
        two.locator("#now").get_by_text("Your partner’s words").wait_for()
        page.screenshot(path=IMAGES / "stage.png")
        browser.close()


ANSWERS = (
    "I say my piece at the end, and people nod. I was furious on the bus home, mostly with myself.",
    "I thought we had heard everybody. I have to close on time, so I close.",
)

if __name__ == "__main__":
    main()
