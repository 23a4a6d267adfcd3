"""One-time tokens: a destructive button works once, for one person, chat and object."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from tenants.domain.errors import StaleTap
from tenants.domain.model import ChatId, UserId
from tenants.domain.ports import Clock
from tenants.store import Database

MINUTES: Final = 15
_BYTES: Final = 9
"""12 characters in a button's data, which may have 64 bytes."""


class Nonces:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def issue(self, user_id: UserId, chat_id: ChatId, object_ref: str) -> str:
        """A nonce for a button; ``object_ref``: action and object (``erase:7``)."""
        nonce = secrets.token_urlsafe(_BYTES)
        now = self._clock.now()
        async with self._db.write() as uow:
            await uow.nonces.purge(now)
            expires_at = now + timedelta(minutes=MINUTES)
            await uow.nonces.add(nonce, user_id, chat_id, object_ref, expires_at)
        return nonce

    async def spend(self, nonce: str, user_id: UserId, chat_id: ChatId, object_ref: str) -> None:
        """Consume the token, before the action.

        Raises:
            StaleTap: already used, 15 minutes old, or of another person, chat or object.
        """
        now = self._clock.now()
        async with self._db.write() as uow:
            if not await uow.nonces.take(nonce, user_id, chat_id, object_ref, now):
                raise StaleTap()
