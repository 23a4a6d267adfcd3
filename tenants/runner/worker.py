"""Handles one tenant's updates: in order within a chat, chats side by side.

An idle worker is a few empty containers. A busy one has as many tasks as the tenant's
concurrency; a chat whose update waits (for its commit, its retry, the rest of an album)
occupies none of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects
from tenants.limits import Bucket, Pace, Rate
from tenants.metrics import Metrics
from tenants.model import TenantId
from tenants.runner.attempts import Attempts, describe, frames
from tenants.runner.chat_queue import ChatQueue
from tenants.runner.committer import Committer
from tenants.runner.in_flight import InFlightJournal
from tenants.runner.poll_progress import PollProgress
from tenants.runner.queued_update import HandlerResult, QueuedUpdate
from tenants.runner.refused import note_refusal
from tenants.runner.settings import RunnerSettings
from tenants.store.group import Aside, InboxState
from tenants.tasks import Nursery
from tenants.telegram.handler_time import handler_time
from tenants.telegram.outgoing import yielding
from tenants.telegram.refusals import Decision, decide, retry_after

log = structlog.get_logger(__name__)

_SLICE: Final = 0.001
"""Seconds a tenant may use before others get their turn."""

Feed = Callable[[TenantContext, Sequence[bytes], Effects], Awaitable[Sequence[int]]]
"""Handles an update or an album; returns which of its parts (by place) the parser can't read."""
Quarantined = Callable[[TenantId, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """What all workers share."""

    feed: Feed
    committer: Committer
    nursery: Nursery
    settings: RunnerSettings
    journal: InFlightJournal
    metrics: Metrics
    parser: str
    """Names the installed parser: what it can't read waits for another."""
    quarantined: Quarantined
    """Told the tenant and of how many people's updates in a row the handlers failed."""
    handled: Callable[[TenantId, int], None]


class ProcessDied(Exception):
    """Processes died while they handled this update."""


class Worker:
    """One tenant's updates on their way to its handlers."""

    __slots__ = (
        "_allowance",
        "_attempts",
        "_crew",
        "_current",
        "_held",
        "_lanes",
        "_loaded",
        "_name",
        "_number",
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

    def __init__(self, tenant_id: TenantId, crew: Crew) -> None:
        self.tenant_id = tenant_id
        self.context: TenantContext | None = None
        self.size = 0
        """Updates that were taken over and are not yet handled."""
        self.polls: PollProgress | None = None
        """Shows whether an album is whole; None where updates come by webhook."""
        self._crew = crew
        self._attempts = Attempts(crew.settings)
        self._lanes: dict[int, ChatQueue] = {}
        self._ready: deque[int] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._room: asyncio.Event | None = None
        self._loaded: set[int] = set()
        """Ids of updates that were taken from the inbox, so that none is taken twice."""
        self._width = 1
        self._held = False
        self._allowance: Bucket | None = None
        self._resting = False
        """The allowance is used up for the moment."""
        self._stopped = False
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
        if self._allowance is not None:
            self._allowance.change(pace.rate)
        self._man()

    def pace_handling(self, rate: Rate) -> None:
        """Begin no more handlers than ``rate`` allows, for updates whose intake is not paced."""
        self._allowance = Bucket(rate)

    def put(self, updates: Sequence[QueuedUpdate]) -> None:
        """Take over updates that are, or are about to be, committed to the inbox."""
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
        self._man()

    def put_stored(self, updates: Sequence[QueuedUpdate]) -> None:
        """Take over updates that lie in the inbox, except those that were taken before."""
        fresh = [update for update in updates if update.update_id not in self._loaded]
        self._loaded.update(update.update_id for update in fresh)
        self.put(fresh)

    def has_lane(self, chat_key: int) -> bool:
        """Whether updates of this chat wait or are being handled."""
        return chat_key in self._lanes

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
                self._later(wait, key)
            if time.perf_counter() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()

    def _must_rest(self) -> bool:
        """Takes from the allowance when it is not used up."""
        if self._allowance is None or self._allowance.try_take():
            return False
        if not self._resting:
            self._resting = True
            asyncio.get_running_loop().call_later(self._allowance.delay(), self._rested)
        return True

    def _rested(self) -> None:
        self._resting = False
        self._man()

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
            log.error("processes died of an update", tenant=self.tenant_id, deaths=deaths)
            self._attempts.given_up(unit[0])
            self._put_aside(key, unit, ProcessDied())

    async def _call(self, key: int, unit: list[QueuedUpdate]) -> None:
        effects = Effects()
        assert self.context is not None, "a worker is given its context before updates"
        journal = self._crew.journal
        for update in unit:
            journal.begin(update.key)
        number = self._began()
        unparsed: Sequence[int] = ()
        try:
            async with handler_time(self._crew.settings.handler_timeout):
                unparsed = await self._feed(self.context, unit, effects)
        except Exception as error:
            self._ended_with(key, unit, effects, error)
        else:
            self._finish(key, unit, effects, unparsed)
        finally:
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

    def _ended_with(
        self, key: int, unit: list[QueuedUpdate], effects: Effects, error: Exception
    ) -> None:
        decision = decide(error)
        if decision is Decision.HANDLED:
            note_refusal(self.tenant_id, unit[0], effects, error)
            self._finish(key, unit, effects)
            return
        for update in unit:
            self._crew.committer.failed(update)
        if decision is Decision.FAILED:
            self._failed(key, unit, error)
        else:
            self._not_now(key, unit, error, decision)

    def _finish(
        self,
        key: int,
        unit: list[QueuedUpdate],
        effects: Effects,
        unparsed: Sequence[int] = (),
    ) -> None:
        """What changed something is committed before the chat goes on: its next update may
        have to see it."""
        if not effects and not unparsed and len(unit) == 1:
            self._crew.committer.done(unit[0])
            self._handled(key, unit)  # Its task goes on with what is ready.
            return

        def committed(error: BaseException | None) -> None:
            if error is not None:
                self._failed(key, unit, error)
            else:
                self._handled(key, unit)
                self._man()

        aside = [unit[place].aside(InboxState.UNPARSED, self._crew.parser) for place in unparsed]
        waited_for = len(self._lanes[key]) > len(unit)
        self._crew.committer.finish(
            HandlerResult(unit, effects, committed, aside=aside), urgent=waited_for
        )

    def _handled(self, key: int, unit: list[QueuedUpdate]) -> None:
        self._attempts.succeeded()
        self._observe(unit)
        self._next(key, unit)

    def _not_now(
        self, key: int, unit: list[QueuedUpdate], error: Exception, decision: Decision
    ) -> None:
        """Telegram's outage, or a refused token: again later, and nobody's fault."""
        first = unit[0]
        if self._attempts.interrupted(first) == 1:
            log.warning(
                "handler interrupted",
                tenant=self.tenant_id,
                update=first.update_id,
                error=describe(error),
            )
        if decision is Decision.RETRY and self._attempts.is_given_up(first):
            self._put_aside(key, unit, error)
            return
        self._later(max(self._attempts.pause(first.retries), retry_after(error)), key)

    def _failed(self, key: int, unit: list[QueuedUpdate], error: BaseException) -> None:
        first = unit[0]
        last_try = self._attempts.failed(first)
        self._crew.metrics.handler_errors.labels(type(error).__name__).inc()
        log.error(
            "handler failed",
            tenant=self.tenant_id,
            update=first.update_id,
            attempt=first.attempts,
            error=describe(error),
            frames=frames(error),
        )
        if last_try:
            self._put_aside(key, unit, error)
        else:
            self._later(self._attempts.pause(first.attempts), key)

    def _put_aside(self, key: int, unit: list[QueuedUpdate], error: BaseException) -> None:
        """Make a dead letter of a poison update, so that its chat goes on."""
        why = describe(error)
        self._loaded.difference_update(update.update_id for update in unit)

        def committed(failure: BaseException | None) -> None:
            if failure is not None:
                log.error("dead letter not stored", tenant=self.tenant_id, error=describe(failure))
            self._next(key, unit)
            self._man()
            self._crew.quarantined(self.tenant_id, self._attempts.people_in_a_row)

        aside: list[Aside] = [update.aside(InboxState.QUARANTINED, why) for update in unit]
        self._crew.committer.finish(HandlerResult(unit, Effects(), committed, aside=aside))

    def _next(self, key: int, unit: list[QueuedUpdate]) -> None:
        """The unit is through; on with its chat."""
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

    def _later(self, seconds: float, key: int) -> None:
        asyncio.get_running_loop().call_later(seconds, self._again, key)

    def _again(self, key: int) -> None:
        if not self._stopped:
            self._ready.append(key)
            self._man()

    def _observe(self, unit: list[QueuedUpdate]) -> None:
        lag = time.time() - unit[0].received_ms / 1000
        self._crew.metrics.lag.observe(max(0.0, lag))
        self._crew.handled(self.tenant_id, len(unit))
