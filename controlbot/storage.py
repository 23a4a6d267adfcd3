"""Where windows are kept between two taps: the store, so that they survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey

from tenants.model import UserId
from tenants.ports import Clock
from tenants.store import Database
from tenants.store.fsm import FsmRecord


class WindowStorage(BaseStorage):
    """aiogram's storage over the store. A write that changes nothing is not made: the dialog
    library saves its stack and context after every message."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._keys = DefaultKeyBuilder(
            prefix="control",
            with_bot_id=True,
            with_destiny=True,
            with_business_connection_id=True,
        )

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        wanted = state.state if isinstance(state, State) else state
        before = await self._read(key)
        if before.state != wanted:
            await self._write(replace(before, state=wanted))

    async def get_state(self, key: StorageKey) -> str | None:
        return (await self._read(key)).state

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        before = await self._read(key)
        if before.data != data:
            await self._write(replace(before, data=dict(data)))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return (await self._read(key)).data

    async def close(self) -> None:
        """The database is closed by whoever opened it."""

    async def _read(self, key: StorageKey) -> FsmRecord:
        name = self._keys.build(key)
        async with self._db.read() as uow:
            found = await uow.fsm.get(name)
        return found or FsmRecord(key=name, state=None, data={}, user_id=UserId(key.user_id))

    async def _write(self, record: FsmRecord) -> None:
        async with self._db.write() as uow:
            await uow.fsm.put(record, self._clock.now())
