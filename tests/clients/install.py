"""Installs what tests/clients talks to, as its lock says it, and says what it does while it does it.

No script of any package is run, and the Node that runs it all comes with it: the system's npm is needed, of any age.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def find_node() -> Path | None:
    """The Node that was installed: inside its own package, since an older npm makes no link to it."""
    return next(HERE.glob("node_modules/node-*/bin/node"), None)


def find_npm() -> str:
    """Where npm is; installed with apt-get where we are root on Debian."""
    if found := shutil.which("npm"):
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("npm is not here: installing it with apt-get ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "npm")):
            subprocess.run(["apt-get", *command], check=True, env=environment, stdout=subprocess.DEVNULL)
    if found := shutil.which("npm"):
        return found
    sys.exit(
        "The tests against other people's clients need npm, which comes with Node: https://nodejs.org. Put it on the "
        "PATH and run `make test-clients` again. All other tests run without it."
    )


def main() -> None:
    npm = find_npm()
    print(
        "Installing the emulator of Slack and the Node that runs it (half a minute or so, once) ...",
        flush=True,
    )
    subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], check=True, cwd=HERE
    )
    if find_node() is None:
        sys.exit(
            f"No Node for this machine is among those of {HERE / 'package.json'}: they are for Linux and macOS, on "
            "x64 and arm64."
        )


if __name__ == "__main__":
    main()
