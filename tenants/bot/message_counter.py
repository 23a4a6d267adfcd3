"""Counting messages, not calls, for the owner's and the staff's figures."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tenants.bot.effects import Effects
from tenants.domain.model import TenantId

RECEIVED: Final = "messages_received"
"""Passed on to the owner."""
SENT: Final = "messages_sent"
"""Answers that reached a visitor."""
UNDELIVERED: Final = "messages_undelivered"
"""Of either: Telegram refused to pass them on, and whoever wrote was told."""

DROPPED: Final = "updates_dropped"
"""Of a flood, beyond what is kept for later; counted by the runner's intake."""


def count(
    effects: Effects, tenant_id: TenantId, metric: str, now: datetime, amount: int = 1
) -> None:
    """Add to the hour's figure, in the transaction that marks the update done."""
    if amount:
        effects.add(lambda uow: uow.usage.add({(tenant_id, now, metric): amount}))
