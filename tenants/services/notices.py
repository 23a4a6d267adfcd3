"""The outbox of notices to people.

A notice is written in the transaction of what it reports, so it exists exactly when that was
committed. The control bot sends it afterwards, at least once: after a crash between the send
and its mark it is sent again after :data:`RESERVED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tenants.domain.model import PlatformLimits, Role, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.store import Database, UnitOfWork
from tenants.store.notices import Notice, NoticeState

RESERVED: Final = timedelta(seconds=90)
"""How long an attempt is reserved before another one may start."""
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
KEPT_TRYING: Final = timedelta(days=3)
"""A notice that is undelivered for this long is not tried again."""
KEPT_AFTER: Final = timedelta(days=14)
"""How long finished notices are kept, to show staff what could not be delivered."""


NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class NoticeKind(StrEnum):
    """What a notice reports. The interface has the texts."""

    BOT_SUSPENDED = "bot_suspended"
    BOT_SUSPENSION_OVER = "bot_suspension_over"
    BOT_RESUMED = "bot_resumed"
    BOT_RESTARTED = "bot_restarted"
    BOT_STOPPED = "bot_stopped"
    BOT_QUARANTINED = "bot_quarantined"
    """To staff."""
    BOT_THROTTLED = "bot_throttled"
    BOT_LIMITED = "bot_limited"
    BOT_UPDATES_REPLAYED = "bot_updates_replayed"
    BOT_ERASED = "bot_erased"
    BOT_RENAMED = "bot_renamed"
    BOT_MOVED = "bot_moved"
    """The managed bot has another owner."""
    BOT_RECEIVED = "bot_received"
    """To that person."""
    TOKEN_CLAIMED = "token_claimed"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_FAILS = "webhook_fails"
    UPDATES_DROPPED = "updates_dropped"
    OWNER_UNREACHABLE = "owner_unreachable"
    DOWNTIME = "downtime"
    ACCOUNT_LOST = "account_lost"
    ACCOUNT_CLOSED = "account_closed"
    """Telegram has banned it."""
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_FROZEN = "account_frozen"
    VIEWING_BEGAN = "viewing_began"
    VIEWING_WRITES = "viewing_writes"
    VIEWING_ENDED = "viewing_ended"


class Notices:
    def __init__(self, db: Database, clock: Clock, limits: PlatformLimits) -> None:
        self._db = db
        self._clock = clock
        self._owners = limits.owners

    async def add(
        self,
        uow: UnitOfWork,
        user_id: UserId,
        kind: NoticeKind,
        *,
        tenant_id: TenantId | None = None,
        topic: str = "",
        once_in: timedelta | None = None,
        params: Mapping[str, object] = NOTHING,
    ) -> None:
        """Add a notice to a person, in the transaction of what is reported.

        Args:
            tenant_id: the bot it is about; erasing the bot deletes the notice.
            topic: an unsent notice to the same person with the same topic becomes moot.
            once_in: skip it when the same kind and topic was sent within that time.
            params: values for its text: strings, numbers and datetimes, no secrets.
        """
        now = self._clock.now()
        if once_in is not None and await uow.notices.known_since(
            user_id, topic, kind, now - once_in
        ):
            return
        if topic:
            await uow.notices.withdraw(topic, user_id, now)
        await uow.notices.add(
            user_id=user_id,
            tenant_id=tenant_id,
            kind=kind,
            topic=topic,
            params={key: _plain(value) for key, value in params.items()},
            now=now,
        )

    async def add_for_staff(
        self,
        uow: UnitOfWork,
        kind: NoticeKind,
        *,
        tenant_id: TenantId | None = None,
        topic: str = "",
        once_in: timedelta | None = None,
        params: Mapping[str, object] = NOTHING,
    ) -> None:
        """Add a notice to every owner and admin of the platform."""
        for user_id in sorted(await self.staff(uow)):
            await self.add(
                uow, user_id, kind, tenant_id=tenant_id, topic=topic, once_in=once_in, params=params
            )

    async def staff(self, uow: UnitOfWork) -> frozenset[UserId]:
        """Owners (from the settings) and admins (from the store)."""
        granted = await uow.roles.all()
        admins = {user_id for user_id, role in granted.items() if role is Role.ADMIN}
        return frozenset(admins | self._owners)

    async def withdraw(self, uow: UnitOfWork, topic: str) -> None:
        """Mark unsent notices of ``topic`` as moot."""
        await uow.notices.withdraw(topic, None, self._clock.now())

    # --- For the sender -----------------------------------------------------------------------

    async def claim(self, limit: int) -> list[Notice]:
        """Reserve due notices for one attempt each; no other caller gets the same ones."""
        now = self._clock.now()
        async with self._db.read() as uow:
            due = await uow.notices.due(now, limit)
        if not due:
            return []

        async def work(uow: UnitOfWork) -> list[Notice]:
            until = now + RESERVED
            return [one for one in due if await uow.notices.claim(one.id, now, until)]

        return await self._db.run(work)

    async def sent(self, notices: Iterable[Notice]) -> None:
        await self._finish(notices, NoticeState.SENT)

    async def moot(self, notices: Iterable[Notice]) -> None:
        """Mark notices as moot."""
        await self._finish(notices, NoticeState.MOOT)

    async def give_up(self, notice: Notice, why: str) -> None:
        await self._finish([notice], NoticeState.GIVEN_UP, why)

    async def postpone(self, notice: Notice, why: str, wait: float = 0) -> bool:
        """Try again later: after an exponential pause, at least ``wait`` seconds.

        False: it has been tried for :data:`KEPT_TRYING` and is not tried again.
        """
        now = self._clock.now()
        if now - notice.created_at > KEPT_TRYING:
            await self.give_up(notice, why)
            return False
        pause = min(FIRST_PAUSE * 2 ** min(notice.attempts, 16), LONGEST_PAUSE)
        pause = max(pause, timedelta(seconds=wait))
        await self._db.run(lambda uow: uow.notices.postpone(notice.id, now + pause, why))
        return True

    async def _finish(self, notices: Iterable[Notice], state: NoticeState, error: str = "") -> None:
        now = self._clock.now()

        async def work(uow: UnitOfWork) -> None:
            for notice in notices:
                await uow.notices.finish(notice.id, state, now, error)

        await self._db.run(work)


def _plain(value: object) -> object:
    """A datetime as ISO 8601 text; numbers and strings unchanged."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
