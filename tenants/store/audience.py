"""Rows of the people who write to a tenant's bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from tenants.domain.model import TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import audience as a


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A user of a tenant's bot, as last seen."""

    user_id: UserId
    name: str
    username: str
    language_code: str
    blocked: bool
    """The user blocked the bot."""
    banned: bool
    """The owner banned the user."""
    messages: int
    first_seen: datetime
    last_seen: datetime


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
        """Store a user, add ``messages`` to their message count, clear ``blocked``."""
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
        """Users, last seen first."""
        query = select(a).where(a.c.tenant_id == tenant_id).order_by(a.c.last_seen.desc())
        rows = await self._connection.execute(query.offset(offset).limit(limit))
        return [_visitor(row) for row in rows]

    async def after(self, tenant_id: TenantId, user_id: UserId | None, limit: int) -> list[Visitor]:
        """Users the bot can write to, by id after ``user_id``, to iterate over all of them."""
        query = select(a).where(
            a.c.tenant_id == tenant_id,
            a.c.blocked.is_(False),
            a.c.banned.is_(False),
            a.c.user_id > (user_id or 0),
        )
        rows = await self._connection.execute(query.order_by(a.c.user_id).limit(limit))
        return [_visitor(row) for row in rows]

    async def by_id(self, tenant_id: TenantId, after: UserId | None, limit: int) -> list[UserId]:
        """Ids of all users, banned and blocked included, in ascending order after ``after``."""
        query = select(a.c.user_id).where(a.c.tenant_id == tenant_id)
        if after is not None:
            query = query.where(a.c.user_id > after)
        rows = await self._connection.execute(query.order_by(a.c.user_id).limit(limit))
        return [UserId(user_id) for (user_id,) in rows]

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

    async def banned(self, tenant_id: TenantId, offset: int, limit: int) -> list[Visitor]:
        """Banned users, by id."""
        query = select(a).where(a.c.tenant_id == tenant_id, a.c.banned.is_(True))
        rows = await self._connection.execute(
            query.order_by(a.c.user_id).offset(offset).limit(limit)
        )
        return [_visitor(row) for row in rows]

    async def forget(self, tenant_id: TenantId, user_id: UserId, now: datetime) -> None:
        """Erase a user's data. A ban is kept: of a banned user only the id stays."""
        await self._connection.execute(
            delete(a).where(*_visitor_is(tenant_id, user_id), a.c.banned.is_(False))
        )
        nothing = {"name": "", "username": "", "language_code": "", "messages": 0}
        await self._connection.execute(
            update(a)
            .where(*_visitor_is(tenant_id, user_id))
            .values(**nothing, blocked=False, first_seen=now, last_seen=now)
        )

    async def delete(self, tenant_id: TenantId, user_id: UserId) -> None:
        await self._connection.execute(delete(a).where(*_visitor_is(tenant_id, user_id)))


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
