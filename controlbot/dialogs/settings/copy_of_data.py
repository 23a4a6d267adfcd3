"""A copy of one's data, as a document in the chat."""

from __future__ import annotations

from typing import Final

from aiogram.types import BufferedInputFile
from aiogram_dialog import DialogManager, Window

from controlbot.dialogs.states import Privacy
from controlbot.kit import Lines, Press, Say, back, set_notice, window
from controlbot.kit.frame import below
from controlbot.scene import scene_of
from tenants.i18n import mark as _

LARGEST: Final = 50_000_000
"""Bytes. https://core.telegram.org/bots/api#senddocument"""


def copy_window() -> Window:
    return window(
        Privacy.export,
        [
            Say(_("📦 <b>A copy of your data</b>")),
            Lines(
                Say(_("Everything that is kept about you and your bots, in one file (JSON):")),
                Say(_("• you, your settings and what you agreed to")),
                Say(_("• your bots, their features, their audience and what waits for them")),
                Say(_("• who did what, and who looked")),
            ),
            Say(_("Tokens, sessions and passwords are not in it: they never leave the safe.")),
            Say(_("It holds other people's names: keep it well.")),
        ],
        [Press(_("📦 Send it to me"), "send", _send), back(Privacy.overview)],
    )


async def _send(manager: DialogManager) -> None:
    scene = scene_of(manager)
    document = await scene.services.exports.of(scene.actor)
    if len(document) > LARGEST:
        words = _("⚠️ It is too large for Telegram. Please write to the team: /help")
        set_notice(manager, scene.tr(words))
        return
    day = scene.services.clock.now().date().isoformat()
    await scene.platform.bot.send_document(
        scene.real.user_id, BufferedInputFile(document, f"my-data-{day}.json")
    )
    below(manager)
    set_notice(manager, scene.tr(_("✅ Here it is.")))
