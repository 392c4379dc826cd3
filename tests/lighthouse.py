"""`python -m tests.lighthouse`: the accessibility score that Lighthouse gives each page, for a member, a facilitator,
somebody outside, and nobody.

It needs Node and a Chromium, and is no part of the tests: axe looks at every page in every state there.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from adapters.web.cookies import COOKIE
from adapters.wiring import load_prompts
from storage.database import Database
from storage.store import SqlStore
from tests import browser as chromium
from tests.adapters.service import DIGEST, LINK, PAGE, TUESDAY_10, filled, owned_ids, serving, tell, token
from tests.cast import ADA, FAY, JO, NAMES, Character
from tests.conftest import KEYS, migrate

PAGES: Mapping[Character | None, Sequence[str]] = {
    ADA: (
        PAGE,
        *(f"/me/{name}" for name in ("reflections", "keepsake", "rhythm", "where", "sign-ins", "leaving")),
    ),
    FAY: (DIGEST, "/me/programme", "/me/programme/files", "/me/rhythm", "/me/where", "/me/sign-ins"),
    JO: (PAGE, "/me/sign-ins"),
    None: ("/in", f"/in/{LINK}", f"/out/{LINK}"),
}
"""Lighthouse looks at no page that says 401 or 404."""


async def score(
    command: Sequence[str], chrome: str, address: str, who: Character | None
) -> tuple[int, list[str]]:
    """The score of one page, and what it lost points for."""
    options = ["--only-categories=accessibility", "--output=json", "--quiet"]
    options += ["--chrome-flags=--headless --no-sandbox"]
    if who is not None:
        cookie = {"Cookie": f'{COOKIE}="{token(who)}"'}
        options.append(f"--extra-headers={json.dumps(cookie)}")
    run = await asyncio.create_subprocess_exec(
        *command,
        address,
        *options,
        env={**os.environ, "CHROME_PATH": chrome},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await run.communicate()
    if run.returncode:
        return 0, ["Lighthouse did not get to see it."]
    report = json.loads(said)
    audits = report["audits"]
    asked = [each["id"] for each in report["categories"]["accessibility"]["auditRefs"] if each["weight"]]
    lost = [f"{name}: {audits[name]['title']}" for name in asked if audits[name]["score"] == 0]
    return round(100 * (report["categories"]["accessibility"]["score"] or 0)), lost


async def look(command: Sequence[str], chrome: str, folder: Path) -> bool:
    """Print a score for each page; whether all of them are 100."""
    url = f"sqlite:///{folder}/lighthouse.db"
    await migrate(url)
    store = SqlStore(Database(url), KEYS)
    await store.check_keys(TUESDAY_10)
    await tell(store, load_prompts())
    await store.database.close()
    full = True
    with pytest.MonkeyPatch.context() as patch:
        async with serving(url, patch) as service:
            digest = (await owned_ids(service.store))["digests 0"]
            for who, paths in PAGES.items():
                for path in paths:
                    address = f"http://127.0.0.1:{service.client.port}{filled(path, [digest])[0]}"
                    found, lost = await score(command, chrome, address, who)
                    print(f"{found:>4}  {path}  ({'nobody' if who is None else NAMES[who.id]})", flush=True)
                    print(*(f"      {each}" for each in lost), sep="\n", end="\n" if lost else "")
                    full = full and found == 100
    return full


def main() -> None:
    chrome = chromium.find()
    if chrome is None:
        sys.exit("No Chromium could be found. Install one with: make browser")
    if (own := shutil.which("lighthouse")) is not None:
        command = [own]
    elif (npx := shutil.which("npx")) is not None:
        command = [npx, "--yes", "lighthouse"]
    else:
        sys.exit("Lighthouse needs Node: install it, so that there is a command npx, and run this again.")
    with tempfile.TemporaryDirectory() as folder:
        if not asyncio.run(look(command, chrome, Path(folder))):
            sys.exit(1)


if __name__ == "__main__":
    main()
