"""The way of raw updates through the gate into the inbox, the same for polls and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import msgspec
import structlog

from tenants.bot.peek import Peek, peek
from tenants.i18n import Catalogs
from tenants.i18n import mark as _
from tenants.metrics import Metrics
from tenants.ports import Clock
from tenants.runner.batches import Arrival
from tenants.runner.committer import Committer
from tenants.runner.gate import Verdict, judge
from tenants.runner.row import Row
from tenants.runner.runtime import Runtime
from tenants.runner.seen import Seen
from tenants.runner.usage import UsageCounter
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

FLOOD_NOTICE: Final = _(
    "You are writing faster than I can pass it on. Please wait a minute, "
    "then write again: what you send until then does not arrive."
)

Raws = Iterable[bytes | msgspec.Raw]


class Intake:
    """Takes updates in: what is wanted is handled and committed, the rest counted and dropped."""

    def __init__(
        self,
        *,
        committer: Committer,
        catalogs: Catalogs,
        clock: Clock,
        metrics: Metrics,
        usage: UsageCounter,
        nursery: Nursery,
    ) -> None:
        self._committer = committer
        self._catalogs = catalogs
        self._clock = clock
        self._metrics = metrics
        self._usage = usage
        self._nursery = nursery

    async def take(self, runtime: Runtime, raws: Raws) -> int | None:
        """Hand what the tenant's features want to its worker, and see it committed.

        Returns the last ``update_id``, which may now be acknowledged; None when there was
        none, or the tenant is being stopped and Telegram has to keep them.
        """
        rows, last = self._sift(runtime, raws)
        if rows:
            runtime.bucket.take(len(rows))
            fresh, came = await self._take_in(runtime, rows), len(rows)
            self._count(runtime, "accepted", fresh)
            self._count(runtime, "repeated", came - fresh)
        return last

    async def _take_in(self, runtime: Runtime, rows: list[Row]) -> int:
        """Returns how many were not here before, once all are on disk.

        What is surely new is handled meanwhile. What only the inbox can tell from an old
        update is committed first, and so is everything while the database fails.
        """
        fresh, elsewhere = self._apart(runtime.seen, rows)
        sure = self._committer.healthy and all(runtime.seen.is_new(row) for row in fresh)
        for row in fresh:
            runtime.seen.remember(row)
        taken = 0
        if fresh:
            arrival = self._committer.arrive(fresh, handled=sure)
            if sure:
                runtime.worker.put(fresh)
            new = await asyncio.shield(arrival.stored)
            if not sure:
                runtime.worker.put(new)
            taken = len(new)
        for earlier in elsewhere:
            await asyncio.shield(earlier.stored)
        return taken

    @staticmethod
    def _apart(seen: Seen, rows: list[Row]) -> tuple[list[Row], list[Arrival]]:
        """Rows without those that are here already, and what of those is not on disk yet."""
        fresh: dict[int, Row] = {}
        elsewhere: list[Arrival] = []
        for row in rows:
            before = seen.again(row)
            if before is None:
                fresh.setdefault(row.update_id, row)
            elif before.arrival is not None:
                elsewhere.append(before.arrival)
        return list(fresh.values()), elsewhere

    def _sift(self, runtime: Runtime, raws: Raws) -> tuple[list[Row], int | None]:
        """What is to be handled, and the last id. Most updates of a busy group end here, so
        what is dropped is counted by the batch."""
        rows: list[Row] = []
        last: int | None = None
        unhandled = flooded = 0
        now_ms = int(self._clock.now().timestamp() * 1000)
        for raw in raws:
            seen = self._look(runtime, raw)
            if seen is None:
                continue
            verdict = judge(runtime, seen)
            if verdict is Verdict.CLOSED:
                return [], None
            last = seen.update_id
            if verdict is Verdict.HANDLE:
                rows.append(Row(runtime.id, seen, now_ms))
            elif verdict is Verdict.UNHANDLED:
                unhandled += 1
            else:
                flooded += 1
                if verdict is Verdict.FLOOD_BEGINS and seen.private:
                    self._nursery.start(self._tell(runtime, seen), "flood-notice")
        self._count(runtime, "unhandled", unhandled)
        self._count(runtime, "flooded", flooded)
        return rows, last

    def _look(self, runtime: Runtime, raw: bytes | msgspec.Raw) -> Peek | None:
        try:
            return peek(raw)
        except msgspec.DecodeError:
            log.warning("not an update", tenant=runtime.id)
            self._count(runtime, "malformed", 1)
            return None

    async def _tell(self, runtime: Runtime, seen: Peek) -> None:
        tr = self._catalogs.translator(seen.language_code)
        try:
            await runtime.context.bot.send_message(seen.chat_id, tr(FLOOD_NOTICE))
        except Exception as error:
            log.info("flood notice not sent", tenant=runtime.id, error=type(error).__name__)

    def _count(self, runtime: Runtime, outcome: str, amount: int) -> None:
        if amount:
            self._metrics.updates.labels(outcome).inc(amount)
            self._usage.add(runtime.id, f"updates_{outcome}", amount)
