"""Rows of the people who write to a tenant's bot, and of messages carried to and fro."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from tenants.model import ChatId, TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import audience as a
from tenants.store.tables import relays as r


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody of a tenant's audience, as last seen."""

    user_id: UserId
    name: str
    username: str
    language_code: str
    blocked: bool
    """They blocked the bot."""
    banned: bool
    """The owner does not want to hear from them."""
    messages: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One message in two chats: the owner's with the bot and a visitor's with the bot.

    One that the owner could not be given yet has the negative of the visitor's message as its
    ``owner_message_id`` (a bot's private chats share one counter, so it is unique).
    """

    tenant_id: TenantId
    owner_chat_id: ChatId
    owner_message_id: int
    audience_chat_id: ChatId
    audience_message_id: int
    incoming: bool
    """True from the visitor to the owner, False for the owner's answer."""


class AudienceRepository(Repository):
    async def see(
        self,
        tenant_id: TenantId,
        user_id: UserId,
        now: datetime,
        *,
        name: str,
        username: str = "",
        language_code: str = "",
        messages: int = 0,
    ) -> None:
        """Store who was seen, adding ``messages`` to what they wrote; clears ``blocked``."""
        insert = self._insert(a).values(
            tenant_id=tenant_id,
            user_id=user_id,
            name=name,
            username=username,
            language_code=language_code,
            messages=messages,
            first_seen=now,
            last_seen=now,
        )
        seen: dict[str, Any] = {
            key: insert.excluded[key] for key in ("name", "username", "language_code", "last_seen")
        }
        seen |= {"messages": a.c.messages + messages, "blocked": False}
        await self._connection.execute(
            insert.on_conflict_do_update(index_elements=["tenant_id", "user_id"], set_=seen)
        )

    async def get(self, tenant_id: TenantId, user_id: UserId) -> Visitor | None:
        query = select(a).where(a.c.tenant_id == tenant_id, a.c.user_id == user_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _visitor(row) if row else None

    async def page(self, tenant_id: TenantId, offset: int, limit: int) -> list[Visitor]:
        """Those seen last come first."""
        query = select(a).where(a.c.tenant_id == tenant_id).order_by(a.c.last_seen.desc())
        rows = await self._connection.execute(query.offset(offset).limit(limit))
        return [_visitor(row) for row in rows]

    async def after(self, tenant_id: TenantId, user_id: UserId | None, limit: int) -> list[Visitor]:
        """Those who can be written to, by id after ``user_id``: for going through them all."""
        query = select(a).where(
            a.c.tenant_id == tenant_id,
            a.c.blocked.is_(False),
            a.c.banned.is_(False),
            a.c.user_id > (user_id or 0),
        )
        rows = await self._connection.execute(query.order_by(a.c.user_id).limit(limit))
        return [_visitor(row) for row in rows]

    async def count(self, tenant_id: TenantId, *, reachable: bool = False) -> int:
        query = select(func.count()).select_from(a).where(a.c.tenant_id == tenant_id)
        if reachable:
            query = query.where(a.c.blocked.is_(False), a.c.banned.is_(False))
        return int(await self._connection.scalar(query) or 0)

    async def set_blocked(self, tenant_id: TenantId, user_id: UserId, blocked: bool) -> None:
        await self._connection.execute(
            update(a).where(*_visitor_is(tenant_id, user_id)).values(blocked=blocked)
        )

    async def set_banned(self, tenant_id: TenantId, user_id: UserId, banned: bool) -> None:
        await self._connection.execute(
            update(a).where(*_visitor_is(tenant_id, user_id)).values(banned=banned)
        )

    async def delete(self, tenant_id: TenantId, user_id: UserId) -> None:
        await self._connection.execute(delete(a).where(*_visitor_is(tenant_id, user_id)))


class RelaysRepository(Repository):
    async def add(self, relay: Relay, now: datetime) -> None:
        """Remember a pair; the same owner's message again changes nothing."""
        insert = self._insert(r).values(
            tenant_id=relay.tenant_id,
            owner_chat_id=relay.owner_chat_id,
            owner_message_id=relay.owner_message_id,
            audience_chat_id=relay.audience_chat_id,
            audience_message_id=relay.audience_message_id,
            incoming=relay.incoming,
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
        """Where the owner's message, or what the owner answers to, came from or went."""
        return await self._one(
            r.c.tenant_id == tenant_id,
            r.c.owner_chat_id == chat_id,
            r.c.owner_message_id == message_id,
        )

    async def by_audience_message(
        self, tenant_id: TenantId, chat_id: ChatId, message_id: int
    ) -> Relay | None:
        """For edits and replies on the visitor's side; the newest of several."""
        return await self._one(
            r.c.tenant_id == tenant_id,
            r.c.audience_chat_id == chat_id,
            r.c.audience_message_id == message_id,
        )

    async def waiting(self, tenant_id: TenantId, limit: int) -> list[Relay]:
        """Messages the owner could not be given yet, the oldest first."""
        query = select(r).where(r.c.tenant_id == tenant_id, r.c.owner_message_id < 0)
        rows = await self._connection.execute(query.order_by(r.c.id).limit(limit))
        return [_relay(row) for row in rows]

    async def count_waiting(self, tenant_id: TenantId) -> int:
        query = select(func.count()).select_from(r)
        query = query.where(r.c.tenant_id == tenant_id, r.c.owner_message_id < 0)
        return int(await self._connection.scalar(query) or 0)

    async def count_of(self, tenant_id: TenantId, audience_chat_id: ChatId) -> int:
        """Pairs kept of one visitor."""
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
    )


def _visitor_is(tenant_id: TenantId, user_id: UserId) -> tuple[ColumnElement[bool], ...]:
    return (a.c.tenant_id == tenant_id, a.c.user_id == user_id)


def _visitor(row: Row[Any]) -> Visitor:
    return Visitor(
        user_id=row.user_id,
        name=row.name,
        username=row.username,
        language_code=row.language_code,
        blocked=row.blocked,
        banned=row.banned,
        messages=row.messages,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
