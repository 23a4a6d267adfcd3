"""FSM storage of tenants' bots: read from the store, written through the update's effects."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.types import TelegramObject

from tenants.bot.context import TenantContext
from tenants.bot.effects import Effects, current_effects
from tenants.domain.model import BotId, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.store import Database, UnitOfWork
from tenants.store.fsm import FsmRecord

_REMEMBERED: Final = 20_000

Conversation = tuple[str | None, dict[str, Any]]
"""State and data."""


class ConversationStorage(BaseStorage):
    """aiogram's storage over the store.

    A handler sees its own writes at once, others see them after the commit; a write that
    changes nothing is skipped. Reads are cached: this process alone serves the data.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._tenants: dict[int, TenantId] = {}
        self._known: OrderedDict[str, Conversation] = OrderedDict()

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        wanted = state.state if isinstance(state, State) else state
        before, data = await self._read(key)
        if before != wanted:
            self._write(key, (wanted, data))

    async def get_state(self, key: StorageKey) -> str | None:
        return (await self._read(key))[0]

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        state, before = await self._read(key)
        if before != data:
            self._write(key, (state, dict(data)))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return dict((await self._read(key))[1])

    async def close(self) -> None:
        self._known.clear()

    def know(self, bot_id: BotId, tenant_id: TenantId) -> None:
        """Register this bot's conversations as the tenant's."""
        self._tenants[bot_id] = tenant_id

    def forget(self, bot_id: BotId, tenant_id: TenantId) -> None:
        """Drop a tenant's cache (it was stopped or erased)."""
        self._tenants.pop(bot_id, None)
        prefix = f"{tenant_id}:"
        for name in [name for name in self._known if name.startswith(prefix)]:
            del self._known[name]

    def forget_person(self, effects: Effects, tenant_id: TenantId, user_id: UserId) -> None:
        """Apply a person's erasure, which is among ``effects``, here as well: drop what is
        cached or was written before in the same update."""
        for name in [name for name in effects.staged if _is_of(name, tenant_id, user_id)]:
            effects.staged[name] = (None, {})

        def drop() -> None:
            for name in [name for name in self._known if _is_of(name, tenant_id, user_id)]:
                del self._known[name]

        effects.after_commit(drop)

    async def state_of(self, tenant: TenantContext, event: TelegramObject) -> dict[str, Any]:
        """``state`` and ``raw_state`` for a feature whose handlers filter by state."""
        person = getattr(event, "from_user", None) or getattr(event, "user", None)
        if person is None:
            return {}
        message = getattr(event, "message", event)
        chat = getattr(message, "chat", None)
        key = StorageKey(
            bot_id=tenant.bot.id,
            chat_id=chat.id if chat is not None else person.id,
            user_id=person.id,
            business_connection_id=getattr(message, "business_connection_id", None),
        )
        state = FSMContext(storage=self, key=key)
        return {"state": state, "raw_state": await state.get_state()}

    async def _read(self, key: StorageKey) -> Conversation:
        name = self._name(key)
        effects = current_effects()
        if effects is not None and name in effects.staged:
            staged: Conversation = effects.staged[name]
            return staged
        if name not in self._known:
            async with self._db.read() as uow:
                record = await uow.fsm.get(name)
            self._remember(name, (record.state, record.data) if record else (None, {}))
        self._known.move_to_end(name)
        return self._known[name]

    def _write(self, key: StorageKey, conversation: Conversation) -> None:
        effects = _required(current_effects())
        name = self._name(key)
        if name not in effects.staged:
            effects.add(lambda uow: self._store(uow, key, effects.staged[name]))
            effects.after_commit(lambda: self._remember(name, effects.staged[name]))
        effects.staged[name] = conversation

    async def _store(self, uow: UnitOfWork, key: StorageKey, conversation: Conversation) -> None:
        state, data = conversation
        record = FsmRecord(
            key=self._name(key),
            state=state,
            data=data,
            tenant_id=self._tenants[key.bot_id],
            user_id=UserId(key.user_id),
        )
        await uow.fsm.put(record, self._clock.now())

    def _name(self, key: StorageKey) -> str:
        parts = (
            self._tenants[key.bot_id],
            key.business_connection_id or "",
            key.chat_id,
            key.thread_id or "",
            key.user_id,
            key.destiny,
        )
        return ":".join(str(part) for part in parts)

    def _remember(self, name: str, conversation: Conversation) -> None:
        self._known[name] = conversation
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _is_of(name: str, tenant_id: TenantId, user_id: UserId) -> bool:
    """Whether a key made by ``_name`` is one of this person's."""
    parts = name.split(":", 5)
    return parts[0] == str(tenant_id) and parts[4] == str(user_id)


def _required(effects: Effects | None) -> Effects:
    if effects is None:
        raise RuntimeError("a conversation is written only while an update is handled")
    return effects
