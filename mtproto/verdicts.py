"""What an error of Telethon's means for us, in one table.

Telethon's exceptions carry ``.request``, which holds codes and phone numbers: they end here
and are never logged, chained or passed on. https://core.telegram.org/api/errors
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from telethon import errors

from mtproto.steps import Trouble

DAY: Final = 24 * 3600.0


class Kind(Enum):
    AGAIN = auto()
    """The person may try the same step again."""
    PASSWORD = auto()
    """Two-step verification asks for its password."""
    WAIT = auto()
    """Telegram asks this client to wait ``retry_after`` seconds."""
    LOST = auto()
    """The session is dead for good: erase its key, ask for a new login, never retry."""
    STOPPED = auto()
    """The account itself is banned or frozen; a new login would not help."""
    UNAVAILABLE = auto()
    """Telegram is out of reach or unwell; the session is as good as before."""
    REFUSED = auto()
    """Telegram will not do this, now or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    kind: Kind
    trouble: Trouble
    name: str
    """The error's name, safe to log."""
    retry_after: float | None = None


_LOST: Final = (
    errors.AuthKeyDuplicatedError,
    errors.AuthKeyInvalidError,
    errors.AuthKeyNotFound,
    errors.AuthKeyUnregisteredError,
    errors.SessionExpiredError,
    errors.SessionRevokedError,
)
_UNAVAILABLE: Final = (
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    BufferError,
    errors.AuthRestartError,
    errors.SecurityError,
    errors.ServerError,
    errors.TimedOutError,
    errors.TypeNotFoundError,
)
_OTHERS: Final[tuple[tuple[type[Exception], Kind, Trouble], ...]] = (
    (errors.SessionPasswordNeededError, Kind.PASSWORD, Trouble.UNEXPECTED),
    (errors.PhoneNumberInvalidError, Kind.AGAIN, Trouble.PHONE_INVALID),
    (errors.PhoneNumberUnoccupiedError, Kind.AGAIN, Trouble.PHONE_UNKNOWN),
    (errors.PhoneNumberBannedError, Kind.AGAIN, Trouble.PHONE_BANNED),
    (errors.PhoneCodeInvalidError, Kind.AGAIN, Trouble.CODE_WRONG),
    (errors.PhoneCodeEmptyError, Kind.AGAIN, Trouble.CODE_WRONG),
    (errors.PhoneCodeExpiredError, Kind.AGAIN, Trouble.CODE_EXPIRED),
    (errors.PhoneCodeHashEmptyError, Kind.AGAIN, Trouble.CODE_EXPIRED),
    (errors.PasswordHashInvalidError, Kind.AGAIN, Trouble.PASSWORD_WRONG),
    (errors.SrpIdInvalidError, Kind.AGAIN, Trouble.PASSWORD_WRONG),
    (errors.UserDeactivatedBanError, Kind.STOPPED, Trouble.ACCOUNT_BANNED),
    (errors.UserDeactivatedError, Kind.STOPPED, Trouble.ACCOUNT_BANNED),
    (errors.FrozenMethodInvalidError, Kind.STOPPED, Trouble.ACCOUNT_FROZEN),
    (errors.ApiIdInvalidError, Kind.REFUSED, Trouble.API_INVALID),
    (errors.ApiIdPublishedFloodError, Kind.REFUSED, Trouble.API_INVALID),
)
_A_DAY: Final = (
    (errors.SendCodeUnavailableError, Trouble.CODE_UNAVAILABLE),
    (errors.PhonePasswordFloodError, Trouble.FLOOD_WAIT),
    (errors.PhoneNumberFloodError, Trouble.FLOOD_WAIT),
)


def judge(error: BaseException) -> Verdict:
    """What to do about ``error``. Unknown ones are REFUSED and named."""
    name = _name(error)
    if isinstance(error, _LOST):
        return Verdict(kind=Kind.LOST, trouble=Trouble.SESSION_LOST, name=name)
    for kind_of_error, kind, trouble in _OTHERS:
        if isinstance(error, kind_of_error):
            return Verdict(kind=kind, trouble=trouble, name=name)
    for kind_of_error, trouble in _A_DAY:
        if isinstance(error, kind_of_error):
            return Verdict(kind=Kind.WAIT, trouble=trouble, name=name, retry_after=DAY)
    seconds = getattr(error, "seconds", None)
    if isinstance(error, errors.FloodError) and seconds is not None:
        return Verdict(
            kind=Kind.WAIT,
            trouble=Trouble.FLOOD_WAIT,
            name=name,
            retry_after=max(float(seconds), 1.0),
        )
    return _rest(error, name)


def _rest(error: BaseException, name: str) -> Verdict:
    # SESSION_PASSWORD_NEEDED and bans have been told apart above: what is left of the 401s
    # says that the key opens nothing any more.
    if isinstance(error, errors.UnauthorizedError):
        return Verdict(kind=Kind.LOST, trouble=Trouble.SESSION_LOST, name=name)
    if isinstance(error, _UNAVAILABLE):
        return Verdict(kind=Kind.UNAVAILABLE, trouble=Trouble.TELEGRAM_UNAVAILABLE, name=name)
    return Verdict(kind=Kind.REFUSED, trouble=Trouble.UNEXPECTED, name=name)


def _name(error: BaseException) -> str:
    """Telegram's own name where there is one: newer errors come as plain BadRequestError."""
    message = getattr(error, "message", None)
    plain = type(error) in (
        errors.BadRequestError,
        errors.ForbiddenError,
        errors.FloodError,
        errors.AuthKeyError,
        errors.UnauthorizedError,
    )
    if plain and isinstance(message, str) and message.replace("_", "").isalnum():
        return message
    return type(error).__name__
