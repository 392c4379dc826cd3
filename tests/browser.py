"""Finds Chromium for the browser's tests, or installs it, and says what it does while it does it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell comes first: the same engine without a browser's windows asks for 40 % less of the processor."""
PACKAGES = ("chromium-headless-shell", "chromium")


def find() -> str | None:
    """The path of a Chromium: one of the system's, or the one that Playwright keeps."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        kept = Path(playwright.chromium.executable_path)
    # Playwright keeps the shell of the same version in a folder beside the browser's.
    beside = kept.parents[1].name.replace("chromium", "chromium_headless_shell")
    shells = kept.parents[2].glob(f"{beside}/*/*headless?shell*")
    found = next((each for each in (*shells, kept) if each.is_file() and os.access(each, os.X_OK)), None)
    return str(found) if found else None


def install() -> None:
    """With apt-get where we are root on Debian, with Playwright's own installer elsewhere."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Chromium is not here: installing it with apt-get ...", flush=True)
        _run("apt-get", "update", "-qq")
        known = next(each for each in PACKAGES if _knows(each))
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", known, "fonts-dejavu-core")
    else:
        print("Chromium is not here: Playwright is downloading it ...", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _knows(package: str) -> bool:
    """Whether this release of Debian has it; the last one of the list is in all of them."""
    asked = subprocess.run(["apt-cache", "show", package], check=False, capture_output=True)
    return asked.returncode == 0 or package == PACKAGES[-1]


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main() -> None:
    found = find()
    if found is None:
        install()
        found = find()
    if found is None:
        sys.exit("No Chromium could be found or installed; the browser's tests need one.")
    print(f"The browser's tests use {found}")


if __name__ == "__main__":
    main()
