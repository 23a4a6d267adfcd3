"""Switches features and sets their options. The options model validates every value."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager
from pydantic import ValidationError

from controlbot.bot.context import context_of
from controlbot.dialogs.features.getters import chosen_feature, chosen_option
from controlbot.dialogs.features.option_fields import Kind
from controlbot.dialogs.states import Features
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.widgets import set_notice
from controlbot.widgets.layout import resend_below
from tenants.domain.errors import NotFound
from tenants.i18n.translator import mark as _


async def open_feature(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    if context_of(manager).platform.registry.get(key) is None:
        raise NotFound()
    manager.dialog_data["feature"] = key
    await manager.switch_to(Features.feature)


async def switch(manager: DialogManager) -> None:
    scene = context_of(manager)
    one = await chosen_feature(scene, manager)
    await scene.services.features.set(
        scene.actor, tenant_id_of(manager), one.feature.key, enabled=not one.enabled
    )


async def open_option(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    """A switch is toggled directly; a choice or a text has its own window."""
    manager.dialog_data["option"] = key
    one = await chosen_feature(context_of(manager), manager)
    field = chosen_option(manager, one.feature)
    if field.kind is Kind.SWITCH:
        await _set(manager, not getattr(one.options, key))
    elif field.kind is Kind.CHOICE:
        await manager.switch_to(Features.choice)
    else:
        await manager.switch_to(Features.write)


async def choose(_query: CallbackQuery, _select: Any, manager: DialogManager, value: str) -> None:
    if await _set(manager, value):
        await manager.switch_to(Features.feature)


async def written(message: Message, _input: object, manager: DialogManager) -> None:
    resend_below(manager)
    one = await chosen_feature(context_of(manager), manager)
    field = chosen_option(manager, one.feature)
    try:
        value = field.read(message.text or "")
    except ValueError:
        set_notice(manager, context_of(manager).tr(_("⚠️ That is not a number.")))
        return
    if await _set(manager, value):
        await manager.switch_to(Features.feature)


async def reset(manager: DialogManager) -> None:
    one = await chosen_feature(context_of(manager), manager)
    field = chosen_option(manager, one.feature)
    if await _set(manager, getattr(type(one.options)(), field.key)):
        await manager.switch_to(Features.feature)


async def _set(manager: DialogManager, value: object) -> bool:
    """Store one option if it is valid, else show a notice."""
    scene = context_of(manager)
    one = await chosen_feature(scene, manager)
    field = chosen_option(manager, one.feature)
    try:
        wanted = {**one.options.model_dump(), field.key: value}
        options = one.feature.options.model_validate(wanted)
    except ValidationError:
        set_notice(manager, _refusal(manager, field.longest))
        return False
    await scene.services.features.set(
        scene.actor,
        tenant_id_of(manager),
        one.feature.key,
        options=options.model_dump(mode="json", exclude_defaults=True),
    )
    set_notice(manager, scene.tr(_("✅ Saved.")))
    return True


def _refusal(manager: DialogManager, longest: int | None) -> str:
    tr = context_of(manager).tr
    if longest is not None:
        return tr(_("⚠️ That does not fit. At most {n} characters, please."), n=longest)
    return tr(_("⚠️ That does not fit here."))
