"""Ingest of raw updates into the inbox, the same for polls and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec
import structlog

from tenants.bot.update_header import UpdateHeader, parse_header
from tenants.domain.ports import Clock
from tenants.i18n.translator import Catalogs
from tenants.i18n.translator import mark as _
from tenants.runner.inbox.group_commit import Committer
from tenants.runner.inbox.queued_update import IngestBatch, QueuedUpdate
from tenants.runner.ingest.admission import Admission, admit
from tenants.runner.ingest.dedup import DedupWindow
from tenants.runner.ingest.dropped_updates import DroppedUpdates
from tenants.runner.process.usage_counter import UsageCounter
from tenants.runner.runtime.runtime import Runtime
from tenants.store.inbox_sqlite import InboxState
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics
from tenants.telegram.raw_json import update_id_of

log = structlog.get_logger(__name__)

FLOOD_NOTICE: Final = _(
    "You are writing faster than I can pass it on. Please wait a minute, "
    "then write again: what you send until then does not arrive."
)

Raws = Iterable[bytes | msgspec.Raw]

_STATES: Final = {
    Admission.HANDLE: InboxState.PENDING,
    Admission.DEFER: InboxState.DEFERRED,
    Admission.UNPARSED: InboxState.UNPARSED,
}


@dataclass(slots=True)
class _Sifted:
    """The updates of one delivery, sorted."""

    updates: list[QueuedUpdate] = field(default_factory=list)
    last: int | None = None
    """The last ``update_id``."""
    aside: list[QueuedUpdate] = field(default_factory=list)
    """Updates whose own ids can't be stored."""


class Intake:
    """Ingests updates: those that a feature handles are queued and committed, the rest counted
    and dropped."""

    def __init__(
        self,
        *,
        committer: Committer,
        catalogs: Catalogs,
        clock: Clock,
        metrics: Metrics,
        usage: UsageCounter,
        dropped: DroppedUpdates,
        nursery: BackgroundTasks,
    ) -> None:
        self._committer = committer
        self._catalogs = catalogs
        self._clock = clock
        self._metrics = metrics
        self._usage = usage
        self._dropped = dropped
        self._nursery = nursery

    async def take(self, runtime: Runtime, raws: Raws) -> int | None:
        """Queue the updates that the tenant's features handle, and wait for the commit.

        Returns the last ``update_id``, which may now be acknowledged; None when there was
        none, or the tenant is being stopped and Telegram has to keep them.
        """
        sifted = self._sift(runtime, raws)
        if sifted is None:
            return None
        if sifted.aside:
            kept = self._committer.ingest(sifted.aside, handled=False)
            await asyncio.shield(kept.stored)
        if updates := sifted.updates:
            at_once = sum(update.state is InboxState.PENDING for update in updates)
            runtime.bucket.take(at_once)
            fresh, came = await self._take_in(runtime, updates), len(updates)
            self._count(runtime, "accepted", fresh)
            self._count(runtime, "repeated", came - fresh)
        return sifted.last

    async def _take_in(self, runtime: Runtime, updates: list[QueuedUpdate]) -> int:
        """Returns how many were new, once all are committed.

        Certainly new updates are handled meanwhile. Updates that only the inbox can tell from
        old ones are committed first, and so is everything while the database fails or a backlog
        in the inbox is being read.
        """
        fresh, elsewhere = self._apart(runtime.seen, updates)
        pages = runtime.pages
        sure = (
            self._committer.healthy
            and pages is None
            and all(runtime.seen.is_new(update) for update in fresh)
        )
        for update in fresh:
            runtime.seen.remember(update)
        taken = 0
        deferred = [update for update in updates if update.state is InboxState.DEFERRED]
        here: set[int] = set()
        if fresh:
            if pages is not None:
                pages.coming()
            batch = self._committer.ingest(fresh, handled=sure)
            if sure:
                runtime.worker.put(_pending(fresh))
                if runtime.deferred.any:
                    batch.hurry()  # Behind a flood, do not wait for handlers too.
            try:
                new = await asyncio.shield(batch.stored)
            finally:
                if pages is not None:
                    pages.came()
            here = set(map(id, new))
            if not sure and pages is None:
                runtime.worker.put(_pending(new))
            taken = len(new)
        for update in deferred:
            runtime.deferred.stored(update.user_id, fresh=id(update) in here)
        for earlier in elsewhere:
            await asyncio.shield(earlier.stored)
        return taken

    @staticmethod
    def _apart(
        seen: DedupWindow, updates: list[QueuedUpdate]
    ) -> tuple[list[QueuedUpdate], list[IngestBatch]]:
        """Updates without duplicates, and the duplicates' batches that are not committed yet."""
        fresh: dict[int, QueuedUpdate] = {}
        elsewhere: list[IngestBatch] = []
        for update in updates:
            before = seen.again(update)
            if before is None:
                fresh.setdefault(update.update_id, update)
            elif before.batch is not None:
                elsewhere.append(before.batch)
        return list(fresh.values()), elsewhere

    def _sift(self, runtime: Runtime, raws: Raws) -> _Sifted | None:
        """The updates to keep; None while the tenant is being stopped. Most updates of a busy
        group are dropped here, so drops are counted per batch."""
        sifted = _Sifted()
        unhandled = dropped = 0
        now = self._clock.now().timestamp()
        now_ms = runtime.stamp(int(now * 1000))
        for raw in raws:
            seen = self._look(runtime, raw, now_ms, sifted)
            if seen is None:
                continue
            admission = admit(runtime, seen, now)
            if admission is Admission.CLOSED:
                return None
            sifted.last = seen.update_id
            state = _STATES.get(admission)
            if state is not None:
                sifted.updates.append(_queued(runtime, seen, now_ms, state))
            elif admission is Admission.UNHANDLED:
                unhandled += 1
            else:
                dropped += 1
                if seen.private and runtime.floods.tells(seen.user_id):
                    self._nursery.start(self._tell(runtime, seen), "flood-notice")
        self._count(runtime, "unhandled", unhandled)
        self._count(runtime, "dropped", dropped)
        if dropped:
            self._dropped.add(runtime.id, runtime.context.owner_id, dropped)
        return sifted

    def _look(
        self, runtime: Runtime, raw: bytes | msgspec.Raw, now_ms: int, sifted: _Sifted
    ) -> UpdateHeader | None:
        """None for what is no update, or has ids that can't be stored: it is stored as
        unparsed, and acknowledged if it has an update_id."""
        try:
            return parse_header(raw)
        except msgspec.DecodeError:
            body = bytes(raw)
        log.warning("not an update", tenant=runtime.id)
        self._count(runtime, "malformed", 1)
        sifted.aside.append(QueuedUpdate.kept_aside(runtime.id, body, now_ms))
        update_id = update_id_of(body)
        if update_id is not None:
            sifted.last = update_id
        return None

    async def _tell(self, runtime: Runtime, seen: UpdateHeader) -> None:
        tr = self._catalogs.translator(seen.language_code)
        try:
            await runtime.context.bot.send_message(seen.chat_id, tr(FLOOD_NOTICE))
        except Exception as error:
            log.info("flood notice not sent", tenant=runtime.id, error=type(error).__name__)

    def _count(self, runtime: Runtime, outcome: str, amount: int) -> None:
        if amount:
            self._metrics.updates.labels(outcome).inc(amount)
            self._usage.add(runtime.id, f"updates_{outcome}", amount)


def _queued(runtime: Runtime, seen: UpdateHeader, now_ms: int, state: InboxState) -> QueuedUpdate:
    update = QueuedUpdate(runtime.id, seen, now_ms, state=state)
    if state is InboxState.DEFERRED:
        update.chat_key = seen.user_id  # Deferred by person, in whatever chat they write.
        runtime.deferred.coming(seen.user_id)
    return update


def _pending(updates: list[QueuedUpdate]) -> list[QueuedUpdate]:
    return [update for update in updates if update.state is InboxState.PENDING]
