"""/help: what this is, what can be said, whom to ask."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog

from controlbot.dialogs.states import Help, Privacy
from controlbot.kit import Lines, Say, go, window
from controlbot.kit.buttons import home_button
from tenants.i18n import mark as _


def build_help() -> Dialog:
    return Dialog(_page())


def _page() -> Any:
    return window(
        Help.page,
        [
            Say(_("❓ <b>Help</b>")),
            Say(
                _(
                    "Your bot runs here day and night. What people write to it comes to you in "
                    "your chat with that bot; reply to a message there and the answer goes back."
                )
            ),
            Lines(
                Say(_("/status – how your bot is doing")),
                Say(_("/newbot – bring a bot")),
                Say(_("/connect – connect your Telegram account")),
                Say(_("/settings – language, features, token")),
                Say(_("/privacy – what is kept, and erasing it")),
                Say(_("/cancel – stop what you are doing")),
            ),
            Lines(
                Say(_("<b>My bot doesn't write to me.</b> Open it and press Start once.")),
                Say(_("<b>My token no longer works.</b> /settings → Replace my bot's token.")),
                Say(_("<b>A login code doesn't work.</b> Use the buttons, never a message.")),
            ),
        ],
        [
            go(_("🔒 Privacy"), Privacy.overview, id="privacy"),
            home_button(),
        ],
    )
