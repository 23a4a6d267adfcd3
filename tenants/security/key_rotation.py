"""Rotates the master key while the platform runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tenants.domain.errors import AlreadyUnderWay
from tenants.domain.ports import MasterKeyProvider
from tenants.security.vault import Vault
from tenants.store import Database, UnitOfWork
from tenants.store.advisory_locks import Purpose

_BATCH: Final = 200

Progress = Callable[[int, int], None]
"""Called with the number of keys done, and the total."""


class KeyRotation:
    """Rewraps every data key under the current master key, some in each transaction.

    Data keys and sealed values do not change. If stopped at any point, all data stays
    readable (the old master key is retired only at zero rows) and the next run continues.
    """

    def __init__(self, db: Database, keys: MasterKeyProvider, vault: Vault) -> None:
        self._db = db
        self._keys = keys
        self._vault = vault

    async def run(self, progress: Progress | None = None) -> int:
        """Continue an unfinished rotation, else start one. Returns the number of keys rewrapped.

        A source that cannot create keys (a command, the environment) must already print the
        new key first; without a new key nothing is done.

        Raises:
            AlreadyUnderWay: another rotation runs, in this process or another: two started at
                the same time would each add a new key, and one would be lost.
        """
        async with self._db.exclusive(Purpose.KEY_ROTATION) as alone:
            if not alone:
                raise AlreadyUnderWay()
            return await self._run(progress)

    async def _run(self, progress: Progress | None) -> int:
        if await self._left() == 0 and len(await self._keys.ids()) == 1:
            await self._keys.begin_rotation()
        total, done = await self._left(), 0
        while batch := await self._db.run(self._some):
            done += batch
            if progress is not None:
                progress(min(done, total), total)
        await self._keys.retire()
        return done

    async def _some(self, uow: UnitOfWork) -> int:
        kek_id, _ = await self._keys.current()
        await uow.keys.lock_all()
        batch = await uow.keys.not_under(kek_id, _BATCH)
        await uow.keys.rewrap([await self._vault.rewrap(key) for key in batch])
        return len(batch)

    async def _left(self) -> int:
        kek_id, _ = await self._keys.current()
        async with self._db.read() as uow:
            return await uow.keys.count_not_under(kek_id)
