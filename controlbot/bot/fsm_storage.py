"""FSM storage in the database, so that windows survive a restart."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey
from aiogram_dialog.api.entities import DEFAULT_STACK_ID

from tenants.domain.model import UserId
from tenants.domain.ports import Clock
from tenants.store import Database
from tenants.store.fsm import FsmRecord

K = TypeVar("K")
_STACK: Final = f"aiogd:stack:{DEFAULT_STACK_ID}"
_CONTEXT: Final = "aiogd:context:"
_REMEMBERED: Final = 50_000


class WindowStorage(BaseStorage):
    """aiogram's storage in the database. Unchanged data is not written: the dialog library
    saves its stack and context after every message."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._stacks: OrderedDict[int, str] = OrderedDict()
        """The top intent of each user's stack; empty when they have no window."""
        self._states: OrderedDict[str, str] = OrderedDict()
        """The state of each intent."""
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
        self._note(key, data)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        data = (await self._read(key)).data
        self._note(key, data)
        return data

    async def open_state(self, bot_id: int, user_id: UserId) -> str | None:
        """The state (``Group:name``) of the user's open window, or None.

        Cached if it was read or written recently.
        """
        key = StorageKey(bot_id=bot_id, chat_id=user_id, user_id=user_id, destiny=_STACK)
        if user_id not in self._stacks:
            await self.get_data(key)
        intent = self._stacks.get(user_id)
        if not intent:
            return None
        if intent not in self._states:
            await self.get_data(replace(key, destiny=_CONTEXT + intent))
        return self._states.get(intent) or None

    def _note(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        if key.destiny == _STACK:
            _remember(self._stacks, key.chat_id, (data.get("intents") or [""])[-1])
        elif key.destiny.startswith(_CONTEXT):
            _remember(self._states, key.destiny.removeprefix(_CONTEXT), data.get("state") or "")

    async def close(self) -> None:
        """Does nothing: the opener of the database closes it."""

    async def _read(self, key: StorageKey) -> FsmRecord:
        name = self._keys.build(key)
        async with self._db.read() as uow:
            found = await uow.fsm.get(name)
        return found or FsmRecord(key=name, state=None, data={}, user_id=UserId(key.user_id))

    async def _write(self, record: FsmRecord) -> None:
        async with self._db.write() as uow:
            await uow.fsm.put(record, self._clock.now())


def _remember(memory: OrderedDict[K, str], key: K, value: str) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
