"""The simulated Bot API over HTTP.

https://core.telegram.org/bots/api
"""

from __future__ import annotations

from aiohttp import web

from sandbox.botapi import methods
from sandbox.botapi.server import BotApi
from sandbox.call_log import CallLog
from sandbox.fault_injection import Faults
from sandbox.world import World

__all__ = ["BotApi", "add_routes", "methods"]


def add_routes(
    app: web.Application,
    world: World,
    faults: Faults,
    log: CallLog,
    *,
    pace: float = 1.0,
    limits: bool = False,
) -> BotApi:
    """Add the Bot API to an application.

    Args:
        pace: pauses of webhooks are multiplied by it.
        limits: apply Telegram's flood limits.
    """
    api = BotApi(world, faults, log, pace=pace, limits=limits)
    app.router.add_route("*", "/bot{token}/{method}", api.handle)
    app.router.add_get("/file/bot{token}/{path:.+}", api.download)
    app.cleanup_ctx.append(api.run)
    app.on_shutdown.append(api.stop_polls)
    return api
