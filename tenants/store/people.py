"""Rows of the control bot's users, and of staff roles."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update

from tenants.domain.model import Person, Role, UserId
from tenants.store.repository import Repository
from tenants.store.tables import people as p
from tenants.store.tables import roles as r


class PeopleRepository(Repository):
    async def see(
        self, user_id: UserId, name: str, language_code: str | None, now: datetime
    ) -> Person:
        """Store a user; a chosen language and consent are kept."""
        insert = self._insert(p).values(
            user_id=user_id, name=name, language_code=language_code, first_seen=now, last_seen=now
        )
        seen = {key: insert.excluded[key] for key in ("name", "language_code", "last_seen")}
        statement = insert.on_conflict_do_update(index_elements=["user_id"], set_=seen)
        row = (await self._connection.execute(statement.returning(p))).mappings().one()
        return Person(**row)

    async def get(self, user_id: UserId) -> Person | None:
        rows = await self._connection.execute(select(p).where(p.c.user_id == user_id))
        row = rows.mappings().one_or_none()
        return Person(**row) if row else None

    async def languages(self, user_ids: Collection[UserId]) -> dict[UserId, str]:
        """Language by user: the chosen one, else the app's; users without one are absent."""
        chosen = func.coalesce(p.c.language, p.c.language_code)
        rows = await self._connection.execute(
            select(p.c.user_id, chosen).where(p.c.user_id.in_(user_ids), chosen.is_not(None))
        )
        return {UserId(user_id): language for user_id, language in rows}

    async def set_language(self, user_id: UserId, language: str) -> None:
        await self._connection.execute(
            update(p).where(p.c.user_id == user_id).values(language=language)
        )

    async def set_consent(self, user_id: UserId, version: str | None, now: datetime) -> None:
        """Store the consent's version and time; a version of None withdraws it."""
        await self._connection.execute(
            update(p)
            .where(p.c.user_id == user_id)
            .values(consent_version=version, consent_at=now if version else None)
        )

    async def delete(self, user_id: UserId) -> None:
        await self._connection.execute(delete(p).where(p.c.user_id == user_id))


class RolesRepository(Repository):
    async def get(self, user_id: UserId) -> Role | None:
        role = await self._connection.scalar(select(r.c.role).where(r.c.user_id == user_id))
        return Role(role) if role else None

    async def all(self) -> dict[UserId, Role]:
        rows = await self._connection.execute(select(r.c.user_id, r.c.role).order_by(r.c.user_id))
        return {UserId(user_id): Role(role) for user_id, role in rows}

    async def grant(self, user_id: UserId, role: Role, by: UserId, now: datetime) -> None:
        await self._put(r, {"user_id": user_id, "role": role, "granted_by": by, "granted_at": now})

    async def revoke(self, user_id: UserId) -> bool:
        """Delete a role. False when there was none."""
        done = await self._connection.execute(delete(r).where(r.c.user_id == user_id))
        return done.rowcount > 0
