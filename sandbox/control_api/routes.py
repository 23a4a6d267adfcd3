"""Routes of the control API and the page in the sandbox's HTTP application."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from sandbox.botapi import BotApi
from sandbox.call_log import CallLog
from sandbox.control_api.bot_settings import BotSettings
from sandbox.control_api.bot_updates import BotUpdates
from sandbox.control_api.bots import Bots
from sandbox.control_api.business import BusinessConnections
from sandbox.control_api.chats import Chats
from sandbox.control_api.context import ControlContext
from sandbox.control_api.diagnostics import Operations
from sandbox.control_api.errors import Unknown, answering
from sandbox.control_api.event_feed import Feeds
from sandbox.control_api.inline import InlineMode
from sandbox.control_api.members import Members
from sandbox.control_api.messages import Messages
from sandbox.control_api.payments import Commerce
from sandbox.control_api.people import People
from sandbox.control_api.profiles import Profiles
from sandbox.fault_injection import Faults
from sandbox.world import World

GROUPS = (
    People,
    Profiles,
    Chats,
    Messages,
    Members,
    BusinessConnections,
    InlineMode,
    Commerce,
    Bots,
    BotSettings,
    BotUpdates,
    Operations,
)
PAGE = Path(__file__).parent.parent / "web"


def add_routes(
    app: web.Application, world: World, faults: Faults, log: CallLog, bots: BotApi
) -> None:
    """Add ``/sandbox/…``, ``/web/…`` and the page at ``/`` to ``app``.

    ``/sandbox/health`` reads ``app[DOORS]``.
    """
    feeds = Feeds(world)
    desk = ControlContext(world, faults, log, feeds, bots)
    for group in GROUPS:
        for route in group(desk).routes():
            app.router.add_route(route.method, route.path, answering(route.handler))
    app.router.add_route("*", "/sandbox/{rest:.*}", answering(_nothing_here))
    app.router.add_get("/", _page)
    app.router.add_static("/web", PAGE)

    async def end_streams(_: web.Application) -> None:
        feeds.close()

    app.on_shutdown.append(end_streams)


async def _page(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})


async def _nothing_here(request: web.Request) -> web.StreamResponse:
    raise Unknown(f"The control API has no {request.method} {request.path}.")
