"""The far side, in a process of its own: a platform that takes cards and keeps the ledger of them.

`python -m tests.crash.ledger` prints its port. POST to any path takes one card into that path's ledger and
answers with its receipt, which is its number there; GET gives that ledger.
"""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Platform(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.ledgers: dict[str, list[Any]] = defaultdict(list)
        self.turn = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that dies in the middle of a sentence is what this platform is here for."""


class Door(BaseHTTPRequestHandler):
    server: Platform
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        card = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.turn:
            ledger = self.server.ledgers[self.path]
            ledger.append(card)
            receipt = len(ledger)
        self._answer({"receipt": str(receipt)})

    def do_GET(self) -> None:
        with self.server.turn:
            self._answer(self.server.ledgers[self.path])

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    platform = Platform()
    print(platform.server_port, flush=True)
    platform.serve_forever()


if __name__ == "__main__":
    main()
