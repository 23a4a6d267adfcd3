"""A person blocks or unblocks the bot.

In private chats ``my_chat_member`` is sent only then:
https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import structlog
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import TelegramAPIError
from aiogram.types import ChatMemberUpdated

from tenants.bot.audience import shown
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.api import Options
from tenants.bot.features.inbox import undelivered
from tenants.bot.features.inbox.refusal_texts import refusal_of
from tenants.domain.model import UserId
from tenants.store import UnitOfWork

log = structlog.get_logger(__name__)


async def owner_changed(
    event: ChatMemberUpdated, tenant: TenantContext, house: FeatureServices
) -> None:
    """The owner unblocked the bot: deliver waiting messages."""
    if not _blocked(event):
        await undelivered.deliver(tenant, house)


async def visitor_changed(
    event: ChatMemberUpdated,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    options: Options,
) -> None:
    """Store it, and silently notify the owner about a visitor who had written."""
    blocked = _blocked(event)
    visitor_id = UserId(event.from_user.id)

    async def store(uow: UnitOfWork) -> None:
        await uow.audience.set_blocked(tenant.id, visitor_id, blocked)

    effects.add(store)
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, visitor_id)
    if not blocked or visitor is None or not visitor.messages:
        return
    if getattr(options, "tell_blocked", True):
        await _tell(event, tenant)


async def _tell(event: ChatMemberUpdated, tenant: TenantContext) -> None:
    person = event.from_user
    tr = tenant.owner_tr
    who = shown(tr, person.full_name, person.username, person.id)
    text = tr("{who} has blocked your bot.", who=who)
    try:
        await tenant.bot.send_message(tenant.owner_chat, text, disable_notification=True)
    except TelegramAPIError as error:
        log.info("owner not notified", tenant=tenant.id, refusal=str(refusal_of(error)))


def _blocked(event: ChatMemberUpdated) -> bool:
    return event.new_chat_member.status == ChatMemberStatus.KICKED
