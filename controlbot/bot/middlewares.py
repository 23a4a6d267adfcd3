"""Adds the request context, checks dialog access, clears notices."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram.dispatcher.middlewares.base import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject, User
from aiogram_dialog import DialogManager

from controlbot.bot.context import SCENE_KEY, ControlBotServices, RequestContext
from controlbot.bot.dialog_access import may_stay
from controlbot.bot.navigation import open_home
from controlbot.widgets.layout import clear_notice
from tenants.domain.model import Person, UserId
from tenants.i18n.translator import mark as _
from tenants.services.people import language_of

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]
SEEN_FOR: Final = 600.0
"""Seconds between two updates of a user's last-seen time."""
_REMEMBERED: Final = 10_000


class ContextMiddleware(BaseMiddleware):
    """Adds the user, the tenant they act for and their language. Read for every update, so
    that a revoked role or an ended impersonation takes effect with the next update."""

    def __init__(self, platform: ControlBotServices) -> None:
        self._platform = platform
        self._seen: OrderedDict[tuple[int, str, str | None], float] = OrderedDict()

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user = data.get("event_from_user")
        if not isinstance(user, User) or user.is_bot:
            return None
        data["platform"] = self._platform
        data[SCENE_KEY] = await build_scene(self._platform, await self._person(user))
        return await handler(event, data)

    async def _person(self, user: User) -> Person:
        people = self._platform.services.people
        user_id = UserId(user.id)
        if not user.first_name:  # an internal event: only the id is known
            known = await people.get(user_id)
            return known or await people.see(user_id, "", None)
        key = (user.id, user.full_name, user.language_code)
        if time.monotonic() - self._seen.get(key, -SEEN_FOR) < SEEN_FOR:
            known = await people.get(user_id)
            if known is not None:
                return known
        self._seen[key] = time.monotonic()
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return await people.see(user_id, user.full_name, user.language_code)


def _is_an_act(event: TelegramObject) -> bool:
    """Whether the user sent it: a button press or a message, but no service message."""
    return not (isinstance(event, Message) and event.managed_bot_created is not None)


async def build_scene(platform: ControlBotServices, person: Person) -> RequestContext:
    services = platform.services
    language = language_of(person)
    real = await services.access.actor_for(person.user_id, language)
    live = await services.impersonations.current(person.user_id)
    subject = await services.people.get(live.subject_id) if live else None
    return RequestContext(
        platform=platform,
        person=person,
        real=real,
        actor=await services.impersonations.actor_while(real) if live else real,
        tr=platform.catalogs.translator(language),
        impersonation=live,
        subject_name=subject.name if subject else "",
    )


class DialogAccessMiddleware(BaseMiddleware):
    """Checks the user's access to the open window before its handlers run, and clears its
    notice."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        manager: DialogManager | None = data.get("dialog_manager")
        if manager is None or not manager.has_context():
            return await handler(event, data)
        scene: RequestContext = data[SCENE_KEY]
        if may_stay(scene, manager.current_context()):
            if _is_an_act(event):
                clear_notice(manager)
            return await handler(event, data)
        if isinstance(event, CallbackQuery):
            await event.answer(scene.tr(_("That is no longer available to you.")))
        await open_home(manager)
        return None
