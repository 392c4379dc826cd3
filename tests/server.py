"""A server for tests that treats whoever goes away as the product's own does."""

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.house import FINISH_SECONDS


class Server(TestServer):
    """On this machine; aiohttp's own for tests ends what a closed connection began, and no real one does."""

    async def _make_runner(self, **kwargs: Any) -> web.AppRunner:
        given = {**kwargs, "handler_cancellation": False, "shutdown_timeout": FINISH_SECONDS}
        return web.AppRunner(self.app, **given)
