"""Changing the master key while everything runs."""

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
"""Called with how many keys are done, and how many there are to do in all."""


class KeyRotation:
    """Rewraps every data key under the master key in use now, some in each transaction.

    The data keys and what they sealed stay as they are. Stopped at any point, all stays
    readable (the old master key is retired at zero rows only) and the next run goes on.
    """

    def __init__(self, db: Database, keys: MasterKeyProvider, vault: Vault) -> None:
        self._db = db
        self._keys = keys
        self._vault = vault

    async def run(self, progress: Progress | None = None) -> int:
        """Go on with a rotation under way, else begin one. Returns how many keys it rewrapped.

        A source that cannot make keys (a command, the environment) must already print the new
        key first; without one there is nothing to do.

        Raises:
            AlreadyUnderWay: another rotation runs, in this process or another: two that begin
                together would each put a key of their own in front, and one be lost.
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
