"""Messages that wait for an owner who can't be written to: only their ids are kept."""

from __future__ import annotations

from typing import Final

from aiogram.types import Message

from tenants.bot.context import House, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.carrying import Unreachable, carry_by_id
from tenants.bot.features.inbox.pairs import pair, remember
from tenants.bot.people import shown
from tenants.events import OwnerUnreachable
from tenants.i18n import Markup
from tenants.model import UserId
from tenants.store import UnitOfWork
from tenants.store.audience import Relay

_AT_ONCE: Final = 50
_TOLD_AT: Final = frozenset({1, 10, 100, 1000})


async def keep(
    tenant: TenantContext, house: House, effects: Effects, messages: list[Message]
) -> None:
    """Keep messages until the owner starts the bot, and tell the platform now and then."""
    now = house.clock.now()
    relays = [pair(tenant, m.chat.id, -m.message_id, m.message_id, incoming=True) for m in messages]

    async def store(uow: UnitOfWork) -> None:
        for relay in relays:
            await uow.relays.add(relay, now)

    effects.add(store)
    async with house.db.read() as uow:
        waiting = await uow.relays.count_waiting(tenant.id) + len(relays)
    if waiting in _TOLD_AT:
        effects.publish(
            OwnerUnreachable(tenant_id=tenant.id, owner_id=tenant.owner_id, waiting=waiting)
        )


async def deliver(tenant: TenantContext, house: House, effects: Effects) -> int:
    """Hand over what waited, the oldest first. Returns how many messages it was."""
    async with house.db.read() as uow:
        relays = await uow.relays.waiting(tenant.id, _AT_ONCE)
    delivered = 0
    for relay in relays:
        try:
            await _hand_over(tenant, house, effects, relay)
        except Unreachable:
            break
        delivered += 1
    return delivered


async def _hand_over(tenant: TenantContext, house: House, effects: Effects, relay: Relay) -> None:
    header = await _header(tenant, house, relay)
    pairs = await carry_by_id(tenant, header, relay.audience_chat_id, relay.audience_message_id)
    effects.add(lambda uow: uow.relays.delete(relay))
    remember(effects, tenant, relay.audience_chat_id, pairs, house.clock.now(), incoming=True)


async def _header(tenant: TenantContext, house: House, relay: Relay) -> Markup:
    user_id = UserId(relay.audience_chat_id)
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, user_id)
    full_name = visitor.name if visitor else ""
    return shown(tenant.owner_tr, full_name, visitor.username if visitor else None, user_id)
