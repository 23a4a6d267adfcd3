"""Reads the audit log: staff see all of it, a tenant sees entries about its bot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenants.domain.model import Actor, Page, TenantId, UserId
from tenants.security.authorization import Access, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An audit entry. ``actor_id`` is None when the platform acted by itself."""

    sequence: int
    at: datetime
    actor_id: UserId | None
    actor_role: str
    subject_id: UserId | None
    impersonation_id: int | None
    tenant_id: TenantId | None
    action: str
    details: dict[str, Any]


class AuditLog:
    def __init__(self, access: Access) -> None:
        self._access = access

    async def page(
        self,
        actor: Actor,
        tenant_id: TenantId | None = None,
        *,
        actor_id: UserId | None = None,
        prefix: str = "",
        offset: int = 0,
        limit: int = 8,
    ) -> Page[AuditEntry]:
        """The newest first.

        Args:
            tenant_id: only entries about that tenant; without it, for staff only.
            actor_id: only this person's actions.
            prefix: only actions with this prefix, for example ``impersonation:``.
        """
        permission = Permission.READ_AUDIT if tenant_id is None else Permission.VIEW
        async with self._access.reading(actor, permission, tenant_id) as (uow, _):
            rows, total = await uow.audit.page(
                tenant_id=tenant_id, actor_id=actor_id, prefix=prefix, offset=offset, limit=limit
            )
        items = [_entry(row) for row in rows]
        return Page(items=items, total=total, offset=offset, limit=limit)


def _entry(row: dict[str, Any]) -> AuditEntry:
    shown = {key: value for key, value in row.items() if key != "mac"}
    return AuditEntry(**{**shown, "details": json.loads(row["details"])})
