"""/settings: language, features, account, privacy."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery
from aiogram_dialog import Dialog, DialogManager
from aiogram_dialog.widgets.kbd import SwitchTo

from controlbot.bot.context import RequestContext
from controlbot.dialogs.home.handlers import open_account, open_features, replace_token
from controlbot.dialogs.language_picker import choose_language, language_buttons, languages
from controlbot.dialogs.states import Preferences, Privacy
from controlbot.dialogs.tenant_selection import current
from controlbot.widgets import ActionButton, ButtonText, TranslatedText, back, go, window
from controlbot.widgets.buttons import home_button
from tenants.domain.model import Desired
from tenants.i18n.translator import mark as _


def build_preferences() -> Dialog:
    return Dialog(_menu(), _language())


def _menu() -> Any:
    return window(
        Preferences.menu,
        [
            TranslatedText(_("🛠 <b>Settings</b>")),
            TranslatedText(_("What would you like to change?")),
        ],
        [
            ActionButton(_("⚙️ Features of my bot"), "features", open_features, when="has_bot"),
            ActionButton(_("👤 My Telegram account"), "account", open_account, when="has_bot"),
            ActionButton(_("🔑 Replace my bot's token"), "token", replace_token, when="has_bot"),
            SwitchTo(ButtonText(_("🌐 Language")), id="language", state=Preferences.language),
            go(_("🔒 Privacy"), Privacy.overview, id="privacy"),
            home_button(),
        ],
        getter=_own,
    )


def _language() -> Any:
    return window(
        Preferences.language,
        [TranslatedText(_("🌐 <b>Choose your language</b>"))],
        [language_buttons(_chosen), back(Preferences.menu)],
        getter=languages,
    )


async def _own(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await current(scene, dialog_manager)
    return {"has_bot": tenant is not None and tenant.desired is not Desired.ERASING}


async def _chosen(_query: CallbackQuery, _select: Any, manager: DialogManager, code: str) -> None:
    await choose_language(manager, code)
    await manager.switch_to(Preferences.menu)
