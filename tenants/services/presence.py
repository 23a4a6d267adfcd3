"""Whether the platform was away for longer than Telegram keeps updates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from tenants.events import EventBus, PlatformWasAway
from tenants.ports import Clock
from tenants.store import Database

log = structlog.get_logger(__name__)

KEPT_BY_TELEGRAM: Final = timedelta(hours=24)
"""Updates are kept so long and no longer. https://core.telegram.org/bots/api#getting-updates"""
_SEEN: Final = "platform.seen"


class Presence:
    """Keeps when the platform was last at work, to tell people of a gap afterwards."""

    def __init__(self, db: Database, events: EventBus, clock: Clock) -> None:
        self._db = db
        self._events = events
        self._clock = clock

    async def here(self) -> None:
        """The platform is at work."""
        now = self._clock.now()
        async with self._db.write() as uow:
            await uow.meta.put(_SEEN, now.isoformat())

    async def came_back(self) -> None:
        """It begins to work. :class:`PlatformWasAway` is published after more than a day, at
        most once: what was written to bots early in that time is lost, and people should know."""
        now = self._clock.now()
        async with self._db.write() as uow:
            seen = await uow.meta.get(_SEEN)
            await uow.meta.put(_SEEN, now.isoformat())
        if seen is None:
            return
        since = datetime.fromisoformat(seen)
        if now - since > KEPT_BY_TELEGRAM:
            log.warning("away for longer than Telegram keeps updates", since=since.isoformat())
            lost_until = now - KEPT_BY_TELEGRAM
            await self._events.publish(PlatformWasAway(since=since, lost_until=lost_until))
