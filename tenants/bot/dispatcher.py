"""The one dispatcher of all tenants' bots, and the way an update gets into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiogram import Dispatcher
from aiogram.methods import TelegramMethod
from aiogram.types import Message, Update, User

from tenants.bot.context import House, TenantContext
from tenants.bot.effects import Effects, collecting
from tenants.bot.features.registry import Registry
from tenants.bot.storage import ConversationStorage, StateMiddleware


def build_dispatcher(registry: Registry, storage: ConversationStorage) -> Dispatcher:
    """One for the process: a dispatcher costs 114–300 KB, a tenant in it nothing.

    aiogram's own FSM middleware reads the storage before anything is decided; ours does so
    only for tenants with a feature that uses states.
    """
    dispatcher = Dispatcher(storage=storage, disable_fsm=True, name="tenants")
    dispatcher.update.outer_middleware(StateMiddleware(storage))
    dispatcher.include_routers(*registry.build_routers())
    return dispatcher


class Feeder:
    """Feeds updates of any tenant: the tenant travels as an argument."""

    def __init__(self, dispatcher: Dispatcher, house: House) -> None:
        self._dispatcher = dispatcher
        self._house = house

    async def __call__(
        self, tenant: TenantContext, raws: Sequence[bytes], effects: Effects
    ) -> None:
        """Handle one update, or an album: several updates that are one to people.

        Raises whatever the handler raised.
        """
        bot = tenant.bot
        updates = [Update.model_validate_json(raw, context={"bot": bot}) for raw in raws]
        with collecting(effects):
            response = await self._dispatcher.feed_update(
                bot,
                updates[0],
                tenant=tenant,
                house=self._house,
                effects=effects,
                tr=self._house.catalogs.translator(_language(tenant, updates[0])),
                album=_album(updates),
            )
        if isinstance(response, TelegramMethod):
            await bot(response)

    async def close(self) -> None:
        await self._dispatcher.storage.close()


def _album(updates: list[Update]) -> list[Message] | None:
    if len(updates) == 1:
        return None
    return [update.message for update in updates if update.message is not None]


def _language(tenant: TenantContext, update: Update) -> str | None:
    event: Any = update.event
    person: User | None = getattr(event, "from_user", None) or getattr(event, "user", None)
    if person is None:
        return None
    if person.id == tenant.owner_id and tenant.owner_language:
        return tenant.owner_language
    return person.language_code
