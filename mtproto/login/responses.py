"""Converts Telegram's answers during a login to the package's own values."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from telethon import types

from mtproto.login.state import LoginState, mask_phone
from mtproto.login.steps import Account, Delivery, LoginErrorCode
from tenants.domain.model import UserId

_DELIVERY: Final[dict[str, Delivery]] = {
    "App": Delivery.APP,
    "Sms": Delivery.SMS,
    "FirebaseSms": Delivery.SMS,
    "Call": Delivery.CALL,
    "FlashCall": Delivery.FLASH_CALL,
    "MissedCall": Delivery.MISSED_CALL,
    "EmailCode": Delivery.EMAIL,
    "FragmentSms": Delivery.FRAGMENT,
    "SmsWord": Delivery.WORDS,
    "SmsPhrase": Delivery.WORDS,
}


def note_code(state: LoginState, sent: Any, now: datetime) -> None:
    """Store a sent code. https://core.telegram.org/constructor/auth.sentCode"""
    state.step = "code"
    state.trouble = None
    state.code_dead = False
    state.code_hash = sent.phone_code_hash
    state.length = getattr(sent.type, "length", 0) or 0
    state.delivered_by = _delivery(sent.type) or Delivery.APP
    state.next_by = _delivery(sent.next_type)
    state.resend_at = now.timestamp() + sent.timeout if sent.timeout else None


def needs_official_app(sent: Any) -> LoginErrorCode | None:
    """What must be done in Telegram's own app before a code can be sent here."""
    if isinstance(sent, types.auth.SentCodePaymentRequired):
        return LoginErrorCode.PAYMENT_REQUIRED
    if isinstance(sent.type, types.auth.SentCodeTypeSetUpEmailRequired):
        return LoginErrorCode.EMAIL_SETUP_REQUIRED
    return None


def is_for_official_apps(kind: Any) -> bool:
    """Whether the code is delivered only after a proof that the app is Telegram's own.

    https://core.telegram.org/constructor/auth.sentCodeTypeFirebaseSms
    """
    return isinstance(kind, types.auth.SentCodeTypeFirebaseSms)


def account_of(user: Any) -> Account:
    """The displayable fields of the user who logged in."""
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    return Account(
        user_id=UserId(user.id),
        name=name or user.username or str(user.id),
        username=user.username or "",
        phone_masked=mask_phone(user.phone) if user.phone else "",
    )


def _delivery(kind: Any) -> Delivery | None:
    """From an auth.SentCodeType or an auth.CodeType: their names have the same endings."""
    if kind is None:
        return None
    name = type(kind).__name__.removeprefix("SentCodeType").removeprefix("CodeType")
    return _DELIVERY.get(name, Delivery.SMS)
