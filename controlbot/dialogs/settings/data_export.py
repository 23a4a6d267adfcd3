"""Data export: a document in the chat."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import DialogManager, Window

from controlbot.bot.context import context_of
from controlbot.dialogs.settings.data_file import make_and_send
from controlbot.dialogs.states import Privacy
from controlbot.widgets import ActionButton, Lines, TranslatedText, back, set_notice, window
from tenants.i18n.translator import mark as _


def copy_window() -> Window:
    return window(
        Privacy.export,
        [
            TranslatedText(_("📦 <b>A copy of your data</b>")),
            Lines(
                TranslatedText(
                    _("Everything that is kept about you and your bots, in one file (JSON):")
                ),
                TranslatedText(_("• you, your settings and what you agreed to")),
                TranslatedText(
                    _("• your bots, their features, their audience and what waits for them")
                ),
                TranslatedText(_("• who did what, and who looked")),
            ),
            TranslatedText(
                _("Tokens, sessions and passwords are not in it: they are never exported.")
            ),
            TranslatedText(_("It holds other people's names: keep it well.")),
        ],
        [
            ActionButton(_("📦 Send it to me"), "send", _send),
            ActionButton(_("✖️ Cancel"), "cancel", _cancel, when="under_way"),
            back(Privacy.overview),
        ],
        getter=_under_way,
    )


async def _under_way(dialog_manager: DialogManager, **_kw: Any) -> dict[str, Any]:
    scene = context_of(dialog_manager)
    return {"under_way": scene.services.exports.is_under_way(scene.actor.user_id)}


async def _send(manager: DialogManager) -> None:
    """Start the export in the background."""
    scene = context_of(manager)
    await scene.services.exports.check(scene.actor)
    making = make_and_send(scene.platform, scene.actor, scene.tr)
    scene.platform.nursery.start(making, f"copy of data {scene.actor.user_id}")
    set_notice(manager, scene.tr(_("⏳ The file is being made. It is sent here when it is ready.")))


async def _cancel(manager: DialogManager) -> None:
    scene = context_of(manager)
    if scene.services.exports.cancel(scene.actor.user_id):
        set_notice(manager, scene.tr(_("Cancelled. No file was made.")))
    else:
        set_notice(manager, scene.tr(_("No file is being made at present.")))
