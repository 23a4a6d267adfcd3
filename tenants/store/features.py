"""Rows of a tenant's settings for each feature. Absent means the feature's default."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tenants.domain.model import FeatureChoice, TenantId
from tenants.store.repository import Repository
from tenants.store.tables import tenant_features as f


class FeaturesRepository(Repository):
    async def of(self, tenant_id: TenantId) -> dict[str, FeatureChoice]:
        return (await self.of_many([tenant_id])).get(tenant_id, {})

    async def of_many(
        self, tenant_ids: Iterable[TenantId]
    ) -> dict[TenantId, dict[str, FeatureChoice]]:
        """Settings of many tenants; a tenant without any is absent."""
        rows = await self._connection.execute(
            select(f).where(f.c.tenant_id.in_(list(tenant_ids))).order_by(f.c.key)
        )
        found: dict[TenantId, dict[str, FeatureChoice]] = {}
        for row in rows:
            choice = FeatureChoice(enabled=row.enabled, options=json.loads(row.options))
            found.setdefault(TenantId(row.tenant_id), {})[row.key] = choice
        return found

    async def put(
        self,
        tenant_id: TenantId,
        key: str,
        enabled: bool,
        options: dict[str, Any],
        now: datetime,
    ) -> None:
        row = {
            "tenant_id": tenant_id,
            "key": key,
            "enabled": enabled,
            "options": json.dumps(options, ensure_ascii=False),
            "updated_at": now,
        }
        await self._put(f, row)
