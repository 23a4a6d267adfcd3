"""Language choice, in the welcome and the settings."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager
from aiogram_dialog.widgets.kbd import Group

from controlbot.bot.context import SCENE_KEY, RequestContext, context_of
from controlbot.widgets.lists import Line, choices

Chosen = Callable[[CallbackQuery, Any, DialogManager, str], Coroutine[Any, Any, None]]


async def languages(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    """Each language by its own name, the current one ticked."""
    catalogs = scene.platform.catalogs
    return {
        "languages": [
            Line(
                key=code,
                label=("✓ " if code == scene.tr.language else "")
                + catalogs.translator(code).language_name(),
            )
            for code in catalogs.languages
        ]
    }


def language_buttons(chosen: Chosen) -> Group:
    return choices("languages", chosen, id="language")


async def choose_language(manager: DialogManager, code: str) -> None:
    """Store the choice and use it from this window on."""
    scene = context_of(manager)
    catalogs = scene.platform.catalogs
    if code not in catalogs.languages:
        return
    await scene.services.people.set_language(scene.real.user_id, code)
    manager.middleware_data[SCENE_KEY] = replace(scene, tr=catalogs.translator(code))
