"""Group commit: ingested updates and handler results of many tenants share a transaction.

A commit costs about a millisecond whatever its size. Updates are handled while their rows
wait for it, and acknowledged to Telegram after it: an update already handled by then is
written once, as done, together with its effects.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tenants.bot.effects import Effects
from tenants.domain.events import EventBus
from tenants.domain.ports import Clock, Lease
from tenants.runner.inbox.batch_writer import BatchWriter
from tenants.runner.inbox.commit_batch import CommitBatch
from tenants.runner.inbox.queued_update import HandlerResult, IngestBatch, QueuedUpdate
from tenants.runner.ingest.backoff import Backoff
from tenants.store import Database
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics

log = structlog.get_logger(__name__)

_MOST: Final = 250
"""Ingested updates, and results, per commit, so that no commit takes long."""
LINGER: Final = 0.02
"""Seconds an ingest batch waits for its handlers, from the last one that ended."""
LONGEST: Final = 0.1
"""Seconds an ingest batch waits for its handlers at most."""


class Committer:
    """Writes all tenants' updates and handler results, fenced by the lease's epoch."""

    def __init__(self, db: Database, clock: Clock, events: EventBus, metrics: Metrics) -> None:
        self._events = events
        self._writer = BatchWriter(db, clock, metrics, self._committed)
        self._nursery = BackgroundTasks("committer")
        self._ingests: deque[IngestBatch] = deque()
        self._results: deque[HandlerResult] = deque()
        self._marks: list[QueuedUpdate] = []
        self._marks_due = 0.0
        self._work = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self.healthy = True
        """False while the database fails: no handlers should be started meanwhile."""

    @property
    def problem(self) -> str:
        """Current problem of the database; empty when there is none."""
        return self._writer.problem

    def start(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Begin to write under ``lease``; ``lost`` is called when a write was fenced off."""
        self._writer.start(lease, lost)
        self._nursery.start(self._run(), "committer")

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109
        """Write what is queued, for ``timeout`` seconds at most."""
        self._hurry()
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
        except TimeoutError:
            log.warning("stopped with unwritten batches", batches=len(self._ingests))
        await self._nursery.close()

    def ingest(self, updates: Sequence[QueuedUpdate], *, handled: bool) -> IngestBatch:
        """Queue updates for the inbox: wait for ``stored`` before acknowledging to Telegram.

        A failing database is retried until it works. If they are ``handled`` meanwhile, the
        batch waits shortly for their handlers, so that results are written with it.
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
        """An update was handled without effects. Its done-mark is not urgent."""
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
        """Commit a result: with the ingest batch of its updates when that is not yet written,
        else with the next group. ``urgent``: something waits for it."""
        coming = [batch for batch in result.needs if not batch.closed]
        if len(coming) == 1 and len(result.needs) == 1:
            (batch,) = coming
            batch.results.append(result)
        else:
            # If its updates came in several batches, these are written together.
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
        """An update's handler failed: it is written as pending, and retried later."""
        if update.batch is not None and not update.batch.closed:
            self._ended(update.batch)

    async def flush(self) -> None:
        """Wait until everything queued so far is committed."""
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
                while not await self._writer.write(batch):
                    self.healthy = False
                    await asyncio.sleep(backoff.next())
                self.healthy = True
                backoff.reset()
            if self._ingests or self._marks or self._results:
                self._wake_in(LINGER / 4)
            else:
                self._idle.set()

    def _next(self) -> CommitBatch | None:
        """The next batch that is due, in order of arrival; None when there is none."""
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

    def _committed(self, result: HandlerResult) -> None:
        result.committed(None)
        for event in result.effects.committed():
            # Listeners may call Telegram: no commit waits for them.
            self._nursery.start(self._events.publish(event), f"publish {type(event).__name__}")
