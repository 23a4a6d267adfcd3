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
from dataclasses import replace
from typing import Final

import structlog

from tenants.bot.effects import Effects
from tenants.errors import OwnershipLost
from tenants.events import EventBus
from tenants.metrics import Metrics
from tenants.ports import Clock, Lease
from tenants.runner.commit_batch import CommitBatch
from tenants.runner.pacing import Backoff
from tenants.runner.queued_update import HandlerResult, IngestBatch, QueuedUpdate
from tenants.store import Database
from tenants.store.engine import is_outage, outage_text
from tenants.store.group import Group, Incoming, Mark
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

_MOST: Final = 250
"""Updates that come in with one commit, and results, so that no commit takes long."""
LINGER: Final = 0.02
"""Seconds an ingest batch waits for its handlers, from the last one that came to an end."""
LONGEST: Final = 0.1
"""Seconds an ingest batch waits for its handlers at all."""


class Committer:
    """Writes what all tenants take in and their handlers' results, fenced by the lease's epoch."""

    def __init__(self, db: Database, clock: Clock, events: EventBus, metrics: Metrics) -> None:
        self._db = db
        self._clock = clock
        self._events = events
        self._metrics = metrics
        self._nursery = Nursery("committer")
        self._ingests: deque[IngestBatch] = deque()
        self._results: deque[HandlerResult] = deque()
        self._marks: list[QueuedUpdate] = []
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
            log.warning("not all was written", batches=len(self._ingests))
        await self._nursery.close()

    def ingest(self, updates: Sequence[QueuedUpdate], *, handled: bool) -> IngestBatch:
        """Updates to take in: wait for ``stored`` before Telegram is told that we have them.

        A database that fails is tried again and again. Where they are ``handled`` meanwhile,
        their handlers are given a moment, so that what they did is written along.
        """
        now = time.monotonic()
        batch = IngestBatch(updates, due=now + LINGER, until=now + LONGEST, handled=handled)
        self._ingests.append(batch)
        self._idle.clear()
        if batch.open:
            self._wake_in(LINGER)
        else:
            self._work.set()
        return batch

    def done(self, update: QueuedUpdate) -> None:
        """An update was handled and changed nothing. Nobody waits for its mark."""
        batch = update.batch
        if batch is not None and not batch.closed:
            batch.done.append(update)
            self._ended(batch)
            return
        if not self._marks:
            self._marks_due = time.monotonic() + LINGER
        self._marks.append(update)
        self._idle.clear()
        self._wake_in(LINGER)

    def finish(self, result: HandlerResult, *, urgent: bool = True) -> None:
        """Commit a result: with the batch its updates came in when that is still to be
        written, else with the next group. ``urgent``: something waits for it."""
        coming = [batch for batch in result.needs if not batch.closed]
        if len(coming) == 1 and len(result.needs) == 1:
            (batch,) = coming
            batch.results.append(result)
        else:
            # Where its updates came in several batches, these are written together.
            self._results.append(result)
            self._idle.clear()
            self._work.set()
            urgent = True
        for update in result.updates:
            if update.batch is not None and not update.batch.closed:
                self._ended(update.batch)
        if urgent:
            for batch in coming:
                batch.hurry()
                self._work.set()

    def failed(self, update: QueuedUpdate) -> None:
        """An update's handler failed: it is written as it came, and tried again later."""
        if update.batch is not None and not update.batch.closed:
            self._ended(update.batch)

    async def flush(self) -> None:
        """Wait until everything handed over so far is committed."""
        if self._idle.is_set():
            return
        self._hurry()
        through: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed(_error: BaseException | None) -> None:
            if not through.done():
                through.set_result(None)

        last = HandlerResult((), Effects(), committed)
        last.needs = {*self._ingests, *(one for result in self._results for one in result.needs)}
        self._results.append(last)
        await through

    def _ended(self, batch: IngestBatch) -> None:
        if batch.handler_ended(time.monotonic(), LINGER):
            self._work.set()

    def _hurry(self) -> None:
        for batch in self._ingests:
            batch.hurry()
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
            if self._ingests or self._marks or self._results:
                self._wake_in(LINGER / 4)
            else:
                self._idle.set()

    def _next(self) -> CommitBatch | None:
        """What is due, in the order in which it came; None when nothing is."""
        now = time.monotonic()
        ingests = self._due_ingests(now)
        results = self._ready_results(set(ingests))
        marks: list[QueuedUpdate] = []
        if ingests or results or self._marks_due <= now:
            marks, self._marks = self._marks, []
        return CommitBatch(ingests, results, marks) if ingests or results or marks else None

    def _due_ingests(self, now: float) -> list[IngestBatch]:
        chosen: list[IngestBatch] = []
        waiting: deque[IngestBatch] = deque()
        room = _MOST
        while self._ingests and room > 0:
            batch = self._ingests.popleft()
            if batch.open > 0 and batch.due > now:
                waiting.append(batch)
                continue
            batch.closed = True
            chosen.append(batch)
            room -= len(batch.updates)
        self._ingests.extendleft(reversed(waiting))
        return chosen

    def _ready_results(self, chosen: set[IngestBatch]) -> list[HandlerResult]:
        ready: list[HandlerResult] = []
        waiting: deque[HandlerResult] = deque()
        while self._results and len(ready) < _MOST:
            result = self._results.popleft()
            (ready if result.is_ready(chosen) else waiting).append(result)
        self._results.extendleft(reversed(waiting))
        return ready

    async def _write(self, batch: CommitBatch) -> bool:
        """One transaction. False: the database failed, try again."""
        try:
            await self._transaction(batch)
        except OwnershipLost:
            self._fenced_off(batch)
            return True
        except Exception as error:
            if is_outage(error):
                self.problem = outage_text(error)
                log.warning(
                    "commit failed, trying again", error=type(error).__name__, why=self.problem
                )
                return False
            if not batch.changes_nothing:
                return await self._write_apart(batch)
            log.error("commit refused, looking for the row", error=type(error).__name__)
            if not await self._write_pieces(batch):
                return True
        self._metrics.commits.observe(batch.pieces)
        batch.tell()
        for result in batch.results:
            self._committed(result)
        return True

    async def _transaction(self, batch: CommitBatch) -> None:
        """Updates, effects and marks."""
        assert self._lease is not None, "started"
        doubtful = batch.doubtful()
        group = batch.group(self._lease, self._now_ms())
        if batch.changes_nothing and self._db.has_short_way:
            await self._db.commit_group(group, batch.learn)
            return
        async with self._db.write() as uow:
            stored = await uow.inbox.done_among(doubtful)
            batch.learn(await uow.inbox.write(group))
            for result in batch.to_apply(stored):
                await result.effects.apply(uow)

    async def _write_apart(self, batch: CommitBatch) -> bool:
        """Somebody's effects are the cause: each result gets a transaction of its own, so
        that one tenant's mistake is its own."""
        without = batch.without_effects()
        if not await self._write(without):
            return False
        for one in batch.each_alone(without):
            await self._write_alone(one)
        return True

    async def _write_alone(self, batch: CommitBatch) -> None:
        (result,) = batch.results
        backoff = Backoff(first=0.05, longest=5.0)
        while True:
            try:
                await self._transaction(batch)
            except OwnershipLost:
                return self._fenced_off(batch)
            except Exception as error:
                if not is_outage(error):
                    return result.committed(error)
                await asyncio.sleep(backoff.next())
            else:
                return self._committed(result)

    async def _write_pieces(self, batch: CommitBatch) -> bool:
        """The database refuses a row: what comes with it is written without it, and the row
        itself set apart. False when the lease was lost meanwhile."""
        assert self._lease is not None, "started"
        waiting = deque([batch.group(self._lease, self._now_ms())])
        backoff = Backoff(first=0.05, longest=5.0)
        while waiting:
            group = waiting.popleft()
            try:
                await self._write_group(group, batch)
            except OwnershipLost:
                self._fenced_off(batch)
                return False
            except Exception as error:
                if is_outage(error):
                    waiting.appendleft(group)
                    await asyncio.sleep(backoff.next())
                elif len(group) > 1:
                    waiting.extendleft(reversed(group.halves()))
                elif group.rows and (other := self._without_ids(group.rows[0], batch)):
                    waiting.appendleft(replace(group, rows=[other]))
                else:
                    log.error("a row is not written", error=type(error).__name__)
        return True

    async def _write_group(self, group: Group, batch: CommitBatch) -> None:
        def learn(known: set[Mark]) -> None:
            batch.learn_part({row.mark for row in group.rows}, known)

        if self._db.has_short_way:
            await self._db.commit_group(group, learn)
            return
        async with self._db.write() as uow:
            learn(await uow.inbox.write(group))

    def _without_ids(self, row: Incoming, batch: CommitBatch) -> Incoming | None:
        """A row that is refused, as one that is only kept; None when it is such a one."""
        batch.refused((row.tenant_id, row.update_id))
        if row.update_id < 0 or row.payload is None:
            return None
        log.error("update set apart", tenant=row.tenant_id)
        kept = QueuedUpdate.kept_aside(row.tenant_id, row.payload, row.received_at)
        return kept.incoming(None)

    def _fenced_off(self, batch: CommitBatch) -> None:
        batch.abandon()
        if self._lost is not None:
            self._lost()

    def _committed(self, result: HandlerResult) -> None:
        result.committed(None)
        for event in result.effects.committed():
            # Listeners may talk to Telegram: no commit waits for them.
            self._nursery.start(self._events.publish(event), f"publish {type(event).__name__}")

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
