"""Writes a commit batch, without the rows that the database refuses."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import structlog

from tenants.domain.errors import OwnershipLost
from tenants.domain.ports import Clock, Lease
from tenants.runner.inbox.commit_batch import CommitBatch
from tenants.runner.inbox.queued_update import HandlerResult, QueuedUpdate
from tenants.runner.ingest.backoff import Backoff
from tenants.store import Database
from tenants.store.database import is_outage, outage_text
from tenants.store.inbox_sqlite import Group, Incoming, UpdateKey
from tenants.support.metrics import Metrics

log = structlog.get_logger(__name__)


class BatchWriter:
    """One batch at a time, fenced by the lease's epoch."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        metrics: Metrics,
        committed: Callable[[HandlerResult], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._metrics = metrics
        self._committed = committed
        self._lease: Lease | None = None
        self._lost: Callable[[], None] | None = None
        self.problem = ""
        """Current problem of the database; empty when there is none."""

    def start(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Write under ``lease``; ``lost`` is called when a write was fenced off."""
        self._lease = lease
        self._lost = lost

    async def write(self, batch: CommitBatch) -> bool:
        """Write in one transaction. False: the database failed, retry."""
        try:
            await self._transaction(batch)
        except OwnershipLost:
            self._fenced_off(batch)
            return True
        except Exception as error:
            if is_outage(error):
                self.problem = outage_text(error)
                log.warning("commit failed, retrying", error=type(error).__name__, why=self.problem)
                return False
            if not batch.changes_nothing:
                return await self._write_apart(batch)
            log.error("commit refused, searching for the row", error=type(error).__name__)
            if not await self._write_pieces(batch):
                return True
        self.problem = ""
        self._metrics.commits.observe(batch.pieces)
        batch.tell()
        for result in batch.results:
            self._committed(result)
        return True

    async def _transaction(self, batch: CommitBatch) -> None:
        """Write updates, effects and done-marks."""
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
        """Some result's effects fail: each result gets its own transaction, so that one
        tenant's error does not affect others."""
        without = batch.without_effects()
        if not await self.write(without):
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
        """The database refuses a row: the rest of the batch is written without it, and the row
        separately as unparsed. False when the lease was lost meanwhile."""
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
                    log.error("row not written", error=type(error).__name__)
        return True

    async def _write_group(self, group: Group, batch: CommitBatch) -> None:
        def learn(known: set[UpdateKey]) -> None:
            batch.learn_part({row.mark for row in group.rows}, known)

        if self._db.has_short_way:
            await self._db.commit_group(group, learn)
            return
        async with self._db.write() as uow:
            learn(await uow.inbox.write(group))

    def _without_ids(self, row: Incoming, batch: CommitBatch) -> Incoming | None:
        """A refused row as one that is only kept, not handled; None when it is one already."""
        batch.refused((row.tenant_id, row.update_id))
        if row.update_id < 0 or row.payload is None:
            return None
        log.error("refused update stored as unparsed", tenant=row.tenant_id)
        kept = QueuedUpdate.kept_aside(row.tenant_id, row.payload, row.received_at)
        return kept.incoming(None)

    def _fenced_off(self, batch: CommitBatch) -> None:
        batch.abandon()
        if self._lost is not None:
            self._lost()

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
