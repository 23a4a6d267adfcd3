"""Rows of leases: who may run what, by the database's own clock."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Float,
    bindparam,
    inspect,
    literal_column,
    select,
    update,
)

from tenants.domain.errors import OwnershipLost
from tenants.store.repository import Repository
from tenants.store.tables import leases as le

_FOR_EVER: Final = 32_503_680_000.0
"""The year 3000."""


class LeasesRepository(Repository):
    async def acquire(self, name: str, holder: str, ttl: float) -> int | None:
        """Take a lease that is free, expired or already ours, for ``ttl`` seconds.

        Returns the new epoch (one more than the last), or None when another holds it. Waits
        for transactions that passed :meth:`check` under the last epoch.
        """
        now = self._now()
        if not self._is_sqlite:
            query = select(le.c.name).where(le.c.name == name)
            await self._connection.execute(query.with_for_update())
        insert = self._insert(le).values(name=name, holder=holder, epoch=1, expires_at=now + ttl)
        statement = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "epoch": le.c.epoch + 1, "expires_at": now + ttl},
            where=(le.c.expires_at <= now) | (le.c.holder == holder),
        ).returning(le.c.epoch)
        epoch: int | None = await self._connection.scalar(statement)
        return epoch

    async def take(self, name: str, holder: str) -> int:
        """Take the next epoch of a lease protected otherwise (by a :class:`FileLock`), held
        until it is released. Returns the epoch."""
        insert = self._insert(le).values(name=name, holder=holder, epoch=1, expires_at=_FOR_EVER)
        statement = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "epoch": le.c.epoch + 1, "expires_at": _FOR_EVER},
        ).returning(le.c.epoch)
        return int(await self._connection.scalar(statement) or 0)

    async def epoch(self, name: str) -> int:
        """The current epoch; 0 when the lease was never held."""
        query = select(le.c.epoch).where(le.c.name == name)
        return int(await self._connection.scalar(query) or 0)

    async def renew(self, holder: str, epochs: dict[str, int], ttl: float) -> set[str]:
        """Renew leases by name and epoch. Returns those still ours.

        An expired lease is not renewed, even when it is free: it has to be acquired.
        """
        now = self._now()
        kept: set[str] = set()
        statement = (
            update(le)
            .where(
                le.c.name == bindparam("of"),
                le.c.epoch == bindparam("at"),
                le.c.holder == holder,
                le.c.expires_at > now,
            )
            .values(expires_at=now + ttl)
        )
        for name, epoch in epochs.items():
            done = await self._connection.execute(statement, {"of": name, "at": epoch})
            if done.rowcount == 1:
                kept.add(name)
        return kept

    async def release(self, name: str, epoch: int) -> None:
        """Release the lease; the epoch stays, so that epochs never repeat."""
        await self._connection.execute(
            update(le).where(le.c.name == name, le.c.epoch == epoch).values(expires_at=0.0)
        )

    async def release_of(self, name: str, holder: str) -> None:
        """Release the lease of a holder that is known to have ended."""
        await self._connection.execute(
            update(le).where(le.c.name == name, le.c.holder == holder).values(expires_at=0.0)
        )

    async def holder(self, name: str) -> str | None:
        """The current holder, or None."""
        query = select(le.c.holder).where(le.c.name == name, le.c.expires_at > self._now())
        found: str | None = await self._connection.scalar(query)
        return found

    async def check(self, name: str, epoch: int) -> None:
        """Fence this transaction.

        Raises:
            OwnershipLost: the lease has another epoch.
        """
        query = select(le.c.epoch).where(le.c.name == name, le.c.epoch == epoch)
        if not self._is_sqlite:
            # FOR KEY SHARE permits a renewal (it changes no key) and blocks a new owner.
            # https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
            query = query.with_for_update(read=True, key_share=True)
        if await self._connection.scalar(query) is None:
            raise OwnershipLost(epoch=epoch)

    async def has_table(self) -> bool:
        """Whether the table exists yet."""
        return await self._connection.run_sync(lambda sync: inspect(sync).has_table(le.name))

    def _now(self) -> ColumnElement[float]:
        """Seconds since 1970 by the server. SQLite's julianday counts days to about 0.1 ms."""
        if self._connection.dialect.name == "sqlite":
            return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)
        return literal_column("extract(epoch FROM clock_timestamp())::float8", Float)
