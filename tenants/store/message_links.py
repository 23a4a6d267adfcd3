"""Rows that link a message in the owner's chat with the same message in a visitor's chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select

from tenants.domain.model import ChatId, TenantId
from tenants.store.repository import Repository
from tenants.store.tables import relays as r


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One message in two chats: the owner's with the bot and a visitor's with the bot.

    While a message is not delivered to the owner, its ``owner_message_id`` is the negative of
    the visitor's message id (a bot's private chats share one counter, so it is unique).
    """

    tenant_id: TenantId
    owner_chat_id: ChatId
    owner_message_id: int
    audience_chat_id: ChatId
    audience_message_id: int
    incoming: bool
    """True: from the visitor to the owner. False: the owner's answer."""
    topic_id: int | None = None
    """The message's topic in the visitor's chat, if that has topics."""
    headed: bool = False
    """The owner's message contains both the header and the visitor's text."""
    album: str = ""
    """``media_group_id`` of a waiting message, so that an album is delivered as one."""


class RelaysRepository(Repository):
    async def add(self, relay: Relay, now: datetime) -> None:
        """Store a pair; does nothing when the owner's message is already stored."""
        insert = self._insert(r).values(
            tenant_id=relay.tenant_id,
            owner_chat_id=relay.owner_chat_id,
            owner_message_id=relay.owner_message_id,
            audience_chat_id=relay.audience_chat_id,
            audience_message_id=relay.audience_message_id,
            incoming=relay.incoming,
            topic_id=relay.topic_id,
            headed=relay.headed,
            album=relay.album,
            created_at=now,
        )
        await self._connection.execute(
            insert.on_conflict_do_nothing(
                index_elements=["tenant_id", "owner_chat_id", "owner_message_id"]
            )
        )

    async def by_owner_message(
        self, tenant_id: TenantId, chat_id: ChatId, message_id: int
    ) -> Relay | None:
        """The pair of a message in the owner's chat."""
        return await self._one(
            r.c.tenant_id == tenant_id,
            r.c.owner_chat_id == chat_id,
            r.c.owner_message_id == message_id,
        )

    async def by_audience_message(
        self, tenant_id: TenantId, chat_id: ChatId, message_id: int
    ) -> Relay | None:
        """The newest pair of a visitor's message, for edits and replies by the visitor."""
        return await self._one(
            r.c.tenant_id == tenant_id,
            r.c.audience_chat_id == chat_id,
            r.c.audience_message_id == message_id,
        )

    async def of_audience_message(
        self, tenant_id: TenantId, chat_id: ChatId, message_id: int
    ) -> list[Relay]:
        """All messages in the owner's chat for one message of a visitor: when header and
        message are separate, the header's comes first."""
        query = select(r).where(
            r.c.tenant_id == tenant_id,
            r.c.audience_chat_id == chat_id,
            r.c.audience_message_id == message_id,
        )
        rows = await self._connection.execute(query.order_by(r.c.id))
        return [_relay(row) for row in rows]

    async def waiting_of_oldest(self, tenant_id: TenantId, limit: int) -> list[Relay]:
        """Undelivered messages of the visitor who has waited longest, in order."""
        waits = (r.c.tenant_id == tenant_id, r.c.owner_message_id < 0)
        oldest = select(r.c.audience_chat_id).where(*waits).order_by(r.c.id).limit(1)
        query = select(r).where(*waits, r.c.audience_chat_id == oldest.scalar_subquery())
        rows = await self._connection.execute(query.order_by(r.c.id).limit(limit))
        return [_relay(row) for row in rows]

    async def count_waiting(
        self, tenant_id: TenantId, audience_chat_id: ChatId | None = None
    ) -> int:
        """Number of undelivered messages, of all visitors or of one."""
        query = select(func.count()).select_from(r)
        query = query.where(r.c.tenant_id == tenant_id, r.c.owner_message_id < 0)
        if audience_chat_id is not None:
            query = query.where(r.c.audience_chat_id == audience_chat_id)
        return int(await self._connection.scalar(query) or 0)

    async def count_of(self, tenant_id: TenantId, audience_chat_id: ChatId) -> int:
        """Number of stored pairs of one visitor."""
        query = select(func.count()).select_from(r)
        query = query.where(r.c.tenant_id == tenant_id, r.c.audience_chat_id == audience_chat_id)
        return int(await self._connection.scalar(query) or 0)

    async def delete(self, relay: Relay) -> None:
        await self._connection.execute(
            delete(r).where(
                r.c.tenant_id == relay.tenant_id,
                r.c.owner_chat_id == relay.owner_chat_id,
                r.c.owner_message_id == relay.owner_message_id,
            )
        )

    async def delete_person(self, tenant_id: TenantId, audience_chat_id: ChatId) -> None:
        await self._connection.execute(
            delete(r).where(r.c.tenant_id == tenant_id, r.c.audience_chat_id == audience_chat_id)
        )

    async def purge(self, before: datetime) -> int:
        return (await self._connection.execute(delete(r).where(r.c.created_at < before))).rowcount

    async def _one(self, *conditions: ColumnElement[bool]) -> Relay | None:
        query = select(r).where(*conditions).order_by(r.c.id.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _relay(row)


def _relay(row: Row[Any]) -> Relay:
    return Relay(
        tenant_id=row.tenant_id,
        owner_chat_id=row.owner_chat_id,
        owner_message_id=row.owner_message_id,
        audience_chat_id=row.audience_chat_id,
        audience_message_id=row.audience_message_id,
        incoming=row.incoming,
        topic_id=row.topic_id,
        headed=row.headed,
        album=row.album,
    )
