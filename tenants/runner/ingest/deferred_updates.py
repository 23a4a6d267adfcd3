"""Updates of people who exceed their rate limit: they wait in the inbox, not in memory, and are
handled one after another at a lower rate, so that a flood does not slow down others."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from tenants.domain.model import TenantId
from tenants.runner.handling.worker import Worker
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.settings import RunnerSettings
from tenants.store.database import is_outage
from tenants.store.inbox import InboxRow, Place
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 20
"""Updates of one person read into memory."""
_LOOK_EVERY: Final = 0.05
_AGAIN: Final = 2.0

Read = Callable[[TenantId, int, Place, int], Awaitable[list[InboxRow]]]
"""Reads a person's deferred rows after a place: tenant, person, place, how many."""


@dataclass(slots=True)
class _Waiting:
    """One person's deferred updates."""

    stored: int = 0
    """In the inbox, and not yet queued in the worker."""
    coming: int = 0
    """About to be stored in the inbox."""
    after: Place = (0, 0)
    """Place of the last one that was read."""
    due: float = 0.0
    """When the next one may be handled."""
    read: deque[QueuedUpdate] = field(default_factory=deque)


class DeferredUpdates:
    """One tenant's deferred updates. Without a flood it is an empty dictionary."""

    __slots__ = (
        "_nursery",
        "_people",
        "_read",
        "_settings",
        "_task",
        "_tenant_id",
        "_worker",
        "is_behind",
    )

    def __init__(
        self,
        tenant_id: TenantId,
        worker: Worker,
        read: Read,
        settings: RunnerSettings,
        nursery: BackgroundTasks,
    ) -> None:
        self._tenant_id = tenant_id
        self._worker = worker
        self._read = read
        self._settings = settings
        self._nursery = nursery
        self._people: dict[int, _Waiting] = {}
        self._task: asyncio.Task[None] | None = None
        self.is_behind = False
        """Set while earlier updates are still read from the inbox: these wait for them."""

    @property
    def any(self) -> bool:
        """Whether updates of anybody are deferred at present."""
        return bool(self._people)

    def holds(self, person: int) -> bool:
        """Whether updates of this person are deferred: the next ones must be, too."""
        return person in self._people

    def has_room(self, person: int) -> bool:
        """Whether another update of this person may be kept."""
        waiting = self._people.get(person)
        if waiting is not None and _size(waiting) >= self._settings.deferred_per_person:
            return False
        return sum(map(_size, self._people.values())) < self._settings.deferred_per_bot

    def coming(self, person: int) -> None:
        """An update of this person is about to be stored as deferred."""
        self._people.setdefault(person, _Waiting()).coming += 1

    def stored(self, person: int, *, fresh: bool) -> None:
        """It is in the inbox; ``fresh``: it was not there before."""
        waiting = self._people[person]
        waiting.coming -= 1
        waiting.stored += fresh
        self._start()

    def restore(self, counts: dict[int, int]) -> None:
        """Set the numbers of deferred rows by person, when the tenant starts."""
        for person, count in counts.items():
            self._people[person] = _Waiting(stored=count)
        if counts:
            self._start()

    async def stop(self) -> None:
        """Queue nothing more in the worker."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = self._nursery.start(self._run(), f"deferred {self._tenant_id}")

    async def _run(self) -> None:
        while self._people:
            for person in [] if self.is_behind else list(self._people):
                try:
                    await self._next(person)
                except Exception as error:
                    if not is_outage(error):
                        raise
                    await asyncio.sleep(_AGAIN)
            await asyncio.sleep(_LOOK_EVERY)

    async def _next(self, person: int) -> None:
        """Queue this person's next update or album in the worker when it is due."""
        waiting, now = self._people[person], time.monotonic()
        album = self._worker.album_awaited(person)
        if album is None and (self._worker.has_lane(person) or waiting.due > now):
            return
        if not waiting.read and waiting.stored:
            await self._fetch(person, waiting)
        if album is not None:
            self._worker.put(_parts(waiting.read, album))
        elif waiting.read:
            unit = _unit(waiting.read)
            waiting.due = max(waiting.due, now - 1.0) + len(unit) / self._settings.deferred_rate
            self._worker.put(unit)
        elif not waiting.stored and not waiting.coming:
            del self._people[person]

    async def _fetch(self, person: int, waiting: _Waiting) -> None:
        rows = await self._read(self._tenant_id, person, waiting.after, _AT_ONCE)
        if not rows:
            if not waiting.coming:
                waiting.stored = 0  # Erased meanwhile.
            return
        if len(rows) == _AT_ONCE:
            rows = _whole_albums(rows)
        last = rows[-1]
        waiting.after = (last.received_at, last.update_id)
        waiting.stored = max(0, waiting.stored - len(rows))
        waiting.read.extend(QueuedUpdate.from_inbox(row) for row in rows)


def _size(waiting: _Waiting) -> int:
    return waiting.stored + waiting.coming + len(waiting.read)


def _unit(updates: deque[QueuedUpdate]) -> list[QueuedUpdate]:
    first = updates.popleft()
    return [first, *_parts(updates, first.album)] if first.album else [first]


def _parts(updates: deque[QueuedUpdate], album: str) -> list[QueuedUpdate]:
    """Remove and return the parts of this album at the front."""
    parts = []
    while updates and updates[0].album == album:
        parts.append(updates.popleft())
    return parts


def _whole_albums(rows: list[InboxRow]) -> list[InboxRow]:
    """The rows without an album at the end that may have more parts."""
    album = QueuedUpdate.from_inbox(rows[-1]).album
    if album is None:
        return rows
    end = len(rows)
    while end and QueuedUpdate.from_inbox(rows[end - 1]).album == album:
        end -= 1
    return rows[:end] or rows
