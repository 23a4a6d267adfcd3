"""The platform as a process: signals, stop within ten seconds, restart after an outage."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import click
import structlog
from aiohttp import web

from controlbot.app import App
from controlbot.http_server import serving
from controlbot.settings import Settings
from tenants.domain.errors import OwnershipLost
from tenants.domain.model import BotProfile
from tenants.security.log_redaction import configure_logging
from tenants.store.database import is_outage, outage_text

log = structlog.get_logger(__name__)

STOP_WITHIN: Final = 9.5
"""Seconds from the first SIGTERM to the process's end, in any case: Docker kills after ten.
https://docs.docker.com/reference/cli/docker/container/stop/"""
INTERRUPTED: Final = 130
"""Exit status of a program interrupted by SIGINT."""
_TRY_EVERY: Final = 2.0

Up = Callable[[BotProfile], None]


async def serve(settings: Settings, up: Up = lambda _bot: None) -> None:
    """Run until SIGTERM or SIGINT, then drain; a second signal exits immediately.

    If a database shared by machines does not answer for longer than the lease lasts, the
    platform stops, since another process may take over, and starts again once it answers.

    Args:
        up: called with the control bot once it receives updates.

    Raises:
        OwnershipLost: another process holds the lease; everything here has stopped.
        AlreadyRunning: the same, or at the start.
    """
    configure_logging(settings.log_level, settings.log_format)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopping.is_set():
            os._exit(INTERRUPTED)
        stopping.set()
        end_by_itself(STOP_WITHIN)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await _serve_once(settings, stopping, up)
    while not stopping.is_set():
        await _serve_again(settings, stopping)


async def _serve_once(settings: Settings, stopping: asyncio.Event, up: Up) -> None:
    """Serve until stopped, or until the lease expires because the database is silent."""
    async with App(settings) as app:
        lost = asyncio.Event()
        app.runner.when_lost(_setting(lost))
        epoch = app.runner.epoch
        up(app.platform.me)
        await _first_of(stopping, lost)
        if stopping.is_set():
            log.info("shutting down; signal again to force")
        elif not app.lost_in_silence:
            end_by_itself(STOP_WITHIN)
            raise OwnershipLost(epoch=epoch)


async def _serve_again(settings: Settings, stopping: asyncio.Event) -> None:
    """Restart once the database answers; until then ``/healthz`` returns the problem."""
    log.error("lease expired: the database did not answer; restarting")
    problem = "the database fails"
    while not stopping.is_set():
        try:
            await _serve_once(settings, stopping, lambda _bot: None)
        except Exception as error:
            if not is_outage(error):
                raise
            problem = outage_text(error)
            log.warning("not started yet", why=problem)
        else:
            return
        async with serving(settings.address, [web.get("/healthz", _unwell(problem))]):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TRY_EVERY):
                    await stopping.wait()


def _unwell(problem: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "problems": [problem]}, status=503)

    return answer


def _setting(event: asyncio.Event) -> Callable[[], Coroutine[Any, Any, None]]:
    async def set_it() -> None:
        event.set()

    return set_it


async def _first_of(*events: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        waits = [group.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def end_by_itself(seconds: float) -> None:
    """End the process after so long, if it still runs: a thread that hangs on a disk or a lock
    blocks the event loop and the interpreter's exit. Updates not committed by then are
    handled again after the next start."""

    def end() -> None:
        log.error("did not stop in time; exiting", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def run(settings: Settings) -> None:
    """Run the platform until it is stopped. Blocks."""
    import uvloop

    def up(bot: BotProfile) -> None:
        if settings.log_format == "console":
            click.echo(f"Running. Write to https://t.me/{bot.username} in Telegram.")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, up))
