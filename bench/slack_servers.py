"""The processes that `bench.slack` measures, each on a port of its own: `python -m bench.slack_servers WHICH ...`.

Stock Bolt as its documentation shows it, Alongside as `alongside serve` runs it, and Slack's far side. Each prints
its port, and says at /cpu how much of the processor it has used so far.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aiohttp import ClientSession, web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters import wiring
from adapters.settings import Settings
from adapters.slack import pace
from adapters.slack.server import SlackApp
from storage.crypto import KeyRing

TOKEN, SECRET, TEAM = "xoxb-of-the-bench", "signed by the bench", "T1"
KEYS = KeyRing.of([bytes(range(32))])
PATH = "/slack/events"


class Which(StrEnum):
    ACK = "Bolt, which answers nothing"
    SAY = "Bolt, say()"
    SHARED = "Bolt, say(), one session"
    ALONGSIDE = "Alongside"


def bolt(which: Which, api: str) -> web.Application:
    """A listener that says back what it heard, or nothing; acknowledged before it runs, which is Bolt's default."""
    client = AsyncWebClient(token=TOKEN, base_url=api)
    stock = AsyncApp(client=client, signing_secret=SECRET)

    async def hear(event: dict[str, Any], say: Any) -> None:
        if which is not Which.ACK:
            await say(event["text"])

    stock.event("message")(hear)
    app = stock.web_app(PATH)

    async def sharing(_app: web.Application) -> Any:
        async with ClientSession() as session:
            client.session = session
            yield

    if which is Which.SHARED:
        app.cleanup_ctx.append(sharing)
    return app


def alongside(api: str, database: str, now: datetime) -> web.Application:
    """The whole service, on a clock that began at `now`, and not held to the pace that Slack would hold it to."""
    pace.CHANNEL = pace.WORKSPACE = pace.CHANGES = pace.Rate(0.0, 1)
    ahead = now - datetime.now(UTC)
    wiring.real_now = lambda: datetime.now(UTC) + ahead
    slack = SlackApp(TOKEN, SECRET, api)
    return wiring.serve_app(Settings(database, KEYS, "127.0.0.1", 0, "http://127.0.0.1", slack=slack))


def far_side() -> web.Application:
    """Slack's Web API, as far as it is called here: it keeps the text of each message, by whom it is for."""
    posted: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "auth.test":
            return web.json_response({"ok": True, "team_id": TEAM, "user_id": "UBOT", "bot_id": "BBOT"})
        given = await request.json() if request.content_type == "application/json" else await request.post()
        posted.append((str(given["channel"]), str(given["text"])))
        return web.json_response(
            {"ok": True, "channel": given["channel"], "ts": f"1764000000.{len(posted):06}"}
        )

    async def read(_request: web.Request) -> web.Response:
        return web.json_response(posted)

    app = web.Application()
    app.router.add_post("/api/{method}", answer)
    app.router.add_get("/posted", read)
    return app


async def serve(app: web.Application) -> None:
    async def cpu(_request: web.Request) -> web.Response:
        return web.Response(text=str(time.process_time()))

    app.router.add_get("/cpu", cpu)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
    print(json.dumps({"pid": os.getpid(), "port": runner.addresses[0][1]}), flush=True)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    which, *given = sys.argv[1:]
    logging.disable(logging.ERROR)
    if which == "far side":
        app = far_side()
    elif which == Which.ALONGSIDE:
        api, database, now = given
        app = alongside(api, database, datetime.fromisoformat(now))
    else:
        app = bolt(Which(which), *given)
    asyncio.run(serve(app))


if __name__ == "__main__":
    main()
