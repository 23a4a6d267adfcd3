"""The card, and the list for users with several bots."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog, LaunchMode
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.dialogs.home import handlers
from controlbot.dialogs.home.getters import card
from controlbot.dialogs.states import Admin, Help, Home, NewBot, Preferences
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    DataText,
    Lines,
    TranslatedText,
    back,
    go,
    link,
    window,
)
from controlbot.widgets.buttons import PRIMARY
from controlbot.widgets.lists import choices, number
from tenants.i18n.translator import mark as _


def build_home() -> Dialog:
    return Dialog(_card(), _bots(), launch_mode=LaunchMode.ROOT)


def _card() -> Any:
    return window(
        Home.card,
        [
            Lines(
                TranslatedText(_("🏠 <b>Home</b>"), when="empty"),
                TranslatedText(_("You have no bot here yet. Let's change that: it takes a minute."),
                    when="empty"),
            ),
            Lines(DataText("title"), DataText("link_line")),
            Lines(DataText("status"), DataText("hint"), DataText("account"), DataText("features")),
            DataText("usage"),
            DataText("next"),
        ],
        [
            go(_("✨ Create a bot"), NewBot.choose, id="create", when="empty", style=PRIMARY),
            link(_("💬 Open my bot"), "url"),
            ActionButton(
                _("🔑 Replace token"), "replace", handlers.replace_token, when="needs_token"
            ),
            ActionButton(_("▶️ Switch on"), "unpause", handlers.unpause, when="paused"),
            ActionButton(_("🔁 Try again"), "restart", handlers.restart, when="quarantined"),
            go(_("✍️ Write to the team"), Help.write, id="appeal", when="suspended"),
            Row(
                ActionButton(
                    _("⚙️ Features"), "features", handlers.open_features, when="manageable"
                ),
                ActionButton(_("👤 Account"), "account", handlers.open_account, when="manageable"),
            ),
            Row(
                ActionButton(_("⏸ Pause"), "pause", handlers.pause, when="running"),
                ActionButton(_("🔁 Restart"), "again", handlers.restart, when="running"),
                SwitchTo(ButtonText(_("🤖 My bots")), id="bots", state=Home.bots, when="several"),
            ),
            Row(
                go(_("🛠 Settings"), Preferences.menu, id="settings"),
                go(_("❓ Help"), Help.page, id="help"),
            ),
            go(_("🗂 Admin desk"), Admin.overview, id="admin", when="staff"),
        ],
        getter=card,
    )  # fmt: skip


def _bots() -> Any:
    return window(
        Home.bots,
        [TranslatedText(_("🤖 <b>Your bots</b>"))],
        [
            choices("bots", handlers.choose_bot, read=number, id="bot"),
            ActionButton(_("✨ Add a bot"), "add", handlers.add_bot, when="room"),
            back(Home.card),
        ],
        getter=handlers.bots,
    )
