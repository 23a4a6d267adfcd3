"""One-shot taps: a destructive button works once, for one person, chat and object."""

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
"""12 characters in a button's data, of which 64 bytes are to be had."""


class Nonces:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def issue(self, user_id: UserId, chat_id: ChatId, object_ref: str) -> str:
        """A nonce for a button; ``object_ref`` says what it does to what (``erase:7``)."""
        nonce = secrets.token_urlsafe(_BYTES)
        now = self._clock.now()
        async with self._db.write() as uow:
            await uow.nonces.purge(now)
            expires_at = now + timedelta(minutes=MINUTES)
            await uow.nonces.add(nonce, user_id, chat_id, object_ref, expires_at)
        return nonce

    async def spend(self, nonce: str, user_id: UserId, chat_id: ChatId, object_ref: str) -> None:
        """Use it up, before the deed.

        Raises:
            StaleTap: pressed before, 15 minutes old, another person's, chat's or object's.
        """
        now = self._clock.now()
        async with self._db.write() as uow:
            if not await uow.nonces.take(nonce, user_id, chat_id, object_ref, now):
                raise StaleTap()
