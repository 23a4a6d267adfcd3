"""The state an unfinished login needs to continue after a restart. Stored sealed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from mtproto.login.steps import Delivery, LoginErrorCode, LoginMethod, Problem

OVER: Final = "over"
"""The step of an ended login that is kept only for a flood wait in effect."""


class LoginState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``step`` names the current step; the other fields are what it needs.

    Times are Unix times in seconds. ``session`` is a :class:`SealedSession`'s bytes.
    """

    method: LoginMethod
    step: str = "phone"
    session: bytes = b""
    phone: str = ""
    code_hash: str = ""
    code_dead: bool = False
    """Expired or exposed in a chat: a new code is needed."""
    length: int = 0
    delivered_by: Delivery = Delivery.APP
    next_by: Delivery | None = None
    resend_at: float | None = None
    hint: str = ""
    trouble: LoginErrorCode | None = None
    waits: dict[str, tuple[LoginErrorCode, float]] = msgspec.field(default_factory=dict)
    """Ends of flood waits by step; kept over a restart."""

    @classmethod
    def from_bytes(cls, plain: bytes) -> LoginState:
        return msgspec.msgpack.decode(plain, type=cls)

    def to_bytes(self) -> bytes:
        return msgspec.msgpack.encode(self)

    def __repr__(self) -> str:
        return f"LoginState(method={self.method}, step={self.step!r})"

    def wait_for(self, step: str, now: datetime) -> Problem | None:
        """The flood wait in effect for ``step``, if any."""
        trouble, until = self.waits.get(step, (LoginErrorCode.FLOOD_WAIT, 0.0))
        if until <= now.timestamp():
            return None
        return Problem(code=trouble, retry_at=moment(until))

    def longest_wait(self) -> datetime | None:
        return moment(max(until for _, until in self.waits.values())) if self.waits else None


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def mask_phone(phone: str) -> str:
    """``+98•••••••67``: enough to recognise one's own number."""
    digits = phone.lstrip("+")
    return f"+{digits[:2]}{'•' * max(len(digits) - 4, 3)}{digits[-2:]}"


def digits_of(text: str) -> str:
    """The decimal digits in ``text``, of whatever script, as ASCII."""
    return "".join(str(int(char)) for char in text if char.isdecimal())
