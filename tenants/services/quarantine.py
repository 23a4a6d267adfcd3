"""Dead-lettered updates (their handler kept failing): list and requeue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from tenants.domain.errors import NotFound
from tenants.domain.events import EventBus, UpdatesReleased
from tenants.domain.model import Actor, TenantId
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.services.notices import NoticeKind, Notices
from tenants.store.inbox import InboxRow

MOST: Final = 500
"""Updates requeued in one call."""
_UNKNOWN: Final = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """A dead-lettered update as staff may see it: its kind and its error, not its content."""

    update_id: int
    kind: str
    """Telegram's update type: ``message``, ``callback_query`` …
    https://core.telegram.org/bots/api#update"""
    error: str
    received_at: datetime


class Quarantine:
    def __init__(self, audit: Audit, access: Access, events: EventBus, notices: Notices) -> None:
        self._audit = audit
        self._access = access
        self._events = events
        self._notices = notices

    async def of(self, actor: Actor, tenant_id: TenantId, limit: int = 20) -> list[PutAside]:
        """The first dead-lettered updates, in order of arrival."""
        async with self._access.reading(actor, Permission.VIEW, tenant_id) as (uow, _):
            rows = await uow.inbox.quarantined(tenant_id, limit)
        return [_put_aside(row) for row in rows]

    async def release(self, actor: Actor, tenant_id: TenantId, update_id: int | None = None) -> int:
        """Requeue one update unchanged, or all of them. Returns how many.

        Raises:
            NotFound: it is not dead-lettered any more, or none is.
            AccessDenied, ReadOnly, ImpersonationEnded.
        """
        permission = await self._access.permission_to_manage(actor, tenant_id)
        async with self._access.writing(actor, permission, tenant_id) as (uow, tenant):
            assert tenant is not None
            aside = await uow.inbox.quarantined(tenant_id, MOST) if update_id is None else []
            wanted = [row.update_id for row in aside] if update_id is None else [update_id]
            await self._audit.record(
                uow,
                actor,
                "tenant:update:replay",
                tenant_id=tenant_id,
                subject_id=tenant.owner_id,
                details={"updates": len(wanted), "first": wanted[0] if wanted else None},
            )
            released = [one for one in wanted if await uow.inbox.replay(tenant_id, one)]
            if not released:
                raise NotFound()
            if actor.user_id != tenant.owner_id:
                await self._notices.add(
                    uow,
                    tenant.owner_id,
                    NoticeKind.BOT_UPDATES_REPLAYED,
                    tenant_id=tenant_id,
                    params={"username": tenant.bot_username, "n": len(released)},
                )
        await self._events.publish(UpdatesReleased(tenant_id=tenant_id, update_ids=tuple(released)))
        return len(released)


def _put_aside(row: InboxRow) -> PutAside:
    return PutAside(
        update_id=row.update_id,
        kind=_kind(row.payload),
        error=row.error,
        received_at=datetime.fromtimestamp(row.received_at / 1000, UTC),
    )


def _kind(payload: bytes) -> str:
    """The kind of an update is its one key besides the id."""
    try:
        keys = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return _UNKNOWN
    return next((key for key in keys if key != "update_id"), _UNKNOWN)
