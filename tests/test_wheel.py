"""The built wheel holds everything that runs: it is tried outside the checkout, with nothing else on the path."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent

TRIED = """
import asyncio, sys
from pathlib import Path
import adapters, bot, prompts, storage
for package in (adapters, bot, prompts, storage):
    assert Path(package.__file__).is_relative_to(sys.argv[1]), package.__file__
from adapters.web import render
from adapters.web.app import STATIC
from adapters.wiring import load_prompts
from storage.database import Database
from storage.migrate import check, upgrade
assert load_prompts().bank.questions
assert "signed in" in render.signin_page("")
assert (Path(STATIC) / "alongside.css").exists()
async def built():
    database = Database(f"sqlite:///{sys.argv[1]}/built.db")
    await upgrade(database)
    await check(database)
    await database.close()
asyncio.run(built())
print("all there")
"""


@pytest.mark.slow
def test_the_wheel_runs_outside_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=HERE, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("alongside-*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
        (entry,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "alongside = adapters.cli:main" in archive.read(entry).decode()
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-c", TRIED, str(unpacked)]
    tried = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.strip() == "all there"
