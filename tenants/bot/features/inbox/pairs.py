"""Remembering which message of one chat is which of the other."""

from __future__ import annotations

from datetime import datetime

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects
from tenants.model import ChatId
from tenants.store import UnitOfWork
from tenants.store.audience import Relay


def remember(
    effects: Effects,
    tenant: TenantContext,
    audience_chat: int,
    pairs: list[tuple[int, int]],
    now: datetime,
    *,
    incoming: bool,
) -> None:
    """Pairs of (owner's chat, visitor's chat) message ids."""
    relays = [
        pair(tenant, audience_chat, mine, theirs, incoming=incoming) for mine, theirs in pairs
    ]

    async def store(uow: UnitOfWork) -> None:
        for relay in relays:
            await uow.relays.add(relay, now)

    effects.add(store)


def pair(
    tenant: TenantContext, audience_chat: int, mine: int, theirs: int, *, incoming: bool
) -> Relay:
    return Relay(
        tenant_id=tenant.id,
        owner_chat_id=tenant.owner_chat,
        owner_message_id=mine,
        audience_chat_id=ChatId(audience_chat),
        audience_message_id=theirs,
        incoming=incoming,
    )
