"""Rows of users' own accounts and of unfinished logins. Sealed fields are passed sealed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from tenants.domain.model import TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import accounts as a
from tenants.store.tables import logins as lo


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """A tenant's own account. mtproto/ defines the values of ``state``."""

    tenant_id: TenantId
    account_user_id: UserId
    display_name: str
    username: str = ""
    phone_index: bytes | None = None
    """Blind index of the phone number (``Vault.blind_index``)."""
    phone_sealed: bytes | None = None
    state: str
    detail: str = ""
    session_sealed: bytes | None = None
    """Sealed: data centre, auth key, known entities. None when the session has ended."""
    update_state: str = ""
    """pts, qts, date and seq by channel, as JSON; not secret."""
    not_before: datetime | None = None
    """End of the flood wait in effect."""
    connected_at: datetime
    last_used_at: datetime | None = None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRow:
    """An unfinished login. ``sealed`` holds its secrets."""

    tenant_id: TenantId
    actor_id: UserId
    method: str
    step: str
    sealed: bytes
    deadline: datetime
    not_before: datetime | None = None
    created_at: datetime
    updated_at: datetime


class AccountsRepository(Repository):
    async def put(self, row: AccountRow) -> None:
        """Store or replace the tenant's account."""
        await self._put(a, asdict(row))

    async def get(self, tenant_id: TenantId) -> AccountRow | None:
        rows = await self._connection.execute(select(a).where(a.c.tenant_id == tenant_id))
        row = rows.mappings().one_or_none()
        return AccountRow(**row) if row else None

    async def update(self, tenant_id: TenantId, now: datetime, **values: Any) -> bool:
        """Update some columns. False when there is no such account."""
        done = await self._connection.execute(
            update(a).where(a.c.tenant_id == tenant_id).values(updated_at=now, **values)
        )
        return done.rowcount == 1

    async def last_used(self, states: Collection[str]) -> list[tuple[TenantId, str, datetime]]:
        """Tenant, state and last use of the accounts in one of ``states``; without their
        sessions, so that reading all of them is cheap."""
        used = func.coalesce(a.c.last_used_at, a.c.connected_at)
        query = select(a.c.tenant_id, a.c.state, used).where(a.c.state.in_(states))
        rows = await self._connection.execute(query.order_by(used))
        return [(TenantId(tenant_id), state, at) for tenant_id, state, at in rows]

    async def by_phone(self, phone_index: bytes) -> list[AccountRow]:
        rows = await self._connection.execute(select(a).where(a.c.phone_index == phone_index))
        return [AccountRow(**row) for row in rows.mappings()]

    async def delete(self, tenant_id: TenantId) -> bool:
        done = await self._connection.execute(delete(a).where(a.c.tenant_id == tenant_id))
        return done.rowcount == 1


class LoginsRepository(Repository):
    async def put(self, row: LoginRow) -> None:
        await self._put(lo, asdict(row), keep=("created_at",))

    async def get(self, tenant_id: TenantId) -> LoginRow | None:
        rows = await self._connection.execute(select(lo).where(lo.c.tenant_id == tenant_id))
        row = rows.mappings().one_or_none()
        return LoginRow(**row) if row else None

    async def all(self) -> list[LoginRow]:
        rows = await self._connection.execute(select(lo).order_by(lo.c.tenant_id))
        return [LoginRow(**row) for row in rows.mappings()]

    async def overdue(self, now: datetime) -> list[LoginRow]:
        rows = await self._connection.execute(select(lo).where(lo.c.deadline <= now))
        return [LoginRow(**row) for row in rows.mappings()]

    async def delete(self, tenant_id: TenantId) -> bool:
        done = await self._connection.execute(delete(lo).where(lo.c.tenant_id == tenant_id))
        return done.rowcount == 1
