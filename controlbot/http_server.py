"""The platform's web server: health, metrics and Telegram's webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import web

from controlbot.http_limits import IDLE_SECONDS, Connections
from controlbot.settings import Address, SettingRefused
from tenants.runner.runner import Runner
from tenants.store import Database
from tenants.support.metrics import Metrics

log = structlog.get_logger(__name__)

_ANSWER_WITHIN: Final = 5.0
_GOODBYE: Final = 1.0
"""Seconds for open requests to end; webhook ingest has already stopped."""


class HealthEndpoints:
    """``/healthz``: the process, its database and its pollers work. ``/readyz``: also, bots are
    being served; a start in progress is healthy but not ready.
    ``/metrics``: metrics in Prometheus' text format."""

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
            log.warning("health check failed", kind=type(error).__name__)
            return web.json_response({"ok": False, "store": "does not answer"}, status=503)
        if problems := self._runner.problems():
            return web.json_response({"ok": False, "problems": problems}, status=503)
        return web.json_response({"ok": True})

    async def ready(self, _request: web.Request) -> web.Response:
        problems = self._runner.problems()
        ready = self._runner.ready() and not problems
        body = {"ready": ready, **({"problems": problems} if problems else {})}
        return web.json_response(body, status=200 if ready else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        body = await asyncio.to_thread(self._metrics.render)
        return web.Response(body=body, headers={"Content-Type": self._metrics.content_type})


def require_free(address: Address) -> None:
    """Check that ``address`` can be listened on, before anything is created.

    Raises:
        SettingRefused: its host name does not resolve.
        OSError: it is in use or not this machine's; ``filename`` names it.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        # The same as asyncio's servers: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(tuple(address))
        except socket.gaierror:
            why = f"{address.host} has no address; take one of this machine's"
            raise SettingRefused(name="CONTROLBOT_LISTEN", why=why) from None
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(address)) from None


@contextlib.asynccontextmanager
async def serving(address: Address, routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Listen on ``address`` (port 0: any free one). Yields the base URL.

    Request bodies are never decompressed, and the rest of a refused one is not read: by
    default aiohttp reads and decompresses what follows a response
    (``auto_decompress``, ``lingering_time`` of ``aiohttp.web_protocol.RequestHandler``).

    Raises:
        OSError: the address is in use or not ours.
    """
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, shutdown_timeout=_GOODBYE)
    await runner.setup()
    assert runner.server is not None, "set up"
    connections = Connections(
        runner.server,
        access_log=None,
        auto_decompress=False,
        lingering_time=0.0,
        keepalive_timeout=IDLE_SECONDS,
    )
    try:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(connections, address.host, address.port, backlog=128)
        try:
            port = server.sockets[0].getsockname()[1]
            yield f"http://{Address((address.host, port))}"
        finally:
            server.close()
    finally:
        await runner.cleanup()
