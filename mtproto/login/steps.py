"""Login steps as data, so that every interface shows the same flow.

A wrong code is not an error but the same step again with a :class:`Problem`; only
:class:`Done` and :class:`Failed` end a login. Steps hold no secrets: phone numbers are masked,
codes and passwords are not returned.
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
    """How a login code is delivered. https://core.telegram.org/type/auth.SentCodeType"""

    APP = "app"
    """In the chat with "Telegram" of an app that is already logged in."""
    SMS = "sms"
    CALL = "call"
    FLASH_CALL = "flash_call"
    MISSED_CALL = "missed_call"
    """The code is the last digits of the number that rings."""
    EMAIL = "email"
    FRAGMENT = "fragment"
    """An anonymous number: the code is shown on fragment.com."""
    WORDS = "words"
    """An SMS with a word or a phrase, which cannot be typed on a digit keypad."""


class LoginErrorCode(StrEnum):
    """Codes of :class:`Problem` and :class:`Failed`; the interface has a text for each."""

    PHONE_INVALID = "phone_invalid"
    PHONE_COUNTRY_MISSING = "phone_country_missing"
    """Written without country code, and the country is ambiguous."""
    PHONE_UNKNOWN = "phone_unknown"
    """No Telegram account has this number."""
    PHONE_BANNED = "phone_banned"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    CODE_EXPOSED = "code_exposed"
    """Typed or forwarded in a chat: Telegram no longer accepts it."""
    CODE_UNAVAILABLE = "code_unavailable"
    """Telegram sends no more codes to this number for about a day."""
    RESEND_TOO_EARLY = "resend_too_early"
    PASSWORD_WRONG = "password_wrong"
    PASSWORD_CHANGED = "password_changed"
    """The SRP parameters had expired: the same password may be accepted next time."""
    FLOOD_WAIT = "flood_wait"
    ACCOUNT_BANNED = "account_banned"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_FROZEN = "account_frozen"
    """The account is read-only until an appeal is granted."""
    SESSION_LOST = "session_lost"
    """Telegram ended the session that was being made."""
    PAYMENT_REQUIRED = "payment_required"
    """Telegram demands payment for a code to this number; possible in an official app."""
    EMAIL_SETUP_REQUIRED = "email_setup_required"
    QR_EXPIRED = "qr_expired"
    """Telegram accepted none of several QR codes: scanned too late or twice."""
    APP_OUTDATED = "app_outdated"
    """UPDATE_APP_TO_LOGIN: Telegram does not accept logins from this platform version."""
    OFFICIAL_APP_ONLY = "official_app_only"
    """Telegram requires a proof only its own apps can give (reCAPTCHA, Play Integrity)."""
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
    """Why the step is repeated. ``retry_at``: the earliest useful time to try again."""

    code: LoginErrorCode
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The displayable fields of the account."""

    user_id: UserId
    name: str
    username: str = ""
    phone_masked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPhone:
    """Ask for the phone number (a shared contact or digits with the country code)."""

    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedCode:
    """Ask for the code, on a keypad: Telegram invalidates a code typed in a chat."""

    phone_masked: str
    length: int
    """0 when Telegram does not say."""
    delivered_by: Delivery
    next_by: Delivery | None
    """The delivery type of a resend; None: Telegram offers none."""
    resend_at: datetime | None
    """When a resend becomes possible; None: now."""
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
    """The login has ended. ``retry_after``: seconds until another may succeed, or None."""

    code: LoginErrorCode
    params: Mapping[str, object] = field(default_factory=dict)
    retry_after: float | None = None


Step = NeedPhone | NeedCode | NeedPassword | ShowQr | Done | Failed
