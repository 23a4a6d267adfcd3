"""Login as steps returned as data: every interface draws the same flow.

A wrong code is no error but the same step again with a :class:`Problem`; only
:class:`Done` and :class:`Failed` end a login. Nothing here holds a secret: phone numbers
are masked and codes and passwords never come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tenants.domain.model import UserId


class LoginMethod(StrEnum):
    QR = "qr"
    PHONE = "phone"


class Delivery(StrEnum):
    """How a login code travels. https://core.telegram.org/type/auth.SentCodeType"""

    APP = "app"
    """In the chat with "Telegram" of an app that is already logged in."""
    SMS = "sms"
    CALL = "call"
    FLASH_CALL = "flash_call"
    MISSED_CALL = "missed_call"
    """The code is the last digits of the number that rings."""
    EMAIL = "email"
    FRAGMENT = "fragment"
    """An anonymous number: the code lies on fragment.com."""
    WORDS = "words"
    """An SMS with a word or a phrase, which a digit keypad cannot take."""


class LoginErrorCode(StrEnum):
    """Codes of :class:`Problem` and :class:`Failed`; the interface has a text for each."""

    PHONE_INVALID = "phone_invalid"
    PHONE_COUNTRY_MISSING = "phone_country_missing"
    """Written without the country's code, and which country is meant is unclear."""
    PHONE_UNKNOWN = "phone_unknown"
    """No Telegram account has this number."""
    PHONE_BANNED = "phone_banned"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    CODE_EXPOSED = "code_exposed"
    """Typed or forwarded in a chat: Telegram no longer takes it."""
    CODE_UNAVAILABLE = "code_unavailable"
    """Telegram sends no more codes to this number for about a day."""
    RESEND_TOO_EARLY = "resend_too_early"
    PASSWORD_WRONG = "password_wrong"
    PASSWORD_CHANGED = "password_changed"
    """Telegram's question was out of date: the same password may be right at the next try."""
    FLOOD_WAIT = "flood_wait"
    ACCOUNT_BANNED = "account_banned"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_FROZEN = "account_frozen"
    """Telegram lets it read and nothing else, until an appeal is granted."""
    SESSION_LOST = "session_lost"
    """Telegram ended the session that was being made."""
    PAYMENT_REQUIRED = "payment_required"
    """Telegram wants to be paid for a code to this number; an official app can do that."""
    EMAIL_SETUP_REQUIRED = "email_setup_required"
    QR_EXPIRED = "qr_expired"
    """Telegram took no QR code of several: they were scanned too late or twice."""
    APP_OUTDATED = "app_outdated"
    """UPDATE_APP_TO_LOGIN: Telegram does not let this version of the platform log in."""
    OFFICIAL_APP_ONLY = "official_app_only"
    """Telegram wants a proof that only its own apps can give (reCAPTCHA, Play Integrity)."""
    NOT_STORED = "not_stored"
    """Logged in at Telegram, but the session could not be stored and was ended again."""
    API_MISSING = "api_missing"
    """Neither the platform nor the person has an api_id and api_hash."""
    API_INVALID = "api_invalid"
    METHOD_OFF = "method_off"
    """The platform's settings do not allow this way to log in."""
    TELEGRAM_UNAVAILABLE = "telegram_unavailable"
    TIMED_OUT = "login_timed_out"
    CANCELLED = "login_cancelled"
    NOT_RUNNING = "login_not_running"
    UNEXPECTED = "login_unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why the step is asked again. ``retry_at`` is when it makes sense to try."""

    code: LoginErrorCode
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose account it is, as far as people may see it."""

    user_id: UserId
    name: str
    username: str = ""
    phone_masked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPhone:
    """Ask for the phone number (a shared contact or digits with the country's code)."""

    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedCode:
    """Ask for the code, on a keypad: digits typed in a chat are no longer taken."""

    phone_masked: str
    length: int
    """0 when Telegram does not say."""
    delivered_by: Delivery
    next_by: Delivery | None
    """What a resend would use; None: Telegram offers no other way."""
    resend_at: datetime | None
    """From when on a resend is possible; None: at once."""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPassword:
    """Ask for the two-step verification password."""

    hint: str
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowQr:
    """Show ``url`` as a QR code; it is replaced about every 30 seconds.

    To be scanned from another device: Settings > Devices > Link Desktop Device. Tapping the
    link does nothing. https://core.telegram.org/api/qr-login
    """

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The account is connected."""

    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The login is over. ``retry_after``: seconds until another makes sense, or None."""

    code: LoginErrorCode
    params: Mapping[str, object] = field(default_factory=dict)
    retry_after: float | None = None


Step = NeedPhone | NeedCode | NeedPassword | ShowQr | Done | Failed
