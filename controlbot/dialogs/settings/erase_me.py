"""Erases all data of a user without a bot."""

from __future__ import annotations

import asyncio
from typing import Final

from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.kbd import SwitchTo

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.states import Privacy
from controlbot.notifications.sender import say
from controlbot.widgets import ButtonText, Confirm, Lines, TranslatedText, window
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from tenants.domain.errors import StateConflict
from tenants.i18n.translator import mark as _

_OBJECT: Final = "erase_me"
_AFTER: Final = 0.5
"""Seconds to wait for the handler to end and store its window."""


def erase_me_window() -> Window:
    return window(
        Privacy.erase_me,
        [
            TranslatedText(_("🗑 <b>Erase everything about you?</b>")),
            Lines(
                TranslatedText(
                    _("• your name, language and agreement, and what you have open here")
                ),
                TranslatedText(
                    _("• what stays: the record of who did what, with ids and without content")
                ),
            ),
            TranslatedText(_("<b>This can't be undone.</b> You can come back at any time: /start")),
        ],
        [
            Confirm(_("Yes, erase everything"), "sure_me", _erase_me),
            SwitchTo(ButtonText(_("No, keep it")), id="keep_me", state=Privacy.overview),
        ],
    )


async def ask_to_erase_me(manager: DialogManager) -> None:
    await issue_confirmation(manager, _OBJECT)
    await manager.switch_to(Privacy.erase_me)


async def _erase_me(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    await consume_confirmation(manager, nonce, _OBJECT)
    if await scene.services.directory.mine(scene.real):
        raise StateConflict(state="has_bots")
    scene.platform.secrets.forget(scene.real.user_id)
    await manager.reset_stack()
    scene.platform.nursery.start(_erase(scene), f"erase person {scene.real.user_id}")


async def _erase(scene: RequestContext) -> None:
    """Runs in the background, because the handler still stores its window."""
    await asyncio.sleep(_AFTER)
    await scene.services.people.erase(scene.real)
    text = scene.tr(_("🗑 Done: nothing about you is kept here any more."))
    await say(scene.platform.bot, scene.real.user_id, text)
