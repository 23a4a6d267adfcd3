"""Counts messages, not calls, for the owner's and the staff's statistics."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tenants.bot.effects import Effects
from tenants.domain.model import TenantId

RECEIVED: Final = "messages_received"
"""Relayed to the owner."""
SENT: Final = "messages_sent"
"""Answers delivered to a visitor."""
UNDELIVERED: Final = "messages_undelivered"
"""Both directions: Telegram refused to deliver them, and the author was told."""

DROPPED: Final = "updates_dropped"
"""Of a flood, above the limit of deferred updates; counted by the runner's ingest."""


def count(
    effects: Effects, tenant_id: TenantId, metric: str, now: datetime, amount: int = 1
) -> None:
    """Add to the hour's count, in the transaction that marks the update done."""
    if amount:
        effects.add(lambda uow: uow.usage.add({(tenant_id, now, metric): amount}))
