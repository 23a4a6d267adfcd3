"""Handles one tenant's committed updates: in order within a chat, chats side by side.

An idle worker is a few empty containers. A busy one has as many tasks as the tenant's
concurrency; a chat whose update waits (for its commit, its retry, the rest of an album)
occupies none of them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects
from tenants.limits import Pace
from tenants.metrics import Metrics
from tenants.model import TenantId
from tenants.runner.committer import Committer, Outcome
from tenants.runner.patience import is_telegrams, pause, tries
from tenants.runner.row import Row
from tenants.runner.settings import RunnerSettings
from tenants.store import UnitOfWork
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

_SLICE: Final = 0.001
"""Seconds a tenant may use before others get their turn."""
_LOOK_AGAIN: Final = 0.1
ALBUM_SETTLES: Final = 0.7
"""Seconds after an album's last part until it is taken for whole; they come one by one."""

Feed = Callable[[TenantContext, Sequence[bytes], Effects], Awaitable[None]]
Quarantined = Callable[[TenantId, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """What all workers share."""

    feed: Feed
    committer: Committer
    nursery: Nursery
    settings: RunnerSettings
    metrics: Metrics
    quarantined: Quarantined
    """Told the tenant and how many updates went there in a row."""
    handled: Callable[[TenantId, int], None]


class Lane:
    """One chat's updates, waiting in order. It exists only while there are any."""

    __slots__ = ("rows", "settled_at")

    def __init__(self) -> None:
        self.rows: deque[Row] = deque()
        self.settled_at = 0.0


class Worker:
    """One tenant's updates on their way to its handlers."""

    __slots__ = (
        "_crew",
        "_current",
        "_failures",
        "_held",
        "_lanes",
        "_name",
        "_number",
        "_ready",
        "_room",
        "_stopped",
        "_tasks",
        "_width",
        "context",
        "size",
        "tenant_id",
    )

    def __init__(self, tenant_id: TenantId, crew: Crew) -> None:
        self.tenant_id = tenant_id
        self.context: TenantContext | None = None
        self.size = 0
        """Updates that are committed and not yet handled."""
        self._crew = crew
        self._lanes: dict[int, Lane] = {}
        self._ready: deque[int] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._room: asyncio.Event | None = None
        self._width = 1
        self._held = False
        self._stopped = False
        self._failures = 0
        self._name = f"tenant {tenant_id}"
        self._number = 0
        self._current = 0
        """The handler that began last, while it runs."""

    @property
    def full(self) -> bool:
        """True when no more should be taken in for the moment."""
        settings = self._crew.settings
        return self.size >= (settings.held_backlog if self._held else settings.backlog)

    def change(self, pace: Pace) -> None:
        self._width = pace.concurrency
        self._held = pace.holds_handling
        self._man()

    def put(self, rows: Sequence[Row]) -> None:
        """Take over updates that are committed to the inbox."""
        if self._stopped:
            return
        self.size += len(rows)
        self._crew.metrics.backlog.inc(len(rows))
        for row in rows:
            lane = self._lanes.get(row.chat_key)
            if lane is None:
                lane = self._lanes[row.chat_key] = Lane()
                self._ready.append(row.chat_key)
            lane.rows.append(row)
            if row.album:
                lane.settled_at = time.monotonic() + ALBUM_SETTLES
        self._man()

    async def room(self) -> None:
        """Wait until there is room for more."""
        while self.full:
            self._room = asyncio.Event()
            await self._room.wait()

    async def stop(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Begin nothing more; wait for what runs, then cancel it. What is left stays in the
        inbox. False when something had to be cancelled."""
        self._stopped = True
        self._crew.metrics.backlog.dec(self.size)
        if not self._tasks:
            return True
        _, laggards = await asyncio.wait(self._tasks, timeout=timeout)
        for task in laggards:
            task.cancel()
        if laggards:
            await asyncio.wait(laggards, timeout=1.0)
        return not laggards

    def _man(self) -> None:
        """Set a task to work. It calls for another when its handler waits for something."""
        if self._ready and len(self._tasks) < self._width and not (self._held or self._stopped):
            task = self._crew.nursery.start(self._work(), self._name)
            self._tasks.append(task)
            task.add_done_callback(self._tasks.remove)

    async def _work(self) -> None:
        began = time.perf_counter()
        while self._ready and not self._held and not self._stopped:
            if len(self._tasks) > self._width:
                return
            key = self._ready.popleft()
            unit = self._unit(key)
            if unit:
                await self._handle(key, unit)
            if time.perf_counter() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()

    def _began(self) -> int:
        """A handler begins. If it is still at it in the loop's next round, it waits for
        something, and another chat may use the time."""
        self._number += 1
        self._current = self._number
        if self._ready and len(self._tasks) < self._width:
            asyncio.get_running_loop().call_soon(self._waits, self._number)
        return self._number

    def _waits(self, number: int) -> None:
        if self._current == number:
            self._man()

    def _unit(self, key: int) -> list[Row]:
        """The next update of a chat, or a whole album; empty when that is still coming in."""
        lane = self._lanes[key]
        first = lane.rows[0]
        if not first.album:
            return [first]
        remaining = lane.settled_at - time.monotonic()
        unit = [row for row in lane.rows if row.album == first.album]
        if remaining <= 0 and any(row.arrival is not None for row in unit):
            remaining = _LOOK_AGAIN  # The database fails: an album's parts are one outcome.
        if remaining > 0 and len(unit) == len(lane.rows):
            self._later(remaining, key)
            return []
        return unit

    async def _handle(self, key: int, unit: list[Row]) -> None:
        effects = Effects()
        assert self.context is not None, "a worker is given its context before updates"
        number = self._began()
        try:
            async with asyncio.timeout(self._crew.settings.handler_timeout):
                await self._crew.feed(self.context, [row.raw for row in unit], effects)
        except Exception as error:
            for row in unit:
                self._crew.committer.failed(row)
            self._failed(key, unit, error)
        else:
            self._finish(key, unit, effects)
        finally:
            if self._current == number:
                self._current = 0

    def _finish(self, key: int, unit: list[Row], effects: Effects) -> None:
        """What changed something is committed before the chat goes on: its next update may
        have to see it."""
        if not effects:
            for row in unit:
                self._crew.committer.done(row)
            self._handled(key, unit)  # Its task goes on with what is ready.
            return

        def committed(error: BaseException | None) -> None:
            if error is not None:
                self._failed(key, unit, error)
            else:
                self._handled(key, unit)
                self._man()

        waited_for = len(self._lanes[key].rows) > len(unit)
        self._crew.committer.finish(Outcome(unit, effects, committed), urgent=waited_for)

    def _handled(self, key: int, unit: list[Row]) -> None:
        self._failures = 0
        self._observe(unit)
        self._next(key, unit)

    def _failed(self, key: int, unit: list[Row], error: BaseException) -> None:
        first = unit[0]
        first.attempts += 1
        self._crew.metrics.handler_errors.labels(type(error).__name__).inc()
        telegrams = is_telegrams(error)
        log.log(
            logging.WARNING if telegrams else logging.ERROR,
            "handler failed",
            tenant=self.tenant_id,
            update=first.update_id,
            attempt=first.attempts,
            error=describe(error),
            exc_info=None if telegrams else error,
        )
        settings = self._crew.settings
        if first.attempts < tries(error, settings):
            self._later(pause(first.attempts, settings), key)
            return
        self._failures += not telegrams
        self._put_aside(key, unit, error)

    def _put_aside(self, key: int, unit: list[Row], error: BaseException) -> None:
        """Quarantine a poison update, so that its chat goes on."""
        why = describe(error)

        async def mark(uow: UnitOfWork) -> None:
            for row in unit:
                await uow.inbox.quarantine(row.tenant_id, row.update_id, why)

        def committed(failure: BaseException | None) -> None:
            if failure is not None:
                log.error("quarantine not stored", tenant=self.tenant_id, exc_info=failure)
            self._next(key, unit)
            self._man()
            self._crew.quarantined(self.tenant_id, self._failures)

        effects = Effects()
        effects.add(mark)
        self._crew.committer.finish(Outcome((), effects, committed))

    def _next(self, key: int, unit: list[Row]) -> None:
        """The unit is through; on with its chat."""
        if self._stopped:
            return
        lane = self._lanes[key]
        for row in unit:
            lane.rows.remove(row)
        self.size -= len(unit)
        self._crew.metrics.backlog.dec(len(unit))
        if self._room is not None and not self.full:
            self._room.set()
            self._room = None
        if lane.rows:
            self._ready.append(key)
        else:
            del self._lanes[key]

    def _later(self, seconds: float, key: int) -> None:
        asyncio.get_running_loop().call_later(seconds, self._again, key)

    def _again(self, key: int) -> None:
        if not self._stopped:
            self._ready.append(key)
            self._man()

    def _observe(self, unit: list[Row]) -> None:
        lag = time.time() - unit[0].received_ms / 1000
        self._crew.metrics.lag.observe(max(0.0, lag))
        self._crew.handled(self.tenant_id, len(unit))


def describe(error: BaseException) -> str:
    """An error for the store and the card: its kind and place, nothing that it carries."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {code.co_qualname}, line {trace.tb_lineno}"
