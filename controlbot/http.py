"""The platform's own small web server: health, metrics and Telegram's hooks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import web

from controlbot.settings import Address
from tenants.metrics import Metrics
from tenants.runner.runner import Runner
from tenants.store import Database

log = structlog.get_logger(__name__)

_ANSWER_WITHIN: Final = 5.0
_GOODBYE: Final = 5.0


class Pages:
    """``/healthz``: the process and its store are well. ``/readyz``: bots are being served.
    ``/metrics``: figures in Prometheus' text format."""

    def __init__(self, db: Database, runner: Runner, metrics: Metrics) -> None:
        self._db = db
        self._runner = runner
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.health),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        try:
            await asyncio.wait_for(self._db.ping(), _ANSWER_WITHIN)
        except Exception as error:
            log.warning("unwell", kind=type(error).__name__)
            return web.json_response({"ok": False, "store": "does not answer"}, status=503)
        return web.json_response({"ok": True})

    async def ready(self, _request: web.Request) -> web.Response:
        ready = self._runner.ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        body = await asyncio.to_thread(self._metrics.render)
        return web.Response(body=body, headers={"Content-Type": self._metrics.content_type})


@contextlib.asynccontextmanager
async def serving(address: Address, routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Listen on ``address`` (port 0: any free one). Yields the base URL.

    Raises:
        OSError: the address is in use or not ours.
    """
    application = web.Application(client_max_size=2**20)
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GOODBYE)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://{Address((address.host, port))}"
    finally:
        await runner.cleanup()
