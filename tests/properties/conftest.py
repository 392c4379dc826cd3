"""How hard the properties are tried: the same examples each time here and in CI, fresh ones when asked for.

`ALONGSIDE_TRY=deep` tries many more and different ones each time: for an evening, not for every change.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.rows import Prompts
from tests.conftest import Template
from tests.properties.world import Grounds

_ALWAYS = settings(deadline=None, database=None, print_blob=False, suppress_health_check=list(HealthCheck))
settings.register_profile("steady", settings(_ALWAYS, derandomize=True))
settings.register_profile("deep", settings(_ALWAYS, derandomize=False))
DEEP = os.environ.get("ALONGSIDE_TRY") == "deep"
TIMES = 20 if DEEP else 1
"""By how much the number of examples is multiplied."""
settings.load_profile("deep" if DEEP else "steady")


@pytest.fixture(scope="session")
def sqlite_grounds(
    sqlite_template: Template, prompts: Prompts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grounds]:
    yield from _grounds(sqlite_template, prompts, tmp_path_factory.mktemp("grounds"))


@pytest.fixture(scope="session")
def postgresql_grounds(
    postgresql_template: Template, prompts: Prompts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grounds]:
    yield from _grounds(postgresql_template, prompts, tmp_path_factory.mktemp("grounds"))


@pytest.fixture(params=["sqlite", "postgresql"])
def grounds(request: pytest.FixtureRequest) -> Grounds:
    """Databases in which stories can begin; a test that takes them runs on both kinds."""
    found: Grounds = request.getfixturevalue(f"{request.param}_grounds")
    return found


def _grounds(template: Template, prompts: Prompts, folder: Path) -> Iterator[Grounds]:
    made = Grounds(template, prompts, folder)
    asyncio.run(made.prepare())
    yield made
