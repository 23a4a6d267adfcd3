"""Opens the first window: home, or the welcome before consent."""

from __future__ import annotations

from typing import Any

from aiogram.fsm.state import State
from aiogram_dialog import DialogManager, ShowMode, StartMode

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.states import Home, Welcome


async def open_home(
    manager: DialogManager,
    data: dict[str, Any] | None = None,
    show_mode: ShowMode | None = None,
) -> None:
    """Replace the open dialogs with home."""
    state = entrance(context_of(manager))
    await manager.start(state, data=data, mode=StartMode.RESET_STACK, show_mode=show_mode)


def entrance(scene: RequestContext) -> State:
    if scene.consented or scene.impersonation is not None:
        return Home.card
    return Welcome.language if scene.person.language is None else Welcome.consent
