"""Watches the event loop from a thread and names the task that blocks it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog

from tenants.domain.model import TenantId
from tenants.runner.handling.worker_deps import RunningUpdates
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics

log = structlog.get_logger(__name__)

_TICK: Final = 0.1
_TASK_PREFIX: Final = "tenant "

Blocked = Callable[[TenantId, int | None, float], None]
"""Called with the tenant, the person whose update it handled (None between updates) and the
seconds blocked."""


class Watchdog:
    """Measures the loop's delay, and finds the task that blocks it for too long."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        blocked_after: float,
        running: RunningUpdates,
        blocked: Blocked,
    ) -> None:
        self._metrics = metrics
        self._blocked_after = blocked_after
        self._running = running
        self._blocked = blocked
        self._nursery = BackgroundTasks("watchdog")
        self._stop = threading.Event()
        self._beat = time.monotonic()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch the running loop."""
        loop = asyncio.get_running_loop()
        self._beat = time.monotonic()
        self._nursery.start(self._tick(), "loop-beat")
        watch = (loop, threading.get_ident())
        self._thread = threading.Thread(
            target=self._watch, args=watch, name="loop-watchdog", daemon=True
        )
        self._thread.start()

    async def stop(self) -> None:
        self._stop.set()
        await self._nursery.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def _tick(self) -> None:
        while True:
            due = time.monotonic() + _TICK
            await asyncio.sleep(_TICK)
            self._beat = time.monotonic()
            self._metrics.loop_delay.observe(max(0.0, self._beat - due))

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        named_for = 0.0
        while not self._stop.wait(self._blocked_after / 4):
            beat = self._beat
            late = time.monotonic() - beat - _TICK
            if late < self._blocked_after or beat == named_for:
                continue
            named_for = beat
            self._name(loop, thread, late)

    def _name(self, loop: asyncio.AbstractEventLoop, thread: int, late: float) -> None:
        task = asyncio.current_task(loop)
        name = task.get_name() if task is not None else ""
        # Looked up now: when the loop continues, the task may handle another update.
        update = self._running.get(task) if task is not None else None
        where = _stack(sys._current_frames().get(thread))
        log.error("event loop blocked", task=name, seconds=round(late, 2), frames=where)
        self._metrics.loop_blocked.inc()
        if name.startswith(_TASK_PREFIX):
            tenant_id = TenantId(int(name.removeprefix(_TASK_PREFIX)))
            person = update.person if update is not None else None
            loop.call_soon_threadsafe(self._blocked, tenant_id, person, late)


def _stack(frame: FrameType | None) -> list[str]:
    """The innermost stack frames, without values."""
    frames = traceback.extract_stack(frame)[-6:] if frame is not None else []
    return [f"{entry.filename}:{entry.lineno} {entry.name}" for entry in frames]
