"""Logs and stores that Telegram permanently refused a handler's call."""

from __future__ import annotations

from typing import Final

import structlog

from tenants.bot.effects import Effects
from tenants.domain.model import TenantId, UserId
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.store import UnitOfWork
from tenants.telegram.refusals import Refusal, classify, refused_chat

log = structlog.get_logger(__name__)

_UNREACHABLE: Final = frozenset({Refusal.BLOCKED, Refusal.DEACTIVATED})
_OURS: Final = frozenset({Refusal.CANT_PARSE, Refusal.TOO_LONG, Refusal.OTHER})
"""Refusals that our own code may have caused."""


def note_refusal(
    tenant_id: TenantId, update: QueuedUpdate, effects: Effects, error: Exception
) -> None:
    """Log one line, and mark the update's author as unreachable when the refusal says so. This
    is committed with the effects collected before."""
    refusal = classify(error)
    method = getattr(error, "method", None)
    level = log.warning if refusal in _OURS else log.info
    level(
        "refused by Telegram",
        tenant=tenant_id,
        update=update.update_id,
        refusal=str(refusal),
        method=type(method).__name__,
    )
    if refusal in _UNREACHABLE and update.user_id and refused_chat(error) == update.user_id:
        person = UserId(update.user_id)

        async def mark(uow: UnitOfWork) -> None:
            await uow.audience.set_blocked(tenant_id, person, True)

        effects.add(mark)
