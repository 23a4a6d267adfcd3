"""The list of features, one feature, and its options."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog
from aiogram_dialog.widgets.input import MessageInput

from controlbot.dialogs.features import getters, handlers
from controlbot.dialogs.states import Features
from controlbot.widgets import ActionButton, DataText, TranslatedText, back, window
from controlbot.widgets.lists import choices
from tenants.i18n.translator import mark as _


def build_features() -> Dialog:
    return Dialog(_overview(), _feature(), _choice(), _write())


def _overview() -> Any:
    return window(
        Features.overview,
        [
            TranslatedText(_("⚙️ <b>What @{username} can do</b>")),
            TranslatedText(_("Tap one to read about it, switch it and set it up.")),
        ],
        [choices("features", handlers.open_feature), back()],
        getter=getters.overview,
    )


def _feature() -> Any:
    return window(
        Features.feature,
        [DataText("title"), DataText("about"), DataText("options_text")],
        [
            ActionButton(_("✅ Switch on"), "on", handlers.switch, when="off"),
            ActionButton(_("🚫 Switch off"), "off", handlers.switch, when="can_switch_off"),
            choices("options", handlers.open_option),
            back(Features.overview),
        ],
        getter=getters.feature,
    )


def _choice() -> Any:
    return window(
        Features.choice,
        [DataText("title"), DataText("about")],
        [choices("choices", handlers.choose), back(Features.feature)],
        getter=getters.choice,
    )


def _write() -> Any:
    return window(
        Features.write,
        [
            DataText("title"),
            DataText("about"),
            DataText("value_text"),
            TranslatedText(_("✏️ Send me the new text as a message."), when="is_text"),
            TranslatedText(_("✏️ Send me the new number as a message."), when="is_number"),
            TranslatedText(_("✏️ Send me the new list, one a line."), when="is_list"),
        ],
        [
            ActionButton(_("↩️ Reset to default"), "reset", handlers.reset, when="changed"),
            back(Features.feature),
        ],
        getter=getters.write,
        inputs=[MessageInput(handlers.written)],
    )
