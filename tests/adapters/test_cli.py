"""The command line: every mistake at once, in plain words, and nothing half done."""

import base64
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.cli import app
from adapters.settings import BadSettings, read_settings

KEY = base64.b64encode(bytes(32)).decode()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")}
    command = [sys.executable, "-m", "adapters.cli", *arguments]
    return subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, timeout=60)


def here(*arguments: str, **environment: str) -> Result:
    """The same without a process of its own, which costs a second each."""
    clean = {name: None for name in os.environ if name.startswith("ALONGSIDE_")}
    result = CliRunner().invoke(app, arguments, env={**clean, **environment})
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_every_bad_setting_is_named_together() -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({"ALONGSIDE_PORT": "ninety", "ALONGSIDE_KEYS": "not a key"})
    for name in ("ALONGSIDE_DATABASE", "ALONGSIDE_KEYS", "ALONGSIDE_PORT"):
        assert name in str(refused.value)


def test_settings_hide_their_secrets() -> None:
    settings = read_settings(
        {"ALONGSIDE_DATABASE": "postgresql://someone:hush@db/alongside", "ALONGSIDE_KEYS": KEY}
    )
    assert "hush" not in repr(settings)
    assert KEY not in repr(settings)


@pytest.mark.slow
def test_serving_without_settings_says_what_is_missing() -> None:
    tried = run("serve")
    assert tried.returncode == 1
    assert "ALONGSIDE_DATABASE is missing" in tried.stderr
    assert "Traceback" not in tried.stderr


def test_serving_an_unmigrated_database_says_which_command_to_run(tmp_path: Path) -> None:
    tried = here("serve", ALONGSIDE_DATABASE=f"sqlite:///{tmp_path}/new.db", ALONGSIDE_KEYS=KEY)
    assert tried.exit_code == 1
    assert "alongside db upgrade" in tried.stderr


def test_a_faulty_file_of_signposts_is_refused_with_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "signposts.toml"
    file.write_text('[[signpost]]\nname = "Someone"\n')
    named = {"ALONGSIDE_DATABASE": f"sqlite:///{tmp_path}/new.db", "ALONGSIDE_KEYS": KEY}
    tried = here("serve", **named, ALONGSIDE_SIGNPOSTS=str(file))
    assert tried.exit_code == 1
    assert "how is missing" in tried.stderr


@pytest.mark.slow
def test_a_wrong_key_is_refused_and_the_right_one_finds_everything(begun: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(begun, tmp_path / "demo")
    key = (folder / "key").read_text()
    (folder / "key").write_text(base64.b64encode(bytes(range(32))).decode())
    tried = run("demo", "--folder", str(folder), ALONGSIDE_PORT=str(free_port()))
    assert tried.returncode == 1
    assert "Nothing was changed" in tried.stderr
    assert "Traceback" not in tried.stderr
    (folder / "key").write_text(key)
    with Running("demo", "--folder", str(folder)) as address:
        assert b"Earlier" in get(f"{address}/one/")


@pytest.mark.slow
def test_a_taken_port_is_said_plainly(begun: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        tried = here("demo", "--folder", str(shutil.copytree(begun, tmp_path / "demo")), ALONGSIDE_PORT=port)
    assert tried.exit_code == 1
    assert f"Port {port} cannot be used" in tried.stderr


@pytest.mark.slow
def test_the_demo_keeps_its_key_to_its_owner_and_its_words_encrypted(begun: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(begun, tmp_path / "demo")
    with Running("demo", "--folder", str(folder)) as address:
        assert b"annoyed for days" in get(f"{address}/one/")
    assert (folder / "key").stat().st_mode & 0o077 == 0
    for file in folder.iterdir():
        assert b"annoyed for days" not in file.read_bytes()
    with sqlite3.connect(folder / "alongside.db") as connection:
        assert connection.execute("SELECT count(*) FROM words").fetchone()[0] > 10


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_though_pages_are_open_and_finishes_what_it_has_begun_to_write(
    how: signal.Signals, begun: Path, tmp_path: Path
) -> None:
    demo = Running("demo", "--folder", str(shutil.copytree(begun, tmp_path / "demo")))
    with demo as address, ExitStack() as open_pages:
        for person in ("one", "two", "facilitator"):
            page = open_pages.enter_context(demo.connect())
            page.sendall(f"GET /{person}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert b" 200 " in page.recv(4096)
        keys = get(f"{address}/one/").decode()
        fields = {name: hidden(keys, name) for name in ("csrf", "nonce")}
        form = urllib.parse.urlencode({**fields, "action": "send", "message": "Sent as it ended."})
        with closing(sqlite3.connect(tmp_path / "demo" / "alongside.db")) as other, demo.connect() as sending:
            other.execute("BEGIN IMMEDIATE")
            sending.sendall(
                "POST /one/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(form)}\r\n\r\n{form}".encode()
            )
            time.sleep(0.3)
            demo.tell(how)
            time.sleep(0.5)
            other.rollback()
            began = time.monotonic()
            assert b" 303 " in sending.recv(4096)
        demo.ends()
        # Alone it takes a tenth of this; an open page that is waited for takes longer than this.
        assert time.monotonic() - began < 4
    with demo as address:
        assert b"Sent as it ended." in get(f"{address}/one/")


# ---- below: a demo of our own


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that has begun and ended; each test goes on with a copy."""
    folder = tmp_path_factory.mktemp("begun") / "demo"
    with Running("demo", "--folder", str(folder)):
        pass
    return folder


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        content: bytes = answer.read()
        return content


class Running:
    """A real process of the command line, up until the block ends; gives its address."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    def __enter__(self) -> str:
        self._port = free_port()
        command = [sys.executable, "-m", "adapters.cli", *self._arguments]
        environment = {**os.environ, "ALONGSIDE_PORT": str(self._port)}
        # What is started in the background of a shell may have been told to leave Ctrl-C alone.
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, preexec_fn=_hear_ctrl_c
        )
        address = f"http://127.0.0.1:{self._port}"
        for _ in range(300):
            try:
                assert b'"ok"' in get(f"{address}/healthz")
                return address
            except (urllib.error.URLError, ConnectionError):
                assert self._process.poll() is None, "it ended by itself"
                time.sleep(0.1)
        raise AssertionError("it did not start")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), timeout=10)

    def tell(self, how: signal.Signals) -> None:
        self._process.send_signal(how)

    def ends(self) -> None:
        assert self._process.wait(timeout=20) == 0

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
