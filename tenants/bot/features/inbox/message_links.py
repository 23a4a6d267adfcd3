"""Stores which message of one chat is which in the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.copy_calls import Original
from tenants.bot.features.inbox.relay import Carried, Pair
from tenants.domain.model import ChatId
from tenants.store import UnitOfWork
from tenants.store.message_links import Relay


def remember_carried(
    effects: Effects, tenant: TenantContext, original: Original, carried: Carried, now: datetime
) -> None:
    """Link a visitor's message to its copy in the owner's chat."""
    like = Relay(
        tenant_id=tenant.id,
        owner_chat_id=tenant.owner_chat,
        owner_message_id=0,
        audience_chat_id=ChatId(original.chat_id),
        audience_message_id=original.message_id,
        incoming=True,
        topic_id=original.topic_id,
        headed=carried.headed,
    )
    remember(effects, like, carried.pairs, now)


def remember_sent(
    effects: Effects, tenant: TenantContext, answered: Relay, pairs: Sequence[Pair], now: datetime
) -> None:
    """Link the owner's answer to its copy in the visitor's chat."""
    like = replace(
        answered, owner_chat_id=tenant.owner_chat, incoming=False, headed=False, album=""
    )
    remember(effects, like, pairs, now)


def remember(effects: Effects, like: Relay, pairs: Sequence[Pair], now: datetime) -> None:
    """Store pairs of (owner's chat, visitor's chat) message ids; all else as in ``like``."""
    relays = [
        replace(like, owner_message_id=mine, audience_message_id=theirs) for mine, theirs in pairs
    ]

    async def store(uow: UnitOfWork) -> None:
        for relay in relays:
            await uow.relays.add(relay, now)

    effects.add(store)
