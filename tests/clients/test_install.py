"""What is installed for these tests is pinned to the letter, and from nowhere in particular."""

import json
import shutil
from pathlib import Path

import pytest

from tests.clients.install import find_npm

LOCK = json.loads((Path(__file__).parent / "package-lock.json").read_text("utf-8"))


def test_every_package_is_pinned_by_its_contents_and_names_no_place_and_no_script() -> None:
    packages = {name: each for name, each in LOCK["packages"].items() if name}
    assert [
        name for name, each in packages.items() if not each.get("integrity", "").startswith("sha512-")
    ] == []
    assert [
        name for name, each in packages.items() if "resolved" in each or each.get("hasInstallScript")
    ] == []


def test_there_is_one_node_for_each_kind_of_machine_and_all_are_of_one_version() -> None:
    nodes = {
        (each["os"], each["cpu"]): each["version"] for each in LOCK["packages"].values() if "cpu" in each
    }
    assert set(nodes) == {(os, cpu) for os in ("linux", "darwin") for cpu in ("x64", "arm64")}
    (version,) = set(nodes.values())
    assert tuple(map(int, version.split("."))) >= (22, 15)


def test_a_machine_without_npm_is_told_plainly_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match=r"need npm.*All other tests run without it"):
        find_npm()
