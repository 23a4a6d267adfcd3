"""The platform as a forked process: the real services, store and runner, one feature."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Any

from aiohttp import web

from controlbot.http_server import HealthEndpoints, serving
from controlbot.settings import Address
from tenants.domain.events import EventBus
from tenants.domain.model import PlatformLimits
from tenants.i18n.translator import Catalogs
from tenants.runner.factory import build_runner, lease_on
from tenants.runner.process.lease import LEASE
from tenants.runner.runner import Runner
from tenants.runner.settings import RunnerSettings
from tenants.security.master_keys import FileKeyProvider
from tenants.services import build_services
from tenants.store import Database, database
from tenants.support.clock import SystemClock
from tenants.support.rate_limits import Rate
from tenants.telegram.http_client import Telegram
from tenants.telegram.token_probe import BotProber
from tests.faults import effect_log, kill_points
from tests.support.runner_env import STAFF, NoAccounts

UNLIMITED = Rate(per_second=10_000, burst=10_000)
"""The load is no flood of one person's: nothing of it is to be dropped for that."""
_WORDS = Catalogs.load("tenants")


async def serve(settings: dict[str, Any]) -> None:
    """Run until SIGTERM, or until the lease is lost.

    Args:
        settings: ``folder`` (with ``controlbot.db`` and ``master.key``), ``api`` (the Bot
            API's URL), ``hook_port`` (webhook mode), ``health_port`` (where /healthz is
            served), ``runner`` (RunnerSettings' fields), ``point`` (what befalls it, see
            :mod:`tests.faults.kill_points`), ``busy_ms`` (how long it waits for a locked
            database).
    """
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    kill_points.arm(settings.get("point"))
    if "busy_ms" in settings:
        wanted = (*database.WANTED, f"busy_timeout={settings['busy_ms']}")
        database.WANTED = wanted  # type: ignore[misc, assignment]
    async with contextlib.AsyncExitStack() as stack:
        runner = await _build(stack, settings)
        stack.push_async_callback(runner.stop, 5.0)
        await runner.start()
        waits = [
            asyncio.get_running_loop().create_task(stopped.wait()),
            asyncio.get_running_loop().create_task(runner.wait_until_lost()),
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)


async def _build(stack: contextlib.AsyncExitStack, settings: dict[str, Any]) -> Runner:
    folder, port = Path(settings["folder"]), settings.get("hook_port")
    telegram = Telegram(settings["api"])
    stack.push_async_callback(telegram.close)
    keys = FileKeyProvider(folder / "master.key")
    clock, chosen = SystemClock(), _runner_settings(settings)
    db = await Database.open(f"sqlite:///{folder}/controlbot.db")
    stack.push_async_callback(db.close)
    lease = lease_on(db, clock, chosen)
    stack.push_async_callback(lease.release)
    await lease.require(LEASE)
    services = await build_services(
        db,
        keys,
        prober=BotProber(telegram.bot),
        events=EventBus(),
        clock=clock,
        limits=PlatformLimits(owners=frozenset({STAFF})),
    )
    runner = await build_runner(
        services,
        telegram,
        NoAccounts(),
        _WORDS,
        chosen,
        features=[effect_log.feature()],
        lease=lease,
    )
    if port:
        await _open_door(stack, runner, port)
    if settings.get("health_port"):
        address = Address(("127.0.0.1", settings["health_port"]))
        routes = HealthEndpoints(db, runner, telegram.metrics).routes()
        await stack.enter_async_context(serving(address, routes))
    return runner


def _runner_settings(settings: dict[str, Any]) -> RunnerSettings:
    port = settings.get("hook_port")
    return RunnerSettings(
        person_rate=UNLIMITED,
        webhook_url=f"http://127.0.0.1:{port}" if port else None,
        **settings.get("runner", {}),
    )


async def _open_door(stack: contextlib.AsyncExitStack, runner: Runner, port: int) -> None:
    door = web.Application()
    door.add_routes(runner.hook_routes())
    server = web.AppRunner(door, access_log=None)
    await server.setup()
    stack.push_async_callback(server.cleanup)
    await web.TCPSite(server, "127.0.0.1", port, reuse_address=True).start()
