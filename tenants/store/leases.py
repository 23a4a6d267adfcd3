"""Rows of leases: who may run what, judged by the database's own clock."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Float, bindparam, delete, literal_column, select, update

from tenants.errors import OwnershipLost
from tenants.store.repository import Repository
from tenants.store.tables import leases as le


class LeasesRepository(Repository):
    async def acquire(self, name: str, holder: str, ttl: float) -> int | None:
        """Take a lease that is free, expired or already ours, for ``ttl`` seconds.

        Returns the new epoch (one more than the last), or None when another holds it.
        """
        now = self._now()
        insert = self._insert(le).values(name=name, holder=holder, epoch=1, expires_at=now + ttl)
        statement = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "epoch": le.c.epoch + 1, "expires_at": now + ttl},
            where=(le.c.expires_at <= now) | (le.c.holder == holder),
        ).returning(le.c.epoch)
        epoch: int | None = await self._connection.scalar(statement)
        return epoch

    async def renew(self, holder: str, epochs: dict[str, int], ttl: float) -> set[str]:
        """Prolong leases by name and epoch. Returns those still ours.

        An expired lease that nobody took meanwhile is not renewed: it has to be acquired.
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
        """Let go at once; the epoch stays, so that an older one never comes back."""
        await self._connection.execute(
            update(le).where(le.c.name == name, le.c.epoch == epoch).values(expires_at=0.0)
        )

    async def release_of(self, name: str, holder: str) -> None:
        """Free what a holder that is dead for certain still held."""
        await self._connection.execute(
            update(le).where(le.c.name == name, le.c.holder == holder).values(expires_at=0.0)
        )

    async def holder(self, name: str) -> str | None:
        """Who holds it now, or None."""
        query = select(le.c.holder).where(le.c.name == name, le.c.expires_at > self._now())
        found: str | None = await self._connection.scalar(query)
        return found

    async def check(self, name: str, epoch: int) -> None:
        """Fence this transaction.

        Raises:
            OwnershipLost: the lease has another epoch by now.
        """
        query = select(le.c.epoch).where(le.c.name == name, le.c.epoch == epoch)
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update(read=True)
        if await self._connection.scalar(query) is None:
            raise OwnershipLost(epoch=epoch)

    async def forget(self, names: Iterable[str]) -> None:
        await self._connection.execute(delete(le).where(le.c.name.in_(list(names))))

    def _now(self) -> ColumnElement[float]:
        """Seconds since 1970 by the server. SQLite's julianday counts days to about 0.1 ms."""
        if self._connection.dialect.name == "sqlite":
            return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)
        return literal_column("extract(epoch FROM clock_timestamp())::float8", Float)
