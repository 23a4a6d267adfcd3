"""Log of calls to the Bot API."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT = 20_000
"""Calls kept; the oldest are dropped first."""
_LONGEST = 300
_SECRET = ("token", "secret", "password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to the Bot API. ``time`` is seconds of the epoch."""

    time: float
    bot_id: int | None
    method: str
    params: dict[str, Any]
    status: int

    def to_json(self) -> dict[str, Any]:
        return {
            "time": self.time,
            "bot": self.bot_id,
            "method": self.method,
            "params": self.params,
            "status": self.status,
        }


class CallLog:
    """The latest calls."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def record(
        self, bot_id: int | None, method: str, params: Mapping[str, Any], status: int
    ) -> None:
        """Add a call. Parameters go through :func:`masked` first."""
        self._calls.append(
            Call(time=time.time(), bot_id=bot_id, method=method, params=dict(params), status=status)
        )

    def list(self, bot_id: int | None = None, method: str | None = None) -> list[Call]:
        """The calls of a bot, of a method (in any case), or all; the oldest first."""
        return [
            call
            for call in self._calls
            if (bot_id is None or call.bot_id == bot_id)
            and (method is None or call.method.lower() == method.lower())
        ]

    def clear(self) -> None:
        self._calls.clear()


def masked(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with secrets masked and long values cut."""
    return {name: _shown(name, value) for name, value in params.items()}


def _shown(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in _SECRET):
        return "•••"
    if isinstance(value, str) and len(value) > _LONGEST:
        return value[:_LONGEST] + "…"
    return value
