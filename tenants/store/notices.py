"""Rows of the outbox: notices to people, sent by the control bot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, delete, select, update

from tenants.domain.model import TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import notices as n


class NoticeState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    MOOT = "moot"
    """A newer notice or event made it obsolete before it was sent."""
    GIVEN_UP = "given_up"
    """It can't be delivered, for example because the person blocked the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice. ``params`` are the values for its text and hold no secret."""

    id: int
    user_id: UserId
    tenant_id: TenantId | None
    kind: str
    topic: str
    params: dict[str, Any]
    attempts: int
    created_at: datetime


class NoticesRepository(Repository):
    async def add(
        self,
        *,
        user_id: UserId,
        tenant_id: TenantId | None,
        kind: str,
        topic: str,
        params: Mapping[str, Any],
        now: datetime,
    ) -> None:
        await self._connection.execute(
            n.insert().values(
                user_id=user_id,
                tenant_id=tenant_id,
                kind=kind,
                topic=topic,
                params=json.dumps(params, ensure_ascii=False),
                state=NoticeState.PENDING,
                next_at=now,
                created_at=now,
            )
        )

    async def withdraw(self, topic: str, user_id: UserId | None, now: datetime) -> int:
        """Mark unsent notices of ``topic`` as moot. Returns how many there were."""
        conditions = [n.c.topic == topic, n.c.state == NoticeState.PENDING]
        if user_id is not None:
            conditions.append(n.c.user_id == user_id)
        done = await self._connection.execute(
            update(n).where(*conditions).values(state=NoticeState.MOOT, done_at=now)
        )
        return done.rowcount

    async def known_since(self, user_id: UserId, topic: str, kind: str, since: datetime) -> bool:
        """Whether a notice of this topic and kind is pending, or was sent after ``since``."""
        query = select(n.c.id).where(
            n.c.user_id == user_id,
            n.c.topic == topic,
            n.c.kind == kind,
            n.c.state.in_((NoticeState.PENDING, NoticeState.SENT)),
            n.c.created_at > since,
        )
        return await self._connection.scalar(query.limit(1)) is not None

    async def due(self, now: datetime, limit: int) -> list[Notice]:
        """Pending notices that are due, the oldest first."""
        query = (
            select(n)
            .where(n.c.state == NoticeState.PENDING, n.c.next_at <= now)
            .order_by(n.c.id)
            .limit(limit)
        )
        return [_notice(row) for row in (await self._connection.execute(query)).mappings()]

    async def claim(self, notice_id: int, now: datetime, until: datetime) -> bool:
        """Reserve a due notice for one attempt. False: another sender has reserved it."""
        done = await self._connection.execute(
            update(n)
            .where(n.c.id == notice_id, n.c.state == NoticeState.PENDING, n.c.next_at <= now)
            .values(attempts=n.c.attempts + 1, next_at=until)
        )
        return done.rowcount == 1

    async def finish(
        self, notice_id: int, state: NoticeState, now: datetime, error: str = ""
    ) -> None:
        await self._connection.execute(
            update(n).where(n.c.id == notice_id).values(state=state, done_at=now, error=error)
        )

    async def postpone(self, notice_id: int, next_at: datetime, error: str) -> None:
        await self._connection.execute(
            update(n).where(n.c.id == notice_id).values(next_at=next_at, error=error)
        )

    async def undeliverable(self, user_id: UserId) -> str:
        """Why the newest finished notice to a person could not be delivered; else empty."""
        query = (
            select(n.c.state, n.c.error)
            .where(
                n.c.user_id == user_id,
                n.c.state.in_((NoticeState.SENT, NoticeState.GIVEN_UP)),
            )
            .order_by(n.c.done_at.desc(), n.c.id.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return str(row.error) if row is not None and row.state == NoticeState.GIVEN_UP else ""

    async def delete_person(self, user_id: UserId) -> None:
        await self._connection.execute(delete(n).where(n.c.user_id == user_id))

    async def purge(self, before: datetime) -> int:
        """Delete notices that were finished before ``before``."""
        return (await self._connection.execute(delete(n).where(n.c.done_at < before))).rowcount


def _notice(row: RowMapping) -> Notice:
    return Notice(
        id=row["id"],
        user_id=row["user_id"],
        tenant_id=row["tenant_id"],
        kind=row["kind"],
        topic=row["topic"],
        params=json.loads(row["params"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
    )
