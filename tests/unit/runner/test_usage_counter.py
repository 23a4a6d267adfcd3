"""What a call to Telegram adds to a bot's figures."""

from __future__ import annotations

from typing import cast

from tenants.domain.model import BotId, TenantId
from tenants.runner.process.usage_counter import UsageCounter
from tenants.store import Database
from tenants.support.metrics import Metrics
from tests.support.clock import FakeClock

BOT, TENANT = BotId(100), TenantId(1)


def test_only_messages_are_counted_sent_or_refused() -> None:
    """A menu is refused as long as the owner has not started the bot: the desk showed a refused
    message for every new bot."""
    usage = UsageCounter(cast("Database", None), FakeClock(), Metrics())
    usage.know(BOT, TENANT)
    usage.called(BOT, "400", 0)
    assert not usage._counts
    usage.called(BOT, "ok", 3)
    usage.called(BOT, "403", 1)
    assert usage._counts == {(TENANT, "sends"): 3, (TENANT, "send_errors"): 1}
