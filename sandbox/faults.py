"""Faults on demand: what is to go wrong, where, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import count
from typing import Any

from sandbox.world.errors import bad_request

PROTOCOLS = ("bot", "mtproto")
KINDS = {
    "http_status": "an HTTP status and an HTML page, as a proxy answers (status)",
    "error": "a Telegram error (error_code, description)",
    "retry_after": "429 or FLOOD_WAIT (seconds)",
    "delay": "the answer comes late (seconds)",
    "hang": "no answer (for seconds, or for ever)",
    "reset": "the connection is reset before anything is done",
    "answer_lost": "the call is done, then the connection is reset",
    "garbage": "an answer nobody can parse",
    "token_revoked": "401 Unauthorized",
    "conflict": "409, another program polls",
    "unknown_key": "transport error -404",
    "session_revoked": "401 on a live connection",
    "migrate": "PHONE_MIGRATE",
    "restart": "all connections are closed; none is taken for a while (seconds)",
}
"""What each kind does and which fields it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to go wrong.

    Args:
        protocol: ``bot`` or ``mtproto``.
        kind: one of :data:`KINDS`.
        method: a method's name in any case; None or ``*`` for all.
        token, bot, phone: only for this bot (by token or id) or this person.
        times: how often; None until cleared.
    """

    protocol: str = "bot"
    kind: str
    method: str | None = None
    token: str | None = None
    bot: int | None = None
    phone: str | None = None
    times: int | None = None
    seconds: float | None = None
    status: int | None = None
    error_code: int | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise bad_request(f"protocol must be one of {', '.join(PROTOCOLS)}")
        if self.kind not in KINDS:
            raise bad_request(f"kind must be one of {', '.join(KINDS)}")

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Fault:
        """Read the fields as ``POST /sandbox/faults`` takes them.

        Raises:
            ApiError: 400, an unknown or missing field.
        """
        known = {field.name for field in fields(cls)}
        for name in body:
            if name not in known:
                raise bad_request(f"a fault has no field {name}")
        if "kind" not in body:
            raise bad_request("a fault needs a kind")
        return cls(**body)

    def to_json(self) -> dict[str, Any]:
        """The fields that are set; the token masked."""
        plain = {name: value for name, value in asdict(self).items() if value is not None}
        if self.token is not None:
            plain["token"] = f"{self.token.partition(':')[0]}:•••"
        return plain

    def fits(
        self, protocol: str, method: str, token: str | None, bot_id: int | None, phone: str | None
    ) -> bool:
        return (
            self.protocol == protocol
            and (self.method in (None, "*") or str(self.method).lower() == method.lower())
            and (self.token is None or self.token == token)
            and (self.bot is None or self.bot == bot_id)
            and (self.phone is None or _digits(self.phone) == _digits(phone or ""))
        )


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())


class Faults:
    """The faults that stand, the newest asked last."""

    def __init__(self) -> None:
        self._standing: dict[int, Fault] = {}
        self._left: dict[int, int] = {}
        self._numbers = count(1)

    def add(self, fault: Fault) -> int:
        """Answers with its number."""
        number = next(self._numbers)
        self._standing[number] = fault
        if fault.times is not None:
            self._left[number] = fault.times
        return number

    def list(self) -> list[dict[str, Any]]:
        """Those that stand, as JSON, with ``id`` and how often they are ``left``."""
        return [
            {"id": number, **fault.to_json(), "left": self._left.get(number)}
            for number, fault in self._standing.items()
        ]

    def clear(self, number: int | None = None) -> None:
        """Take one back, or all."""
        for one in [number] if number is not None else list(self._standing):
            self._standing.pop(one, None)
            self._left.pop(one, None)

    def take(
        self,
        protocol: str,
        method: str,
        *,
        token: str | None = None,
        bot_id: int | None = None,
        phone: str | None = None,
    ) -> Fault | None:
        """The fault this call meets, if any; one with ``times`` is used up by it."""
        for number, fault in self._standing.items():
            if not fault.fits(protocol, method, token, bot_id, phone):
                continue
            if number in self._left:
                self._left[number] -= 1
                if self._left[number] <= 0:
                    self.clear(number)
            return fault
        return None
