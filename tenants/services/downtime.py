"""Detects that the platform was down for longer than Telegram keeps updates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from tenants.domain.events import DowntimeExceeded, EventBus
from tenants.domain.model import Desired
from tenants.domain.ports import Clock
from tenants.services.notices import NoticeKind, Notices
from tenants.store import Database, UnitOfWork

log = structlog.get_logger(__name__)

KEPT_BY_TELEGRAM: Final = timedelta(hours=24)
"""How long Telegram keeps updates. https://core.telegram.org/bots/api#getting-updates"""
_SEEN: Final = "platform.seen"


class DowntimeDetector:
    """Stores when the platform last ran, to report a downtime afterwards."""

    def __init__(self, db: Database, events: EventBus, notices: Notices, clock: Clock) -> None:
        self._db = db
        self._events = events
        self._notices = notices
        self._clock = clock

    async def here(self) -> None:
        """Store that the platform is running."""
        now = self._clock.now()
        async with self._db.write() as uow:
            await uow.meta.put(_SEEN, now.isoformat())

    async def came_back(self) -> None:
        """Call at start. :class:`DowntimeExceeded` is published after more than a day, at most
        once: messages sent to bots early in that time are lost, and people should know."""
        now = self._clock.now()
        lost_until = now - KEPT_BY_TELEGRAM
        async with self._db.write() as uow:
            seen = await uow.meta.get(_SEEN)
            await uow.meta.put(_SEEN, now.isoformat())
            since = datetime.fromisoformat(seen) if seen is not None else now
            if since >= lost_until:
                return
            await self._tell_owners(uow, since, lost_until)
        log.warning("away for longer than Telegram keeps updates", since=since.isoformat())
        await self._events.publish(DowntimeExceeded(since=since, lost_until=lost_until))

    async def _tell_owners(self, uow: UnitOfWork, since: datetime, lost_until: datetime) -> None:
        """Add one notice for each person with a bot whose desired state is active."""
        tenants = await uow.tenants.changed(None)
        owners = {tenant.owner_id for tenant in tenants if tenant.desired is Desired.ACTIVE}
        for owner_id in sorted(owners):
            await self._notices.add(
                uow,
                owner_id,
                NoticeKind.DOWNTIME,
                params={"since": since, "lost_until": lost_until},
            )
