"""The windows of a login: choose a way, scan, phone, keypad, password."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Row, SwitchTo
from aiogram_dialog.widgets.media import DynamicMedia

from controlbot.dialogs.account import getters, handlers
from controlbot.dialogs.account.flow import give_up, later
from controlbot.dialogs.account.own_api import own_api
from controlbot.dialogs.states import Account
from controlbot.kit import Confirm, Label, Lines, Press, Say, Show, window
from controlbot.kit.buttons import PRIMARY, home_button
from controlbot.kit.keypad import Keypad
from controlbot.kit.reply import ReplyKeyboard, RequestPhone, Word
from tenants.i18n import mark as _


def build_account() -> Dialog:
    return Dialog(
        _choose(), own_api(), _qr(), _phone(), _code(), _password(), _over(), _connected(),
        _disconnect(),
        getter=getters.step_header,
    )  # fmt: skip


STEP = _("<b>Step 2 of 3 · Your Telegram account</b>   ●●○")
TITLE = _("👤 <b>Your Telegram account</b>")


def _header() -> tuple[Say, Say]:
    return Say(STEP, when="onboarding"), Say(TITLE, when="plain")


def _choose() -> Any:
    return window(
        Account.choose,
        [
            *_header(),
            Show("bot_line", when="onboarding"),
            Say(
                _(
                    "Some features (for example channel statistics) need access to your account. "
                    "Everything else works without; you can connect it at any time."
                )
            ),
            Lines(
                Say(_("🔒 The session is stored encrypted.")),
                Say(_("🚪 You can end it at any time, here or in Telegram under Devices.")),
            ),
            Say(_("How would you like to connect?"), when="possible"),
            Say(
                _(
                    "This platform has no API id of its own yet. Bring yours, or wait until its "
                    "owner has set it up."
                ),
                when="impossible",
            ),
        ],
        [
            Press(_("➡️ Continue"), "later", later, when="onboarding", style=PRIMARY),
            Press(_("📷 Scan a QR code"), "qr", handlers.by_qr, when="qr"),
            Press(_("📱 By phone number"), "phone", handlers.by_phone, when="phone"),
            Row(
                SwitchTo(Label(_("🧩 My own API id")), id="api", state=Account.api),
                Press(_("⬅️ Back"), "back", later, when="plain"),
            ),
        ],
        getter=getters.choose,
    )


def _qr() -> Any:
    return window(
        Account.qr,
        [
            Say(_("📷 <b>Scan this with another device</b>"), when="shown"),
            Lines(
                Say(_("1. Open Telegram on your phone")),
                Say(_("2. Settings → Devices → Link Desktop Device")),
                Say(_("3. Point the camera at this picture")),
                when="shown",
            ),
            Say(_("The picture renews itself. Tapping it does nothing."), when="shown"),
            Say(_("This QR code has run out."), when="gone"),
        ],
        [
            Press(_("🔄 Show a new one"), "again", handlers.by_qr, when="gone"),
            Press(_("📱 By phone number instead"), "phone", handlers.by_phone, when="phone"),
            Press(_("⬅️ Back"), "back", give_up),
        ],
        getter=getters.qr,
        media=DynamicMedia("photo", when="photo"),
    )


def _phone() -> Any:
    return window(
        Account.phone,
        [
            Say(_("📱 <b>Your phone number</b>")),
            Say(
                _(
                    "👇 Tap the button under the text field, or write the number with its country "
                    "code, like +44 20 7946 0000."
                )
            ),
            Say(_("I delete it from the chat at once.")),
        ],
        [RequestPhone(Label(_("📱 Share my number"))), Word(handlers.QR_WORD), Word(handlers.BACK)],
        inputs=[MessageInput(handlers.phone_message)],
        markup=ReplyKeyboard(),
    )


def _code() -> Any:
    return window(
        Account.code,
        [
            Say(_("🔢 <b>Tap in the login code</b>")),
            Show("delivery"),
            Show("dots"),
            Say(
                _(
                    "❗️ Don't write the code as a message: Telegram would cancel it. "
                    "Use the buttons."
                )
            ),
            Show("resend_hint"),
        ],
        [
            Keypad(handlers.code_complete),
            Press(_("🔄 Send a new code"), "resend", handlers.resend, when="can_resend"),
            Row(
                Press(_("📷 QR code instead"), "qr", handlers.by_qr, when="qr"),
                Press(_("⬅️ Back"), "back", give_up),
            ),
        ],
        getter=getters.code,
        inputs=[MessageInput(handlers.code_message)],
    )


def _password() -> Any:
    return window(
        Account.password,
        [
            Say(_("🔐 <b>Your two-step verification password</b>")),
            Say(_("Your account asks for its extra password. Send it as a message.")),
            Say(_("Your hint: <i>{hint}</i>"), when="hint"),
            Say(_("I delete the message at once and never keep the password.")),
        ],
        [Press(_("⬅️ Back"), "back", give_up)],
        getter=getters.password,
        inputs=[MessageInput(handlers.password_message)],
    )


def _over() -> Any:
    return window(
        Account.over,
        [Say(_("👤 <b>Not connected</b>")), Say(_("Nothing was kept. You can try again."))],
        [
            Press(_("📷 Scan a QR code"), "qr", handlers.by_qr, when="qr"),
            Press(_("📱 By phone number"), "phone", handlers.by_phone, when="phone"),
            Press(_("🏠 To my bot"), "later", later),
        ],
        getter=getters.choose,
    )


def _connected() -> Any:
    return window(
        Account.connected,
        [
            Say(TITLE),
            Show("account_line"),
            Say(_("It is used by the features you switched on, and for nothing else.")),
        ],
        [
            Press(_("🔌 Disconnect"), "disconnect", handlers.ask_disconnect),
            home_button(),
        ],
        getter=getters.connected,
    )


def _disconnect() -> Any:
    return window(
        Account.disconnect,
        [
            Say(_("🔌 <b>Disconnect your account?</b>")),
            Say(_("Telegram ends the session, then we erase it. Features that need it pause.")),
        ],
        [
            Confirm(_("Yes, disconnect"), "sure", handlers.disconnect),
            SwitchTo(Label(_("No, keep it")), id="keep", state=Account.connected),
        ],
    )
