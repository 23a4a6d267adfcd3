"""Getters of the feature windows."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiogram_dialog import DialogManager
from pydantic import ValidationError

from controlbot.bot.context import RequestContext
from controlbot.dialogs.features.option_fields import Kind, OptionField, field_of, fields_of
from controlbot.dialogs.tenant_selection import current, tenant_id_of
from controlbot.widgets.lists import Line
from tenants.bot.features.api import Feature, Options
from tenants.domain.errors import NotFound
from tenants.i18n.translator import Markup, Translator, cut
from tenants.i18n.translator import mark as _

SHOWN = 60
"""Characters of a text shown in a list; its own window shows all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A feature with the tenant's settings."""

    feature: Feature
    enabled: bool
    options: Options


async def chosen_feature(scene: RequestContext, manager: DialogManager) -> Chosen:
    """The feature of the window."""
    feature = scene.platform.registry.get(str(manager.dialog_data.get("feature", "")))
    if feature is None:
        raise NotFound()
    choices = await scene.services.features.choices_for(scene.actor, tenant_id_of(manager))
    choice = choices.get(feature.key)
    enabled = feature.essential or (choice.enabled if choice else feature.on_by_default)
    try:
        options = feature.options.model_validate(choice.options if choice else {})
    except ValidationError:
        options = feature.options()
    return Chosen(feature=feature, enabled=enabled, options=options)


def chosen_option(manager: DialogManager, feature: Feature) -> OptionField:
    found = field_of(feature.options, str(manager.dialog_data.get("option", "")))
    if found is None:
        raise NotFound()
    return found


async def overview(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await current(scene, dialog_manager)
    if tenant is None:
        raise NotFound()
    choices = await scene.services.features.choices_for(scene.actor, tenant.id)
    on = {feature.key for feature in scene.platform.registry.choose(choices).features}
    words = scene.platform.feature_words(scene.tr)
    lines = [
        Line(key=one.key, label=f"{'✅' if one.key in on else '⬜️'} {words(one.title)}")
        for one in scene.platform.registry
        if not one.essential or any(fields_of(one.options))
    ]
    return {"username": tenant.bot_username, "features": lines}


async def feature(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    one = await chosen_feature(scene, dialog_manager)
    words = scene.platform.feature_words(scene.tr)
    fields = list(fields_of(one.feature.options)) if one.enabled else []
    return {
        "title": f"{'✅' if one.enabled else '⬜️'} <b>{words(one.feature.title)}</b>",
        "about": words(one.feature.about),
        "options_text": _options_text(scene.tr, words, fields, one.options),
        "off": not one.enabled,
        "can_switch_off": one.enabled and not one.feature.essential,
        "options": [_option_line(scene.tr, words, field, one.options) for field in fields],
    }


async def choice(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    one = await chosen_feature(scene, dialog_manager)
    field = chosen_option(dialog_manager, one.feature)
    words = scene.platform.feature_words(scene.tr)
    now = str(getattr(one.options, field.key))
    return {
        **_heading(words, field),
        "choices": [
            Line(key=value, label=("✓ " if value == now else "") + words(_readable(value)))
            for value in field.choices
        ],
    }


async def write(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    one = await chosen_feature(scene, dialog_manager)
    field = chosen_option(dialog_manager, one.feature)
    words = scene.platform.feature_words(scene.tr)
    value = _value(scene.tr, words, field, getattr(one.options, field.key))
    return {
        **_heading(words, field),
        "value_text": scene.tr(_("Now: {value}"), value=Markup(f"<i>{html.escape(value)}</i>")),
        "is_text": field.kind is Kind.TEXT,
        "is_number": field.kind is Kind.NUMBER,
        "is_list": field.kind is Kind.LIST,
        "changed": getattr(one.options, field.key) != getattr(type(one.options)(), field.key),
    }


def _heading(words: Translator, field: OptionField) -> dict[str, Any]:
    return {
        "title": f"<b>{words(field.title)}</b>",
        "about": words(field.about) if field.about else "",
    }


def _options_text(
    tr: Translator, words: Translator, fields: Iterable[OptionField], options: Options
) -> str:
    """Each option with its current value, long ones truncated."""
    lines = []
    for field in fields:
        value = cut(_value(tr, words, field, getattr(options, field.key)), SHOWN)
        lines.append(f"{words(field.title)}: <i>{html.escape(value)}</i>")
    return "\n".join(lines)


def _option_line(tr: Translator, words: Translator, field: OptionField, options: Options) -> Line:
    title = words(field.title)
    if field.kind is Kind.SWITCH:
        return Line(key=field.key, label=f"{'☑️' if getattr(options, field.key) else '⬜️'} {title}")
    if field.kind is Kind.CHOICE:
        value = _value(tr, words, field, getattr(options, field.key))
        return Line(key=field.key, label=f"▾ {title}: {value}")
    return Line(key=field.key, label=f"✏️ {title}")


def _value(tr: Translator, words: Translator, field: OptionField, value: object) -> str:
    if value in (None, "", (), [], frozenset()):
        return html.unescape(tr(_("nothing yet")))
    match field.kind:
        case Kind.SWITCH:
            return html.unescape(tr(_("yes") if value else _("no")))
        case Kind.CHOICE:
            return html.unescape(words(_readable(str(value))))
        case Kind.NUMBER if isinstance(value, int | float):
            return tr.number(value)
        case Kind.LIST if isinstance(value, Iterable):
            return tr.join(str(part) for part in value)
        case _:
            return str(value)


def _readable(value: str) -> str:
    return value.replace("_", " ").capitalize()
