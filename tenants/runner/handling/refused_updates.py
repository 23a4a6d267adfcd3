"""What is noted when Telegram refuses a handler's call for good."""

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
"""Refusals that a mistake of ours may be behind."""


def note_refusal(
    tenant_id: TenantId, update: QueuedUpdate, effects: Effects, error: Exception
) -> None:
    """Write one line to the log, and mark the update's own author as unreachable when that
    is what the refusal says. Goes with the effects that were collected before."""
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
