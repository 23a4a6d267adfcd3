"""The dispatcher shared by all tenants' bots: the tenant is an argument.

Updates go directly to the routers of the features that the tenant has enabled and that handle
this kind of update. aiogram's own Dispatcher is made for one bot with one set of handlers: it
would ask every router for every tenant, and takes half of the time of a simple update.
Within a feature's router everything is aiogram's: filters, middlewares, flags, nested routers.

An update that the installed aiogram can't parse (a kind, a tag of a union or a field that is
newer, or older, than it knows) is offered to the features' ``on_unparsed`` with its ids only.
If no feature takes it, it is returned to the caller, who keeps it for another parser. The
parser's errors quote what people wrote: they are neither logged nor passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import aiogram
from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED, CancelHandler, SkipHandler
from aiogram.methods import TelegramMethod
from aiogram.types import ErrorEvent, Message, TelegramObject, Update, User

from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects, collecting
from tenants.bot.fsm_storage import ConversationStorage
from tenants.bot.update_header import KINDS, peek_stored
from tenants.telegram.raw_json import repair

PARSER: Final = f"aiogram {aiogram.__version__}"
"""Name of the installed parser. An update that it can't read is retried by another one."""


class Dispatcher:
    """Feeds updates of any tenant. Has one router per feature, shared by all tenants."""

    def __init__(self, house: FeatureServices, storage: ConversationStorage) -> None:
        self._house = house
        self._storage = storage
        self._routers: dict[str, Router] = house.registry.build_routers()

    async def __call__(
        self, tenant: TenantContext, raws: Sequence[bytes], effects: Effects
    ) -> Sequence[int]:
        """Handle one update, or the updates of one album.

        Returns the indices of those that can't be parsed and that no feature took.
        Raises whatever the handler raised.
        """
        updates = [_parse(raw, tenant) for raw in raws]
        with collecting(effects):
            parsed = [update for update in updates if update is not None]
            if parsed:
                await self._handle(tenant, parsed, effects)
            if len(parsed) == len(updates):
                return ()
            return [
                place
                for place, update in enumerate(updates)
                if update is None and not await self._by_ids(tenant, raws[place], effects)
            ]

    async def _handle(self, tenant: TenantContext, updates: list[Update], effects: Effects) -> None:
        update = updates[0]
        kind = _kind(update)
        event: TelegramObject = getattr(update, kind)
        data = self._data(tenant, update, event, effects)
        if len(updates) > 1:
            data["album"] = _messages(updates)
        response = await self._ask(tenant, kind, event, data)
        if isinstance(response, TelegramMethod):
            await tenant.bot(response)

    async def _by_ids(self, tenant: TenantContext, raw: bytes, effects: Effects) -> bool:
        """Whether a feature took an update that can't be parsed."""
        header = peek_stored(raw, 0)
        for feature in tenant.features.routes.get(header.kind, ()):
            hook = feature.on_unparsed
            if hook is not None and await hook(tenant, self._house, header, effects):
                return True
        return False

    async def _ask(
        self, tenant: TenantContext, kind: str, event: TelegramObject, data: dict[str, Any]
    ) -> Any:
        """Call the features in order until one has handled the event."""
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
        """As in aiogram's ErrorsMiddleware: a router may handle its own errors."""
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
        """Arguments that handlers may request by name."""
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


def _parse(raw: bytes, tenant: TenantContext) -> Update | None:
    """None when the installed aiogram can't parse it."""
    update = _validated(raw, tenant) or _validated(repair(raw), tenant)
    return update if update is not None and _kind(update) else None


def _validated(raw: bytes, tenant: TenantContext) -> Update | None:
    try:
        return Update.model_validate_json(raw, context={"bot": tenant.bot})
    except ValueError:
        return None


def _kind(update: Update) -> str:
    """The one field that is set besides the id; aiogram's ``event_type`` tries all 26. Empty
    for a kind that aiogram doesn't know."""
    for name in update.model_fields_set:
        if name in KINDS and getattr(update, name) is not None:
            return name
    return ""


def _messages(updates: list[Update]) -> list[Message]:
    return [update.message for update in updates if update.message is not None]


def _language(tenant: TenantContext, person: User | None) -> str | None:
    if person is None:
        return None
    if person.id == tenant.owner_id and tenant.owner_language:
        return tenant.owner_language
    return person.language_code
