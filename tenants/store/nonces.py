"""Rows of one-time tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from tenants.domain.model import ChatId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import nonces as n


class NoncesRepository(Repository):
    async def add(
        self, nonce: str, user_id: UserId, chat_id: ChatId, object_ref: str, expires_at: datetime
    ) -> None:
        await self._connection.execute(
            n.insert().values(
                nonce=nonce,
                user_id=user_id,
                chat_id=chat_id,
                object_ref=object_ref,
                expires_at=expires_at,
            )
        )

    async def take(
        self, nonce: str, user_id: UserId, chat_id: ChatId, object_ref: str, now: datetime
    ) -> bool:
        """Consume a token. False: unknown, of another person or object, or too old."""
        done = await self._connection.execute(
            delete(n).where(
                n.c.nonce == nonce,
                n.c.user_id == user_id,
                n.c.chat_id == chat_id,
                n.c.object_ref == object_ref,
                n.c.expires_at > now,
            )
        )
        return done.rowcount == 1

    async def purge(self, now: datetime) -> None:
        await self._connection.execute(delete(n).where(n.c.expires_at <= now))
