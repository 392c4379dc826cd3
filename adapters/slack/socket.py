"""Socket Mode: where Slack cannot reach the service, the service opens a connection to Slack and is handed all by it.

Whatever comes goes to the same listeners as a request would. An envelope is acknowledged once it is stored; one that is
not comes again. Slack's library keeps the connection up; where it does not come back by itself, we begin afresh.
"""

import asyncio
import logging
from contextlib import suppress
from time import time
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.slack.app import SlackEdge
from adapters.slack.workspaces import Line

log = logging.getLogger(__name__)

PING = 5.0
"""Seconds between two looks at whether the connection is there."""

PATIENCE = 6
"""How many looks in a row may find none before we begin afresh, with a new address: one is good for half a minute."""


def _without_content(record: logging.LogRecord) -> bool:
    """What went wrong, and neither what came nor the address, which is as good as a key."""
    kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
    said = record.getMessage().partition("(")[0].partition(":")[0].strip()
    record.msg, record.args, record.exc_info = f"{said}: {kind}" if kind else said, (), None
    return True


_quiet = logging.getLogger(f"{__name__}.library")
_quiet.setLevel(logging.WARNING)
_quiet.addFilter(_without_content)


class Socket:
    """One connection, from the start of the service to its end."""

    def __init__(self, edge: SlackEdge, line: Line) -> None:
        self._edge = edge
        self._line = line
        self._task: asyncio.Task[None] | None = None
        self._busy: set[asyncio.Task[Any]] = set()
        self._ending = False

    async def start(self, _app: web.Application) -> None:
        # Beside everything else: the pages do not wait for Slack.
        self._task = asyncio.create_task(self._stay())

    async def stop(self, _app: web.Application) -> None:
        """Take nothing more, let what has begun be stored and acknowledged, and hang up."""
        self._ending = True
        if self._busy:
            await asyncio.wait(self._busy)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _stay(self) -> None:
        while True:
            client = SocketModeClient(
                app_token=self._line.slack.app_token,
                logger=_quiet,
                web_client=self._line.client(),
                ping_interval=PING,
            )
            # The library names its own base class here, and gives its calls no types: hence what is ignored below.
            client.socket_mode_request_listeners.append(self._take)  # type: ignore[arg-type]
            connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]
            try:
                await self._watch(client)
                log.warning("the connection to Slack does not come back by itself: beginning afresh")
            finally:
                connecting.cancel()
                await client.close()  # type: ignore[no-untyped-call]
                with suppress(asyncio.CancelledError):
                    await connecting

    async def _watch(self, client: SocketModeClient) -> None:
        """Look until it has been gone for too long."""
        missed = 0
        while missed < PATIENCE:
            await asyncio.sleep(PING)
            missed = 0 if await client.is_connected() else missed + 1

    async def _take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        if self._ending:
            # It is not acknowledged, so it comes again, to another process or to the next.
            return
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            asked = AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
            await send_async_response(client, request, await self._edge.dispatch(asked), time())
        except Exception as error:  # noqa: BLE001 - the library would write down its text
            log.error("something from Slack could not be acknowledged: %s", type(error).__name__)
        finally:
            self._busy.discard(task)
