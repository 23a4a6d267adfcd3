"""The one dispatcher of all tenants' bots: the tenant travels as an argument.

Updates go straight to the routers of the features that the tenant has on and that handle
this kind of update. aiogram's own Dispatcher stands for one bot with one set of handlers: it
would ask every router for every tenant, and its passage costs half of a simple update.
Within a feature's router everything is aiogram's: filters, middlewares, flags, nested routers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED, CancelHandler, SkipHandler
from aiogram.methods import TelegramMethod
from aiogram.types import ErrorEvent, Message, TelegramObject, Update, User

from tenants.bot.context import House, TenantContext
from tenants.bot.effects import Effects, collecting
from tenants.bot.storage import ConversationStorage


class Dispatcher:
    """Feeds updates of any tenant. Has one router a feature, whatever the number of tenants."""

    def __init__(self, house: House, storage: ConversationStorage) -> None:
        self._house = house
        self._storage = storage
        self._routers: dict[str, Router] = house.registry.build_routers()

    async def __call__(
        self, tenant: TenantContext, raws: Sequence[bytes], effects: Effects
    ) -> None:
        """Handle one update, or an album: several updates that are one to people.

        Raises whatever the handler raised.
        """
        context = {"bot": tenant.bot}
        update = Update.model_validate_json(raws[0], context=context)
        kind = _kind(update)
        event: TelegramObject = getattr(update, kind)
        data = self._data(tenant, update, event, effects)
        if len(raws) > 1:
            rest = [Update.model_validate_json(raw, context=context) for raw in raws[1:]]
            data["album"] = _messages([update, *rest])
        with collecting(effects):
            response = await self._ask(tenant, kind, event, data)
            if isinstance(response, TelegramMethod):
                await tenant.bot(response)

    async def _ask(
        self, tenant: TenantContext, kind: str, event: TelegramObject, data: dict[str, Any]
    ) -> Any:
        """Each feature in its order, until one has handled the event."""
        for feature in tenant.features.routes.get(kind, ()):
            router = self._routers[feature.key]
            mine = {**data, "options": tenant.features.options[feature.key]}
            if feature.uses_state:
                mine.update(await self._storage.state_of(tenant, event))
            response = await self._propagate(router, kind, event, mine)
            if response is not UNHANDLED:
                return response
        return None

    @staticmethod
    async def _propagate(
        router: Router, kind: str, event: TelegramObject, data: dict[str, Any]
    ) -> Any:
        """As aiogram's ErrorsMiddleware has it: a router may handle its own errors."""
        try:
            return await router.propagate_event(update_type=kind, event=event, **data)
        except (SkipHandler, CancelHandler):
            return UNHANDLED
        except Exception as error:
            failure = ErrorEvent(update=data["event_update"], exception=error)
            response = await router.propagate_event(update_type="error", event=failure, **data)
            if response is UNHANDLED:
                raise
            return response

    def _data(
        self, tenant: TenantContext, update: Update, event: TelegramObject, effects: Effects
    ) -> dict[str, Any]:
        """What handlers may ask for by name."""
        person: User | None = getattr(event, "from_user", None) or getattr(event, "user", None)
        return {
            "bot": tenant.bot,
            "tenant": tenant,
            "house": self._house,
            "effects": effects,
            "tr": self._house.catalogs.translator(_language(tenant, person)),
            "conversations": self._storage,
            "album": None,
            "event_update": update,
            "event_from_user": person,
        }


def _kind(update: Update) -> str:
    """The one field that is set besides the id; aiogram's ``event_type`` tries all 26."""
    for name in update.model_fields_set:
        if name != "update_id":
            return name
    return "update_id"


def _messages(updates: list[Update]) -> list[Message]:
    return [update.message for update in updates if update.message is not None]


def _language(tenant: TenantContext, person: User | None) -> str | None:
    if person is None:
        return None
    if person.id == tenant.owner_id and tenant.owner_language:
        return tenant.owner_language
    return person.language_code
