"""Group commit: what many tenants take in and handle shares a transaction.

A commit costs about a millisecond whatever it holds. Updates are handled while their rows
wait for it, and Telegram is told after it: an update that was handled by then is written
once, as done, together with its effects.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tenants.bot.effects import Effects
from tenants.errors import OwnershipLost
from tenants.events import EventBus
from tenants.metrics import Metrics
from tenants.ports import Clock, Lease
from tenants.runner.batches import Arrival, Batch, Committed, Outcome
from tenants.runner.pacing import Backoff
from tenants.runner.row import Row
from tenants.store import Database, Effect, UnitOfWork
from tenants.store.engine import is_outage
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

__all__ = ["Arrival", "Committed", "Committer", "Outcome"]

_MOST: Final = 500
"""Rows that arrive in one commit, so that no commit takes long."""
_LINGER: Final = 0.02
"""Seconds an arrival waits for its handlers, from the last one that came to an end."""
_LONGEST: Final = 0.1
"""Seconds an arrival waits for its handlers at all."""


class Committer:
    """Writes all tenants' arrivals and outcomes, fenced by the lease's epoch."""

    def __init__(self, db: Database, clock: Clock, events: EventBus, metrics: Metrics) -> None:
        self._db = db
        self._clock = clock
        self._events = events
        self._metrics = metrics
        self._nursery = Nursery("committer")
        self._arrivals: deque[Arrival] = deque()
        self._outcomes: deque[Outcome] = deque()
        self._marks: list[Row] = []
        self._work = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._lease: Lease | None = None
        self._lost: Callable[[], None] | None = None
        self.healthy = True
        """False while the database fails: nothing should be begun that can't be stored."""

    def start(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Begin to write under ``lease``; ``lost`` is called when a write was fenced off."""
        self._lease = lease
        self._lost = lost
        self._nursery.start(self._run(), "committer")

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109
        """Write what waits, for ``timeout`` seconds at most."""
        self._hurry()
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
        except TimeoutError:
            log.warning("not all was written", arrivals=len(self._arrivals))
        await self._nursery.close()

    def arrive(self, rows: Sequence[Row], *, handled_first: bool) -> Arrival:
        """Rows to take in: wait for ``stored`` before Telegram is told that we have them.

        A database that fails is tried again and again. With ``handled_first`` their handlers
        are given a moment, so that what they did is written along.
        """
        now = time.monotonic()
        arrival = Arrival(rows, handled_first=handled_first, now=now, longest=_LONGEST)
        self._arrivals.append(arrival)
        self._idle.clear()
        if handled_first:
            self._wake_in(_LINGER)
        else:
            self._work.set()
        return arrival

    def done(self, row: Row) -> None:
        """A row was handled and changed nothing. Nobody waits for its mark."""
        arrival = row.arrival
        if arrival is None or arrival.closed:
            self._marks.append(row)
            self._idle.clear()
            self._wake_in(_LINGER)
            return
        row.done = True
        self._ended(arrival)

    def finish(self, outcome: Outcome, *, urgent: bool = True) -> None:
        """Commit an outcome: with the arrival of its row when that is still to be written,
        else with the next group. ``urgent``: something waits for it."""
        arrival = outcome.rows[0].arrival if outcome.rows else None
        if arrival is None or arrival.closed:
            self._outcomes.append(outcome)
            self._idle.clear()
            self._work.set()
            return
        arrival.outcomes.append(outcome)
        if urgent:
            arrival.due = 0.0
            self._work.set()
        self._ended(arrival)

    def failed(self, row: Row) -> None:
        """A row's handler failed: it is written as it came, and tried again later."""
        if row.arrival is not None and not row.arrival.closed:
            self._ended(row.arrival)

    async def flush(self) -> None:
        """Wait until everything handed over so far is committed."""
        through: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed(_error: BaseException | None) -> None:
            if not through.done():
                through.set_result(None)

        self._hurry()
        last = Outcome((), Effects(), committed)
        if self._arrivals:
            # Arrivals that are due are written in their order, so this goes with the last.
            self._arrivals[-1].outcomes.append(last)
        else:
            self.finish(last)
        await through

    async def write(self, effect: Effect) -> None:
        """A fenced transaction of its own, for the runner's rare writes."""
        async with self._db.write() as uow:
            await self._fence(uow)
            await effect(uow)

    def _ended(self, arrival: Arrival) -> None:
        """A handler of the arrival came to an end."""
        arrival.open -= 1
        if arrival.open <= 0:
            self._work.set()
        else:
            arrival.due = min(arrival.due, arrival.until, time.monotonic() + _LINGER)

    def _hurry(self) -> None:
        for arrival in self._arrivals:
            arrival.due = 0.0
        self._work.set()

    def _wake_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._timed)

    def _timed(self) -> None:
        self._timer = None
        self._work.set()

    async def _run(self) -> None:
        backoff = Backoff(first=0.05, longest=5.0)
        while True:
            await self._work.wait()
            self._work.clear()
            while batch := self._next():
                while not await self._write(batch):
                    self.healthy = False
                    await asyncio.sleep(backoff.next())
                self.healthy = True
                backoff.reset()
            if self._arrivals:
                self._wake_in(_LINGER)
            else:
                self._idle.set()

    def _next(self) -> Batch | None:
        """What is due, in the order in which it came; None when nothing is."""
        now, room = time.monotonic(), _MOST
        chosen: list[Arrival] = []
        rest: deque[Arrival] = deque()
        while self._arrivals and room > 0:
            arrival = self._arrivals.popleft()
            if arrival.open > 0 and arrival.due > now:
                rest.append(arrival)
                continue
            arrival.closed = True
            chosen.append(arrival)
            room -= len(arrival.rows)
        rest.extend(self._arrivals)
        self._arrivals = rest
        outcomes = [self._outcomes.popleft() for _ in range(min(_MOST, len(self._outcomes)))]
        marks, self._marks = self._marks[:_MOST], self._marks[_MOST:]
        return Batch(chosen, outcomes, marks) if chosen or outcomes or marks else None

    async def _write(self, batch: Batch) -> bool:
        """One transaction. False: the database failed, try again."""
        try:
            await self._transaction(batch)
        except OwnershipLost:
            self._fenced_off(batch)
            return True
        except Exception as error:
            if not is_outage(error) and any(outcome.effects for outcome in batch.outcomes):
                return await self._write_apart(batch)
            log.warning("commit failed, trying again", error=type(error).__name__)
            return False
        self._metrics.commits.observe(batch.pieces)
        batch.tell()
        for outcome in batch.outcomes:
            self._committed(outcome)
        return True

    async def _transaction(self, batch: Batch) -> None:
        """Rows, effects and marks. A row that was here already was handled before, or will
        be: what handling it again would change is not applied."""
        assert self._lease is not None, "started"
        group = batch.group(self._lease, self._now_ms())
        if not any(outcome.effects for outcome in batch.outcomes):
            batch.learn(await self._db.commit_group(group))
            return
        async with self._db.write() as uow:
            batch.learn(await uow.inbox.write(group))
            for outcome in await batch.to_apply(uow):
                await outcome.effects.apply(uow)

    async def _write_apart(self, batch: Batch) -> bool:
        """Somebody's effects are the cause: each outcome gets a transaction of its own, so
        that one tenant's mistake is its own."""
        without, apart = batch.split()
        if not await self._write(without):
            return False
        for one in apart:
            await self._write_alone(one)
        return True

    async def _write_alone(self, batch: Batch) -> None:
        (outcome,) = batch.outcomes
        backoff = Backoff(first=0.05, longest=5.0)
        while True:
            try:
                await self._transaction(batch)
            except OwnershipLost:
                return self._fenced_off(batch)
            except Exception as error:
                if not is_outage(error):
                    return outcome.committed(error)
                await asyncio.sleep(backoff.next())
            else:
                return self._committed(outcome)

    async def _fence(self, uow: UnitOfWork) -> None:
        assert self._lease is not None, "started"
        await uow.leases.check(self._lease.name, self._lease.epoch)

    def _fenced_off(self, batch: Batch) -> None:
        batch.abandon()
        if self._lost is not None:
            self._lost()

    def _committed(self, outcome: Outcome) -> None:
        outcome.committed(None)
        for event in outcome.effects.committed():
            # Listeners may talk to Telegram: no commit waits for them.
            self._nursery.start(self._events.publish(event), f"publish {type(event).__name__}")

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
