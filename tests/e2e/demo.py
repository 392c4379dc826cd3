"""The demo as `make demo` starts it: a process of its own, on a free port, in a folder of its own."""

import os
import re
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY = "Alongside is ready"


@dataclass
class Demo:
    """One running demo. `kill` takes the process away as a power cut would; `start` begins it again."""

    folder: Path
    port: int
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until the address has been printed."""
        environment = {**os.environ, "ALONGSIDE_PORT": str(self.port)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "adapters.cli", "demo", "--folder", str(self.folder)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said.startswith(READY), f"The demo did not start; it said “{said}”."

    def kill(self) -> None:
        """Without a chance to tidy up; nothing that was acknowledged may be lost by it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()

    def move(self, action: str) -> str:
        """Press a button of the stage's bar without opening the stage; the stage as it is then."""
        page = self.read("/")
        keys = {name: _hidden(page, name) for name in ("csrf", "nonce")}
        body = urllib.parse.urlencode({**keys, "action": action}).encode()
        with urllib.request.urlopen(f"{self.address}/stage", body, timeout=60) as answer:
            stage: str = answer.read().decode()
        return stage

    def read(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=60) as answer:
            page: str = answer.read().decode()
        return page


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"The stage has no hidden field “{name}”."
    return found[1]
