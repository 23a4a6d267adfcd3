"""Values of people's logins, serializable as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from sandbox.world.errors import ApiError

HOME_DC = 2
"""Data centre of accounts unless they are moved."""


class LoginError(ApiError):
    """A login step that Telegram refuses, by MTProto's error name.

    https://core.telegram.org/api/errors
    """

    def __init__(self, name: str, code: int = 400) -> None:
        super().__init__(code, name)
        self.name = name


class SentBy(StrEnum):
    """How a code is delivered."""

    APP = "app"
    SMS = "sms"
    CALL = "call"
    FLASH_CALL = "flash_call"
    MISSED_CALL = "missed_call"
    FRAGMENT = "fragment"
    EMAIL = "email"
    FIREBASE = "firebase"
    """An SMS that only Telegram's own apps get."""
    WORD = "word"
    PHRASE = "phrase"
    SETUP_EMAIL = "setup_email"
    """No code before the account has an e-mail address."""
    PAYMENT = "payment"
    """No code before it is paid for."""


@dataclass(slots=True, kw_only=True)
class Session:
    """An authorization key and its login.

    ``hash`` names it in lists; the key itself is never sent. ``created`` and
    ``active`` are seconds of the epoch.
    """

    key_id: int
    auth_key: bytes
    salt: int
    hash: int
    created: float
    active: float
    account_id: int | None = None
    awaits_password: bool = False
    """The code or the QR was right, and the two-step password is still needed."""
    dc: int = HOME_DC
    """The data centre the key was made with."""
    moves_by: bytes = b""
    """A scanned QR code's token, to be imported at the account's own data centre."""
    layer: int = 0
    api_id: int = 0
    device: str = ""
    system: str = ""
    app_version: str = ""
    language: str = ""

    @property
    def user_id(self) -> int | None:
        """The account of the calls; None until the login is complete."""
        return None if self.awaits_password else self.account_id

    def __repr__(self) -> str:
        return f"Session(hash={self.hash}, account_id={self.account_id}, device={self.device!r})"


@dataclass(slots=True, kw_only=True)
class LoginCode:
    """A sent code. ``spoilt``: it was sent in a chat and is invalid."""

    phone: str
    code: str
    hash: str
    key_id: int
    account_id: int | None
    sent_by: SentBy
    expires: float
    spoilt: bool = False

    def __repr__(self) -> str:
        return f"LoginCode(account_id={self.account_id}, sent_by={self.sent_by})"


@dataclass(slots=True, kw_only=True)
class QrToken:
    """Token of a QR code: logs ``key_id`` in when a logged-in device accepts it.

    With ``account_id`` it was accepted already and is valid on another data centre.
    """

    token: bytes
    key_id: int
    expires: float
    account_id: int | None = None

    def __repr__(self) -> str:
        return "QrToken()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """Two-step verification as the server stores it: salts and an SRP verifier."""

    salt1: bytes
    salt2: bytes
    verifier: bytes
    hint: str = ""

    def __repr__(self) -> str:
        return "Password(•••)"


@dataclass(frozen=True, slots=True)
class QrAccepted:
    """A device scanned the QR code that the session of ``key_id`` shows."""

    key_id: int


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A login is complete, with its password."""

    key_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session was logged out; unless it did so itself, its connections have to be closed."""

    key_id: int
    account_id: int
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class LoginsChanged:
    """Another change that has to be saved: a key, a code, a token, a password."""


LoginEvent = QrAccepted | SessionBegan | SessionEnded | LoginsChanged

V = TypeVar("V")


def to_plain(value: Any) -> dict[str, Any]:
    """A value as JSON: bytes become hexadecimal text."""
    return {
        name: item.hex() if isinstance(item, bytes) else item
        for name, item in asdict(value).items()
    }


def from_plain(kind: type[V], plain: Mapping[str, Any]) -> V:
    """Read :func:`to_plain`'s form back."""
    return kind(
        **{
            field.name: _restore(str(field.type), plain[field.name])
            for field in fields(kind)  # type: ignore[arg-type]
            if field.name in plain
        }
    )


def _restore(kind: str, item: Any) -> Any:
    if kind == "bytes":
        return bytes.fromhex(item)
    return SentBy(item) if kind == "SentBy" else item
