"""The service over a story that has been told, and Chromium where scripts matter."""

from pathlib import Path

import pytest

from bot.rows import Prompts
from tests.adapters.conftest import mailing, postbox, server, service, told_once
from tests.conftest import Template

__all__ = ["mailing", "postbox", "server", "service"]


@pytest.fixture(scope="session")
def told(sqlite_template: Template, prompts: Prompts, tmp_path_factory: pytest.TempPathFactory) -> str:
    """On SQLite alone: what is attacked here is before the database, and tests/storage/test_fence.py attacks that."""
    return told_once(sqlite_template, prompts, tmp_path_factory)


HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
