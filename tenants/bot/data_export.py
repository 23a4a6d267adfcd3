"""Data that third-party features store about a bot's audience, for the owner's export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

from tenants.bot.features.api import Feature
from tenants.domain.model import TenantId, UserId
from tenants.services.data_export import Contribution
from tenants.store import Database

OURS: Final = "tenants"
"""The domain of features whose rows are in our own tables, which are exported as they are."""
_PAGE: Final = 200


def kept_by(features: Iterable[Feature]) -> Contribution:
    """One row per feature and person, from each feature's ``export_user``."""
    others = [feature for feature in features if feature.domain != OURS]

    async def gather(db: Database, tenant_id: TenantId) -> AsyncIterator[Sequence[Any]]:
        after: UserId | None = None
        while others:
            async with db.read() as uow:
                people = await uow.audience.by_id(tenant_id, after, _PAGE)
                rows = [
                    {"feature": feature.key, "user_id": user_id, "kept": part}
                    for user_id in people
                    for feature in others
                    if (part := await feature.export_user(uow, tenant_id, user_id))
                ]
            yield rows
            if len(people) < _PAGE:
                return
            after = people[-1]

    return gather
