"""Dependencies shared by the workers of all tenants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects
from tenants.domain.model import TenantId
from tenants.runner.handling.in_flight import InFlightJournal
from tenants.runner.inbox.group_commit import Committer
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.settings import RunnerSettings
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics

Feed = Callable[[TenantContext, Sequence[bytes], Effects], Awaitable[Sequence[int]]]
"""Handles an update or an album; returns the indices of parts that the parser can't read."""
Quarantined = Callable[[TenantId, int], None]
RunningUpdates = dict[asyncio.Task[Any], QueuedUpdate]
"""The update, or the first of an album, that each task handles at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDeps:
    """Dependencies shared by all workers."""

    feed: Feed
    committer: Committer
    nursery: BackgroundTasks
    settings: RunnerSettings
    journal: InFlightJournal
    metrics: Metrics
    parser: str
    """Name of the installed parser: what it can't read is kept for another."""
    quarantined: Quarantined
    """Called with the tenant and the number of people in a row whose updates failed."""
    handled: Callable[[TenantId, int], None]
    running: RunningUpdates
    """The watchdog looks up here whose update blocks the loop."""
