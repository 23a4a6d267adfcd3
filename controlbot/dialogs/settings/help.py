"""/help: description, commands, contact to the team."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import SwitchTo

from controlbot.bot.context import context_of
from controlbot.bot.navigation import open_home
from controlbot.dialogs.states import Help, Privacy
from controlbot.texts.messages import error_text
from controlbot.widgets import ActionButton, ButtonText, Lines, TranslatedText, go, window
from controlbot.widgets.buttons import home_button, leave
from controlbot.widgets.layout import notice, resend_below, set_notice
from tenants.domain.errors import TooManyAttempts
from tenants.i18n.translator import mark as _


def build_help() -> Dialog:
    return Dialog(_page(), _write())


def _page() -> Any:
    return window(
        Help.page,
        [
            TranslatedText(_("❓ <b>Help</b>")),
            TranslatedText(
                _(
                    "Your bot runs here day and night. What people write to it comes to you in "
                    "your chat with that bot; reply to a message there and the answer goes back."
                )
            ),
            Lines(
                TranslatedText(_("/status – how your bot is doing")),
                TranslatedText(_("/newbot – bring a bot")),
                TranslatedText(_("/connect – connect your Telegram account")),
                TranslatedText(_("/settings – language, features, token")),
                TranslatedText(_("/privacy – what is kept, and erasing it")),
                TranslatedText(_("/cancel – stop what you are doing")),
            ),
            Lines(
                TranslatedText(
                    _("<b>My bot doesn't write to me.</b> Open it and press Start once.")
                ),
                TranslatedText(
                    _("<b>My token no longer works.</b> /settings → Replace my bot's token.")
                ),
                TranslatedText(
                    _("<b>A login code doesn't work.</b> Use the buttons, never a message.")
                ),
            ),
        ],
        [
            SwitchTo(ButtonText(_("✍️ Write to the team")), id="write", state=Help.write),
            go(_("🔒 Privacy"), Privacy.overview, id="privacy"),
            home_button(),
        ],
    )


def _write() -> Any:
    return window(
        Help.write,
        [
            TranslatedText(_("✍️ <b>Write to the team</b>")),
            TranslatedText(
                _(
                    "Write one message: text, a picture or a file. A person reads it and answers "
                    "you here."
                )
            ),
        ],
        [ActionButton(_("⬅️ Back"), "back", leave)],
        inputs=[MessageInput(_written)],
    )


async def _written(message: Message, _input: object, manager: DialogManager) -> None:
    """Forward a message of any type to the platform's owners and admins."""
    scene = context_of(manager)
    resend_below(manager)
    try:
        reached = await scene.platform.team_mail.to_team(scene, message)
    except TooManyAttempts as error:
        set_notice(manager, f"⚠️ {error_text(scene.tr, error)}")
        return
    thanks = _("✅ Your message has reached the team. Their answer comes here.")
    sorry = _("⚠️ Nobody of the team could be reached just now. Please try again later.")
    await open_home(manager, notice(scene.tr(thanks if reached else sorry)))
