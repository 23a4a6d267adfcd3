"""Rows of tenants: each bot's desired and observed state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, cast, func, or_, select

from tenants.domain.model import (
    BotId,
    BotProfile,
    Desired,
    Observed,
    Page,
    Tenant,
    TenantId,
    Throttle,
    UserId,
)
from tenants.store.advisory_locks import Purpose, lock_key
from tenants.store.repository import Repository
from tenants.store.tables import tenants as t


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """The fields of a tenant that has no id yet."""

    owner_id: UserId
    profile: BotProfile
    managed: bool
    created_by: UserId
    rate_limit: float
    concurrency: int


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The fields of a tenant that the supervisor's sweep compares."""

    tenant_id: TenantId
    desired: Desired
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A tenant's observed state."""

    tenant_id: TenantId
    observed: Observed
    detail: str = ""


class TenantsRepository(Repository):
    async def add(self, new: NewTenant, now: datetime) -> Tenant | None:
        """Insert. None when the bot already exists."""
        statement = (
            self._insert(t)
            .values(
                owner_id=new.owner_id,
                bot_id=new.profile.bot_id,
                bot_username=new.profile.username,
                bot_name=new.profile.name,
                managed=new.managed,
                verified=True,
                desired=Desired.ACTIVE,
                throttle=Throttle.NORMAL,
                rate_limit=new.rate_limit,
                concurrency=new.concurrency,
                observed=Observed.STOPPED,
                created_by=new.created_by,
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing(index_elements=["bot_id"])
            .returning(t)
        )
        row = (await self._connection.execute(statement)).mappings().one_or_none()
        return _tenant(row) if row else None

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return await self._one(t.c.id == tenant_id)

    async def get_owned(self, tenant_id: TenantId, owner_id: UserId) -> Tenant | None:
        return await self._one(t.c.id == tenant_id, t.c.owner_id == owner_id)

    async def by_bot(self, bot_id: BotId) -> Tenant | None:
        return await self._one(t.c.bot_id == bot_id)

    async def owned_by(self, owner_id: UserId) -> list[Tenant]:
        return await self._all(t.c.owner_id == owner_id)

    async def many(self, tenant_ids: Iterable[TenantId]) -> list[Tenant]:
        return await self._all(t.c.id.in_(list(tenant_ids)))

    async def count_owned(self, owner_id: UserId) -> int:
        counted = select(func.count()).where(t.c.owner_id == owner_id)
        return int(await self._connection.scalar(counted) or 0)

    async def lock_owner(self, owner_id: UserId) -> None:
        """Lock the count of this owner's tenants until the transaction ends.

        SQLite has one writer anyway.
        """
        if self._connection.dialect.name == "postgresql":
            key = lock_key(Purpose.OWNER, owner_id)
            await self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    async def wishes(self) -> list[DesiredState]:
        rows = await self._connection.execute(
            select(t.c.id, t.c.desired, t.c.generation).order_by(t.c.id)
        )
        return [
            DesiredState(TenantId(i), Desired(desired), generation)
            for i, desired, generation in rows
        ]

    async def changed(self, since: datetime | None) -> list[Tenant]:
        """Tenants whose desired state or limits changed at or after ``since``; None: all."""
        return await self._all(*(() if since is None else (t.c.updated_at >= since,)))

    async def after(self, tenant_id: TenantId, limit: int) -> list[Tenant]:
        """The next tenants by id."""
        rows = await self._connection.execute(
            select(t).where(t.c.id > tenant_id).order_by(t.c.id).limit(limit)
        )
        return [_tenant(row) for row in rows.mappings()]

    async def overdue(self, now: datetime) -> list[Tenant]:
        """Tenants whose suspension has expired."""
        return await self._all(t.c.desired == Desired.SUSPENDED, t.c.desired_until <= now)

    async def page(
        self, *, search: str, desired: Desired | None, offset: int, limit: int
    ) -> Page[Tenant]:
        """Newest first. ``search``: part of a bot's name or username, or an id."""
        conditions: list[ColumnElement[bool]] = []
        if desired is not None:
            conditions.append(t.c.desired == desired)
        if search:
            conditions.append(_matches(search))
        total = await self._connection.scalar(select(func.count(t.c.id)).where(*conditions))
        rows = await self._connection.execute(
            select(t).where(*conditions).order_by(t.c.id.desc()).offset(offset).limit(limit)
        )
        items = [_tenant(row) for row in rows.mappings()]
        return Page(items=items, total=int(total or 0), offset=offset, limit=limit)

    async def wish(
        self, tenant_id: TenantId, generation: int | None, now: datetime, **values: Any
    ) -> Tenant | None:
        """Change the desired state and increment the generation.

        None when the row does not exist or has another generation than ``generation``.
        """
        changed = {"generation": t.c.generation + 1, "updated_at": now, **values}
        return await self._update(tenant_id, generation, changed)

    async def change(
        self, tenant_id: TenantId, generation: int | None, now: datetime, **values: Any
    ) -> Tenant | None:
        """Change columns that do not need a restart; the generation stays."""
        return await self._update(tenant_id, generation, {"updated_at": now, **values})

    async def report(self, reports: Sequence[Report], now: datetime) -> None:
        """Store observed states. Does not change desired states."""
        if not reports:
            return
        statement = (
            t.update()
            .where(t.c.id == bindparam("of"))
            .values(observed=bindparam("seen"), observed_detail=bindparam("why"), observed_at=now)
        )
        rows = [{"of": r.tenant_id, "seen": r.observed, "why": r.detail} for r in reports]
        await self._connection.execute(statement, rows)

    async def used(self, moments: Mapping[TenantId, datetime]) -> None:
        """Store the time of each tenant's last use, in one statement."""
        if not moments:
            return
        statement = (
            t.update().where(t.c.id == bindparam("of")).values(last_used_at=bindparam("moment"))
        )
        rows = [{"of": tenant_id, "moment": at} for tenant_id, at in moments.items()]
        await self._connection.execute(statement, rows)

    async def counts(self) -> dict[tuple[Desired, Observed], int]:
        """Number of tenants by desired and observed state."""
        rows = await self._connection.execute(
            select(t.c.desired, t.c.observed, func.count()).group_by(t.c.desired, t.c.observed)
        )
        return {(Desired(desired), Observed(observed)): n for desired, observed, n in rows}

    async def _update(
        self, tenant_id: TenantId, generation: int | None, values: dict[str, Any]
    ) -> Tenant | None:
        statement = t.update().where(t.c.id == tenant_id).values(**values).returning(t)
        if generation is not None:
            statement = statement.where(t.c.generation == generation)
        row = (await self._connection.execute(statement)).mappings().one_or_none()
        return _tenant(row) if row else None

    async def _one(self, *conditions: ColumnElement[bool]) -> Tenant | None:
        rows = await self._connection.execute(select(t).where(*conditions))
        row = rows.mappings().one_or_none()
        return _tenant(row) if row else None

    async def _all(self, *conditions: ColumnElement[bool]) -> list[Tenant]:
        rows = await self._connection.execute(select(t).where(*conditions).order_by(t.c.id))
        return [_tenant(row) for row in rows.mappings()]


def _matches(search: str) -> ColumnElement[bool]:
    needle = search.strip().removeprefix("@")
    either = [
        t.c.bot_username.icontains(needle, autoescape=True),
        t.c.bot_name.icontains(needle, autoescape=True),
    ]
    if needle.isascii() and needle.isdigit():
        either += [cast(column, String) == needle for column in (t.c.id, t.c.bot_id, t.c.owner_id)]
    return or_(*either)


def _tenant(row: Mapping[Any, Any]) -> Tenant:
    values = dict(row)
    values["desired"] = Desired(values["desired"])
    values["throttle"] = Throttle(values["throttle"])
    values["observed"] = Observed(values["observed"])
    return Tenant(**values)
