"""What features of others keep about a bot's audience, for its owner's export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tenants.bot.features.api import Feature
from tenants.model import TenantId
from tenants.services.export import Contribution
from tenants.store import UnitOfWork

OURS: Final = "tenants"
"""The domain of features whose rows lie in our own tables, which are exported as they are."""
_PAGE: Final = 500


def kept_by(features: Iterable[Feature]) -> Contribution:
    """By feature and person, from each feature's ``export_user``."""
    others = [feature for feature in features if feature.domain != OURS]

    async def gather(uow: UnitOfWork, tenant_id: TenantId) -> dict[str, Any]:
        kept: dict[str, dict[str, Any]] = {}
        total = await uow.audience.count(tenant_id) if others else 0
        for offset in range(0, total, _PAGE):
            for visitor in await uow.audience.page(tenant_id, offset, _PAGE):
                for feature in others:
                    part = await feature.export_user(uow, tenant_id, visitor.user_id)
                    if part:
                        kept.setdefault(feature.key, {})[str(visitor.user_id)] = part
        return kept

    return gather
