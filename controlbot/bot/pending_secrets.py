"""Secrets between two button presses: in memory only, five minutes at most."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from tenants.domain.model import Secret, UserId

TIME_TO_LIVE: Final = 300.0
"""Seconds."""


@dataclass(slots=True)
class _Held:
    secret: Secret
    expiry: asyncio.TimerHandle


class SecretHolder:
    """Secrets by user and purpose. Nothing is stored or survives a restart."""

    def __init__(self, ttl: float = TIME_TO_LIVE) -> None:
        self._ttl = ttl
        self._held: dict[tuple[UserId, str], _Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def put(self, user_id: UserId, purpose: str, secret: Secret) -> None:
        """Keep ``secret`` for the time to live, replacing an earlier one."""
        self.drop(user_id, purpose)
        expiry = asyncio.get_running_loop().call_later(self._ttl, self.drop, user_id, purpose)
        self._held[user_id, purpose] = _Held(secret, expiry)

    def peek(self, user_id: UserId, purpose: str) -> Secret | None:
        held = self._held.get((user_id, purpose))
        return held.secret if held else None

    def take(self, user_id: UserId, purpose: str) -> Secret | None:
        """Return the secret and remove it."""
        secret = self.peek(user_id, purpose)
        self.drop(user_id, purpose)
        return secret

    def drop(self, user_id: UserId, purpose: str) -> None:
        held = self._held.pop((user_id, purpose), None)
        if held:
            held.expiry.cancel()

    def forget(self, user_id: UserId) -> None:
        """Remove all of a user's secrets."""
        for owner, purpose in tuple(self._held):
            if owner == user_id:
                self.drop(owner, purpose)

    def clear(self) -> None:
        for user_id, purpose in tuple(self._held):
            self.drop(user_id, purpose)
