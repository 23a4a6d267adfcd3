"""Classifies Telethon's errors, in one table by Telegram's error names.

Telethon's exceptions carry ``.request``, which holds codes and phone numbers: they are never
logged, chained or passed on. https://core.telegram.org/api/errors
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from telethon import errors
from telethon.errors.rpcerrorlist import rpc_errors_dict, rpc_errors_re

from mtproto.login.steps import LoginErrorCode

DAY: Final = 24 * 3600.0
LONGEST_WAIT: Final = 30 * DAY
SOME_WAIT: Final = 60.0
"""Seconds, where Telegram asks for a pause without giving its length."""


class Kind(Enum):
    AGAIN = auto()
    """The person may try the same step again."""
    PASSWORD = auto()
    """Two-step verification asks for its password."""
    WAIT = auto()
    """Telegram asks this client to wait ``retry_after`` seconds."""
    STALE_QR = auto()
    """The QR code's token is no longer valid: show a new one."""
    LOST = auto()
    """The session has ended permanently: erase its key, ask for a new login."""
    STOPPED = auto()
    """The account itself was banned or deleted; a new login would not help."""
    FROZEN = auto()
    """The account is read-only for now; its session stays valid.
    https://core.telegram.org/api/auth#frozen-accounts"""
    UNAVAILABLE = auto()
    """Telegram is unreachable or failing; the session stays valid."""
    REFUSED = auto()
    """Telegram refuses this permanently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    kind: Kind
    trouble: LoginErrorCode
    name: str
    """Telegram's name of the error, or its class; contains no secrets."""
    retry_after: float | None = None

    @property
    def is_final(self) -> bool:
        """A key that two processes used at the same time must not be used again."""
        return self.name == DUPLICATED


DUPLICATED: Final = "AUTH_KEY_DUPLICATED"

_GROUPS: Final[tuple[tuple[Kind, LoginErrorCode, str], ...]] = (
    (
        Kind.LOST,
        LoginErrorCode.SESSION_LOST,
        f"{DUPLICATED} AUTH_KEY_INVALID AUTH_KEY_UNREGISTERED SESSION_EXPIRED SESSION_REVOKED",
    ),
    (Kind.STOPPED, LoginErrorCode.ACCOUNT_BANNED, "USER_DEACTIVATED_BAN"),
    (Kind.STOPPED, LoginErrorCode.ACCOUNT_DELETED, "USER_DEACTIVATED"),
    (
        Kind.FROZEN,
        LoginErrorCode.ACCOUNT_FROZEN,
        "FROZEN_METHOD_INVALID FROZEN_PARTICIPANT_MISSING",
    ),
    (Kind.PASSWORD, LoginErrorCode.UNEXPECTED, "SESSION_PASSWORD_NEEDED"),
    (Kind.AGAIN, LoginErrorCode.PHONE_INVALID, "PHONE_NUMBER_INVALID"),
    (
        Kind.AGAIN,
        LoginErrorCode.PHONE_UNKNOWN,
        "PHONE_NUMBER_UNOCCUPIED PHONE_NUMBER_APP_SIGNUP_FORBIDDEN",
    ),
    (Kind.AGAIN, LoginErrorCode.PHONE_BANNED, "PHONE_NUMBER_BANNED"),
    (Kind.AGAIN, LoginErrorCode.CODE_UNAVAILABLE, "PHONE_PASSWORD_PROTECTED"),
    (
        Kind.AGAIN,
        LoginErrorCode.CODE_WRONG,
        "PHONE_CODE_INVALID PHONE_CODE_EMPTY CODE_INVALID CODE_EMPTY EMAIL_INVALID"
        " EMAIL_TOKEN_INVALID",
    ),
    (
        Kind.AGAIN,
        LoginErrorCode.CODE_EXPIRED,
        "PHONE_CODE_EXPIRED PHONE_CODE_HASH_EMPTY PHONE_HASH_EXPIRED EMAIL_VERIFY_EXPIRED"
        " EMAIL_HASH_EXPIRED",
    ),
    (Kind.AGAIN, LoginErrorCode.PASSWORD_WRONG, "PASSWORD_HASH_INVALID PASSWORD_EMPTY"),
    (
        Kind.AGAIN,
        LoginErrorCode.PASSWORD_CHANGED,
        "SRP_ID_INVALID SRP_PASSWORD_CHANGED SRP_A_INVALID",
    ),
    (Kind.WAIT, LoginErrorCode.CODE_UNAVAILABLE, "SEND_CODE_UNAVAILABLE"),
    (Kind.WAIT, LoginErrorCode.FLOOD_WAIT, "PHONE_PASSWORD_FLOOD PHONE_NUMBER_FLOOD"),
    (
        Kind.STALE_QR,
        LoginErrorCode.QR_EXPIRED,
        "AUTH_TOKEN_ALREADY_ACCEPTED AUTH_TOKEN_EXCEPTION AUTH_TOKEN_EXPIRED AUTH_TOKEN_INVALID"
        " AUTH_TOKEN_INVALIDX",
    ),
    (Kind.REFUSED, LoginErrorCode.UNEXPECTED, "ACTIVE_USER_REQUIRED"),
    (Kind.REFUSED, LoginErrorCode.API_INVALID, "API_ID_INVALID API_ID_PUBLISHED_FLOOD"),
    (
        Kind.REFUSED,
        LoginErrorCode.APP_OUTDATED,
        "UPDATE_APP_TO_LOGIN INPUT_LAYER_INVALID",
    ),
    (
        Kind.REFUSED,
        LoginErrorCode.OFFICIAL_APP_ONLY,
        "RECAPTCHA_CHECK APNS_VERIFY_CHECK INTEGRITY_CHECK_CLASSIC",
    ),
    (
        Kind.UNAVAILABLE,
        LoginErrorCode.TELEGRAM_UNAVAILABLE,
        # AUTH_KEY_PERM_EMPTY is a 401 about temporary keys, which are not used here.
        "AUTH_KEY_PERM_EMPTY AUTH_RESTART CONNECTION_LAYER_INVALID CONNECTION_NOT_INITED"
        " MSG_WAIT_FAILED SIGN_IN_FAILED SMS_CODE_CREATE_FAILED",
    ),
)
_BY_NAME: Final = {
    name: (kind, trouble) for kind, trouble, names in _GROUPS for name in names.split()
}
_A_DAY: Final = frozenset({"SEND_CODE_UNAVAILABLE", "PHONE_PASSWORD_FLOOD", "PHONE_NUMBER_FLOOD"})
_WITH_DETAILS: Final = ("AUTH_RESTART", "RECAPTCHA_CHECK", "APNS_VERIFY_CHECK",
                        "INTEGRITY_CHECK_CLASSIC")  # fmt: skip
"""Prefixes of names to which Telegram appends a suffix."""

_UNAVAILABLE: Final = (
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    BufferError,
    errors.BadMessageError,
    errors.InvalidChecksumError,
    errors.InvalidDCError,
    errors.ReadCancelledError,
    errors.SecurityError,
    errors.ServerError,
    errors.TimedOutError,
    errors.TypeNotFoundError,
)
"""By class: connection errors, 303 (Telethon follows those that it can), 500, −503."""


def _names() -> Iterable[tuple[type[Exception], str]]:
    for name, kind in rpc_errors_dict.items():
        yield kind, name
    for pattern, kind in rpc_errors_re:
        yield kind, re.sub(r"_?\(\\d\+\)", "", pattern)


_NAMES: Final[dict[type[BaseException], str]] = dict(_names())
_PLAIN: Final = re.compile(r"[A-Za-z0-9_]{1,100}")


def classify(error: BaseException) -> ErrorClass:
    """The class of ``error``. Unknown errors are REFUSED, with their name."""
    name = _name(error)
    known = _BY_NAME.get(_without_details(name))
    if known is not None:
        wait = DAY if name in _A_DAY else None
        return ErrorClass(kind=known[0], trouble=known[1], name=name, retry_after=wait)
    if isinstance(error, errors.AuthKeyNotFound):
        return ErrorClass(kind=Kind.LOST, trouble=LoginErrorCode.SESSION_LOST, name=name)
    if isinstance(error, errors.FloodError):
        return ErrorClass(
            kind=Kind.WAIT,
            trouble=LoginErrorCode.FLOOD_WAIT,
            name=name,
            retry_after=_seconds(error),
        )
    # 401s that ask for a password or report a ban are in the table; the others mean that the
    # key is not valid. TDLib treats every 401 so (Session::on_message_result_error).
    if isinstance(error, errors.UnauthorizedError):
        return ErrorClass(kind=Kind.LOST, trouble=LoginErrorCode.SESSION_LOST, name=name)
    if isinstance(error, _UNAVAILABLE):
        return ErrorClass(
            kind=Kind.UNAVAILABLE, trouble=LoginErrorCode.TELEGRAM_UNAVAILABLE, name=name
        )
    return ErrorClass(kind=Kind.REFUSED, trouble=LoginErrorCode.UNEXPECTED, name=name)


def _seconds(error: BaseException) -> float:
    seconds = getattr(error, "seconds", None)
    wanted = float(seconds) if isinstance(seconds, int | float) else SOME_WAIT
    return min(max(wanted, 1.0), LONGEST_WAIT)


def _without_details(name: str) -> str:
    return next((known for known in _WITH_DETAILS if name.startswith(known)), name)


def _name(error: BaseException) -> str:
    """Telegram's own name if there is one: newer errors come as plain BadRequestError."""
    known = _NAMES.get(type(error))
    if known is not None:
        return known
    message = getattr(error, "message", None)
    if isinstance(error, errors.RPCError) and _PLAIN.fullmatch(str(message)):
        return str(message)
    return type(error).__name__
