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
from tenants.store.engine import is_outage, outage_text
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

__all__ = ["Arrival", "Committed", "Committer", "Outcome"]

_MOST: Final = 250
"""Rows that arrive in one commit, and outcomes, so that no commit takes long."""
LINGER: Final = 0.02
"""Seconds an arrival waits for its handlers, from the last one that came to an end."""
LONGEST: Final = 0.1
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
        self._marks_due = 0.0
        self._work = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._lease: Lease | None = None
        self._lost: Callable[[], None] | None = None
        self.healthy = True
        """False while the database fails: nothing should be begun that can't be stored."""
        self.problem = ""
        """What is wrong with the database at present; empty when nothing is."""

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

    def arrive(self, rows: Sequence[Row], *, handled: bool) -> Arrival:
        """Rows to take in: wait for ``stored`` before Telegram is told that we have them.

        A database that fails is tried again and again. Where they are ``handled`` meanwhile,
        their handlers are given a moment, so that what they did is written along.
        """
        now = time.monotonic()
        arrival = Arrival(rows, due=now + LINGER, until=now + LONGEST, handled=handled)
        self._arrivals.append(arrival)
        self._idle.clear()
        if handled:
            self._wake_in(LINGER)
        else:
            self._work.set()
        return arrival

    def done(self, row: Row) -> None:
        """A row was handled and changed nothing. Nobody waits for its mark."""
        arrival = row.arrival
        if arrival is not None and not arrival.closed:
            row.done = True
            self._ended(arrival)
            return
        if not self._marks:
            self._marks_due = time.monotonic() + LINGER
        self._marks.append(row)
        self._idle.clear()
        self._wake_in(LINGER)

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
        self._ended(arrival)
        if urgent:
            arrival.due = 0.0
            self._work.set()

    def failed(self, row: Row) -> None:
        """A row's handler failed: it is written as it came, and tried again later."""
        if row.arrival is not None and not row.arrival.closed:
            self._ended(row.arrival)

    async def flush(self) -> None:
        """Wait until everything handed over so far is committed."""
        if self._idle.is_set():
            return
        self._hurry()
        through = [self._last_of(self._outcomes)]
        if self._arrivals:
            # Those that are due are written in their order.
            through.append(self._last_of(self._arrivals[-1].outcomes))
        self._idle.clear()
        await asyncio.gather(*through)

    @staticmethod
    def _last_of(outcomes: deque[Outcome] | list[Outcome]) -> asyncio.Future[None]:
        through: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed(_error: BaseException | None) -> None:
            if not through.done():
                through.set_result(None)

        outcomes.append(Outcome((), Effects(), committed))
        return through

    async def write(self, effect: Effect) -> None:
        """A fenced transaction of its own, for the runner's rare writes."""
        async with self._db.write() as uow:
            await self._fence(uow)
            await effect(uow)

    def _ended(self, arrival: Arrival) -> None:
        """One of an arrival's handlers came to an end; the others are given their moment."""
        arrival.open -= 1
        if arrival.open <= 0:
            self._work.set()
        elif arrival.due:
            arrival.due = min(arrival.until, time.monotonic() + LINGER)

    def _hurry(self) -> None:
        for arrival in self._arrivals:
            arrival.due = 0.0
        self._marks_due = 0.0
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
                self.healthy, self.problem = True, ""
                backoff.reset()
            if self._arrivals or self._marks:
                self._wake_in(LINGER / 4)
            else:
                self._idle.set()

    def _next(self) -> Batch | None:
        """What is due, in the order in which it came; None when nothing is."""
        now = time.monotonic()
        arrivals = self._due_arrivals(now)
        outcomes = [self._outcomes.popleft() for _ in range(min(_MOST, len(self._outcomes)))]
        marks: list[Row] = []
        if arrivals or outcomes or self._marks_due <= now:
            marks, self._marks = self._marks, []
        return Batch(arrivals, outcomes, marks) if arrivals or outcomes or marks else None

    def _due_arrivals(self, now: float) -> list[Arrival]:
        chosen: list[Arrival] = []
        waiting: deque[Arrival] = deque()
        room = _MOST
        while self._arrivals and room > 0:
            arrival = self._arrivals.popleft()
            if arrival.open > 0 and arrival.due > now:
                waiting.append(arrival)
                continue
            arrival.closed = True
            chosen.append(arrival)
            room -= len(arrival.rows)
        self._arrivals.extendleft(reversed(waiting))
        return chosen

    async def _write(self, batch: Batch) -> bool:
        """One transaction. False: the database failed, try again."""
        try:
            await self._transaction(batch)
        except OwnershipLost:
            self._fenced_off(batch)
            return True
        except Exception as error:
            if not is_outage(error) and not batch.changes_nothing:
                return await self._write_apart(batch)
            self.problem = outage_text(error)
            log.warning("commit failed, trying again", error=type(error).__name__, why=self.problem)
            return False
        self._metrics.commits.observe(batch.pieces)
        batch.tell()
        for outcome in batch.outcomes:
            self._committed(outcome)
        return True

    async def _transaction(self, batch: Batch) -> None:
        """Rows, effects and marks."""
        assert self._lease is not None, "started"
        doubtful = batch.doubtful()
        group = batch.group(self._lease, self._now_ms())
        if batch.changes_nothing and self._db.has_short_way:
            await self._db.commit_group(group, batch.learn)
            return
        async with self._db.write() as uow:
            stored = await uow.inbox.done_among(doubtful)
            batch.learn(await uow.inbox.write(group))
            for outcome in batch.to_apply(stored):
                await outcome.effects.apply(uow)

    async def _write_apart(self, batch: Batch) -> bool:
        """Somebody's effects are the cause: each outcome gets a transaction of its own, so
        that one tenant's mistake is its own."""
        without = batch.without_effects()
        if not await self._write(without):
            return False
        for one in batch.each_alone(without):
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
