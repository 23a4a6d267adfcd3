"""The login windows: method, QR code, phone, keypad, password."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Row, SwitchTo
from aiogram_dialog.widgets.media import DynamicMedia

from controlbot.dialogs.account import getters, handlers
from controlbot.dialogs.account.api_credentials import own_api
from controlbot.dialogs.account.navigation import give_up, later
from controlbot.dialogs.states import Account
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    Confirm,
    DataText,
    Lines,
    TranslatedText,
    window,
)
from controlbot.widgets.buttons import PRIMARY, home_button
from controlbot.widgets.keypad import Keypad
from controlbot.widgets.reply_keyboard import ReplyButton, ReplyKeyboard, RequestPhone
from tenants.i18n.translator import mark as _


def build_account() -> Dialog:
    return Dialog(
        _choose(), own_api(), _qr(), _phone(), _code(), _password(), _over(), _connected(),
        _disconnect(),
        getter=getters.step_header,
    )  # fmt: skip


STEP = _("<b>Step 2 of 3 · Your Telegram account</b>   ●●○")
TITLE = _("👤 <b>Your Telegram account</b>")


def _header() -> tuple[TranslatedText, TranslatedText]:
    return TranslatedText(STEP, when="onboarding"), TranslatedText(TITLE, when="plain")


def _choose() -> Any:
    return window(
        Account.choose,
        [
            *_header(),
            DataText("bot_line", when="onboarding"),
            TranslatedText(
                _(
                    "Some features (for example channel statistics) need access to your account. "
                    "Everything else works without; you can connect it at any time."
                )
            ),
            Lines(
                TranslatedText(_("🔒 The session is stored encrypted.")),
                TranslatedText(
                    _("🚪 You can end it at any time, here or in Telegram under Devices.")
                ),
            ),
            TranslatedText(_("How would you like to connect?"), when="possible"),
            TranslatedText(
                _(
                    "This platform has no API id of its own yet. Bring yours, or wait until its "
                    "owner has set it up."
                ),
                when="impossible",
            ),
        ],
        [
            ActionButton(_("➡️ Continue"), "later", later, when="onboarding", style=PRIMARY),
            ActionButton(_("📷 Scan a QR code"), "qr", handlers.by_qr, when="qr"),
            ActionButton(_("📱 By phone number"), "phone", handlers.by_phone, when="phone"),
            Row(
                SwitchTo(ButtonText(_("🧩 My own API id")), id="api", state=Account.api),
                ActionButton(_("⬅️ Back"), "back", later, when="plain"),
            ),
        ],
        getter=getters.choose,
    )


def _qr() -> Any:
    return window(
        Account.qr,
        [
            TranslatedText(_("📷 <b>Scan this with another device</b>"), when="shown"),
            Lines(
                TranslatedText(_("1. Open Telegram on your phone")),
                TranslatedText(_("2. Settings → Devices → Link Desktop Device")),
                TranslatedText(_("3. Point the camera at this picture")),
                when="shown",
            ),
            TranslatedText(_("The picture renews itself. Tapping it does nothing."), when="shown"),
            TranslatedText(_("This QR code has run out."), when="gone"),
        ],
        [
            ActionButton(_("🔄 Show a new one"), "again", handlers.by_qr, when="gone"),
            ActionButton(_("📱 By phone number instead"), "phone", handlers.by_phone, when="phone"),
            ActionButton(_("⬅️ Back"), "back", give_up),
        ],
        getter=getters.qr,
        media=DynamicMedia("photo", when="photo"),
    )


def _phone() -> Any:
    return window(
        Account.phone,
        [
            TranslatedText(_("📱 <b>Your phone number</b>")),
            TranslatedText(
                _(
                    "👇 Tap the button under the text field, or write the number with its country "
                    "code, like +44 20 7946 0000."
                )
            ),
            TranslatedText(_("I delete it from the chat at once.")),
        ],
        [
            RequestPhone(ButtonText(_("📱 Share my number"))),
            ReplyButton(handlers.QR_WORD),
            ReplyButton(handlers.BACK),
        ],
        inputs=[MessageInput(handlers.phone_message)],
        markup=ReplyKeyboard(),
    )


def _code() -> Any:
    return window(
        Account.code,
        [
            TranslatedText(_("🔢 <b>Tap in the login code</b>")),
            DataText("delivery"),
            DataText("dots"),
            TranslatedText(
                _(
                    "❗️ Don't write the code as a message: Telegram would cancel it. "
                    "Use the buttons."
                )
            ),
            DataText("resend_hint"),
        ],
        [
            Keypad(handlers.code_complete),
            ActionButton(_("🔄 Send a new code"), "resend", handlers.resend, when="can_resend"),
            Row(
                ActionButton(_("📷 QR code instead"), "qr", handlers.by_qr, when="qr"),
                ActionButton(_("⬅️ Back"), "back", give_up),
            ),
        ],
        getter=getters.code,
        inputs=[MessageInput(handlers.code_message)],
    )


def _password() -> Any:
    return window(
        Account.password,
        [
            TranslatedText(_("🔐 <b>Your two-step verification password</b>")),
            TranslatedText(_("Your account asks for its extra password. Send it as a message.")),
            TranslatedText(_("Your hint: <i>{hint}</i>"), when="hint"),
            TranslatedText(_("I delete the message at once and never keep the password.")),
        ],
        [ActionButton(_("⬅️ Back"), "back", give_up)],
        getter=getters.password,
        inputs=[MessageInput(handlers.password_message)],
    )


def _over() -> Any:
    return window(
        Account.over,
        [
            TranslatedText(_("👤 <b>Not connected</b>")),
            TranslatedText(_("Nothing was kept. You can try again.")),
        ],
        [
            ActionButton(_("📷 Scan a QR code"), "qr", handlers.by_qr, when="qr"),
            ActionButton(_("📱 By phone number"), "phone", handlers.by_phone, when="phone"),
            ActionButton(_("🏠 To my bot"), "later", later),
        ],
        getter=getters.choose,
    )


def _connected() -> Any:
    return window(
        Account.connected,
        [
            TranslatedText(TITLE),
            DataText("account_line"),
            TranslatedText(_("It is used by the features you switched on, and for nothing else.")),
        ],
        [
            ActionButton(_("🔌 Disconnect"), "disconnect", handlers.ask_disconnect),
            home_button(),
        ],
        getter=getters.connected,
    )


def _disconnect() -> Any:
    return window(
        Account.disconnect,
        [
            TranslatedText(_("🔌 <b>Disconnect your account?</b>")),
            TranslatedText(
                _("Telegram ends the session, then we erase it. Features that need it pause.")
            ),
        ],
        [
            Confirm(_("Yes, disconnect"), "sure", handlers.disconnect),
            SwitchTo(ButtonText(_("No, keep it")), id="keep", state=Account.connected),
        ],
    )
