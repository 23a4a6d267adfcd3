"""Handles one tenant's updates: in order within a chat, chats concurrently.

An idle worker is a few empty containers. A busy one has as many tasks as the tenant's
concurrency; a chat whose update waits (for its commit, its retry, the rest of an album)
uses none of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects
from tenants.domain.model import TenantId
from tenants.runner.handling.chat_queue import ChatQueue
from tenants.runner.handling.outcomes import Outcomes
from tenants.runner.handling.worker_deps import WorkerDeps
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.ingest.poll_progress import PollProgress
from tenants.store.inbox_sqlite import InboxState
from tenants.support.rate_limits import Bucket, Pace, Rate
from tenants.telegram.handler_timeout import handler_time
from tenants.telegram.send_limits import yielding

_SLICE: Final = 0.001
"""Seconds of event loop time per tenant before it yields to others."""


class Worker:
    """Queues one tenant's updates and calls its handlers."""

    __slots__ = (
        "_allowance",
        "_crew",
        "_current",
        "_held",
        "_lanes",
        "_loaded",
        "_name",
        "_number",
        "_outcomes",
        "_ready",
        "_resting",
        "_room",
        "_stopped",
        "_tasks",
        "_width",
        "context",
        "polls",
        "size",
        "tenant_id",
    )

    def __init__(self, tenant_id: TenantId, crew: WorkerDeps) -> None:
        self.tenant_id = tenant_id
        self.context: TenantContext | None = None
        self.size = 0
        """Updates queued and not yet handled."""
        self.polls: PollProgress | None = None
        """Shows whether an album is complete; None where updates come by webhook."""
        self._crew = crew
        self._outcomes = Outcomes(tenant_id, crew, self)
        self._lanes: dict[int, ChatQueue] = {}
        self._ready: deque[int] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._room: asyncio.Event | None = None
        self._loaded: set[int] = set()
        """Ids of updates loaded from the inbox, so that none is loaded twice."""
        self._width = 1
        self._held = False
        self._allowance: Bucket | None = None
        self._resting = False
        """The rate limit is exhausted at the moment."""
        self._stopped = False
        self._name = f"tenant {tenant_id}"
        self._number = 0
        self._current = 0
        """Number of the handler that began last, while it runs."""

    @property
    def full(self) -> bool:
        """True when no more updates should be ingested at the moment."""
        settings = self._crew.settings
        return self.size >= (settings.held_backlog if self._held else settings.backlog)

    def change(self, pace: Pace) -> None:
        self._width = pace.concurrency
        self._held = pace.holds_handling
        if self._allowance is not None:
            self._allowance.change(pace.rate)
        self.start_task()

    def pace_handling(self, rate: Rate) -> None:
        """Limit handler starts to ``rate``, for updates whose ingest is not rate-limited."""
        self._allowance = Bucket(rate)

    def put(self, updates: Sequence[QueuedUpdate]) -> None:
        """Queue updates that are, or are about to be, committed to the inbox."""
        if self._stopped:
            return
        self.size += len(updates)
        self._crew.metrics.backlog.inc(len(updates))
        for update in updates:
            lane = self._lanes.get(update.chat_key)
            if lane is None:
                lane = self._lanes[update.chat_key] = ChatQueue()
                self._ready.append(update.chat_key)
            lane.put(update)
        self.start_task()

    def put_stored(self, updates: Sequence[QueuedUpdate]) -> None:
        """Queue updates that are in the inbox, except those loaded before."""
        fresh = [update for update in updates if update.update_id not in self._loaded]
        self._loaded.update(update.update_id for update in fresh)
        self.put(fresh)

    def has_lane(self, chat_key: int) -> bool:
        """Whether updates of this chat wait or are being handled."""
        return chat_key in self._lanes

    def album_awaited(self, chat_key: int) -> str | None:
        """The id of the album that this chat's queue ends with: more parts may follow."""
        lane = self._lanes.get(chat_key)
        return lane.last_album if lane is not None else None

    async def room(self) -> None:
        """Wait until the worker is not full."""
        while self.full:
            self._room = asyncio.Event()
            await self._room.wait()

    async def stop(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Begin no more handlers; wait for running ones, then cancel them. Unhandled updates
        stay in the inbox. False when a handler had to be cancelled."""
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

    def start_task(self) -> None:
        """Start a task. It starts another when its handler waits for something."""
        halted = self._held or self._resting or self._stopped
        if self._ready and len(self._tasks) < self._width and not halted:
            task = self._crew.nursery.start(self._work(), self._name)
            self._tasks.append(task)
            task.add_done_callback(self._tasks.remove)

    async def _work(self) -> None:
        began = time.perf_counter()
        while self._ready and not self._held and not self._stopped:
            if len(self._tasks) > self._width or self._must_rest():
                return
            key = self._ready.popleft()
            unit, wait = self._lanes[key].next(self.polls)
            if unit:
                await self._handle(key, unit)
            else:
                self.retry_later(wait, key)
            if time.perf_counter() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()

    def _must_rest(self) -> bool:
        """Whether the rate limit is exhausted; if not, take from it."""
        if self._allowance is None or self._allowance.try_take():
            return False
        if not self._resting:
            self._resting = True
            asyncio.get_running_loop().call_later(self._allowance.delay(), self._rested)
        return True

    def _rested(self) -> None:
        self._resting = False
        self.start_task()

    def _began(self) -> int:
        """A handler begins. If it still runs in the loop's next iteration, it waits for
        something, and another chat may be handled meanwhile."""
        self._number += 1
        self._current = self._number
        if self._ready and len(self._tasks) < self._width:
            asyncio.get_running_loop().call_soon(self._waits, self._number)
        return self._number

    def _waits(self, number: int) -> None:
        if self._current == number:
            self.start_task()

    async def _handle(self, key: int, unit: list[QueuedUpdate]) -> None:
        journal = self._crew.journal
        deaths = max(journal.deaths(update.key) for update in unit) if len(journal) else 0
        if not deaths:
            await self._call(key, unit)
        elif deaths < self._crew.settings.attempts - 1:
            async with journal.alone:
                await self._call(key, unit)
        else:
            for update in unit:
                journal.end(update.key)
            self._outcomes.killed_processes(key, unit, deaths)

    async def _call(self, key: int, unit: list[QueuedUpdate]) -> None:
        effects = Effects()
        assert self.context is not None, "a worker is given its context before updates"
        journal = self._crew.journal
        for update in unit:
            journal.begin(update.key)
        task = asyncio.current_task()
        assert task is not None
        self._crew.running[task] = unit[0]
        number = self._began()
        unparsed: Sequence[int] = ()
        try:
            async with handler_time(self._crew.settings.handler_timeout):
                unparsed = await self._feed(self.context, unit, effects)
        except Exception as error:
            self._outcomes.failed(key, unit, effects, error)
        else:
            self._outcomes.finished(key, unit, effects, unparsed)
        finally:
            del self._crew.running[task]
            for update in unit:
                journal.end(update.key)
            if self._current == number:
                self._current = 0

    async def _feed(
        self, context: TenantContext, unit: list[QueuedUpdate], effects: Effects
    ) -> Sequence[int]:
        raws = [update.raw for update in unit]
        if unit[0].state is InboxState.DEFERRED:
            with yielding():
                return await self._crew.feed(context, raws, effects)
        return await self._crew.feed(context, raws, effects)

    def remove(self, key: int, unit: list[QueuedUpdate]) -> None:
        """The unit is finished; continue with its chat."""
        if self._stopped:
            return
        lane = self._lanes[key]
        lane.remove(unit)
        self.size -= len(unit)
        self._crew.metrics.backlog.dec(len(unit))
        if self._room is not None and not self.full:
            self._room.set()
            self._room = None
        if lane:
            self._ready.append(key)
        else:
            del self._lanes[key]

    def waits_behind(self, key: int, unit: list[QueuedUpdate]) -> bool:
        """Whether more updates of the chat wait for this unit."""
        return len(self._lanes[key]) > len(unit)

    def let_in_again(self, unit: list[QueuedUpdate]) -> None:
        """Forget that it was loaded from the inbox: a dead letter may be requeued."""
        self._loaded.difference_update(update.update_id for update in unit)

    def retry_later(self, seconds: float, key: int) -> None:
        asyncio.get_running_loop().call_later(seconds, self._again, key)

    def _again(self, key: int) -> None:
        if not self._stopped:
            self._ready.append(key)
            self.start_task()
