"""Features that only tests have: they count, fail, block or take their time on demand."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from aiogram import Router
from aiogram.types import Message

from tenants.bot.audience import see
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.api import Feature, Interest
from tenants.bot.update_header import UpdateHeader
from tenants.domain.model import TenantId


class Echo:
    """Echoes private messages, and remembers each time it was called.

    "fail" raises; "fail twice" raises two times; "block" holds the loop up; "slow" takes long;
    "hush" is not answered. It counts albums by their number of messages.
    """

    def __init__(self) -> None:
        self.calls: Counter[tuple[TenantId, str]] = Counter()
        self.albums: list[int] = []
        self.taken_by_id: list[int] = []
        """Chats of unreadable updates that were taken by their ids."""
        self.takes_by_id = False
        self.running = 0
        self.most_running = 0
        self.healed = False
        self.slow_for = 0.4
        self.block_for = 1.5

    def feature(self) -> Feature:
        return Feature(
            key="echo",
            title="Echo",
            about="Echo",
            build_router=self._build_router,
            interests=(Interest(kind="message", matches=lambda seen: seen.private),),
            on_by_default=True,
            on_unparsed=self.by_id,
        )

    async def by_id(
        self,
        _tenant: TenantContext,
        _house: FeatureServices,
        header: UpdateHeader,
        _effects: Effects,
    ) -> bool:
        if self.takes_by_id:
            self.taken_by_id.append(header.chat_id)
        return self.takes_by_id

    def _build_router(self) -> Router:
        router = Router(name="echo")
        router.message.register(self.handle)
        return router

    async def handle(
        self,
        message: Message,
        tenant: TenantContext,
        effects: Effects,
        album: list[Message] | None = None,
    ) -> None:
        text = message.text or message.caption or ""
        if album is not None:
            self.albums.append(len(album))
        self.calls[tenant.id, text] += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._misbehave(tenant.id, text)
        finally:
            self.running -= 1
        assert message.from_user is not None
        see(effects, tenant.id, message.from_user, message.date, messages=1)
        if not text.startswith("hush"):
            await message.answer(f"echo {text}")

    async def _misbehave(self, tenant_id: TenantId, text: str) -> None:
        if text.startswith("fail twice") and self.calls[tenant_id, text] <= 2:
            raise ValueError("not yet")
        if text == "fail" and not self.healed:
            raise ValueError("as asked")
        if text.startswith("block"):
            time.sleep(self.block_for)
        if text.startswith("slow"):
            await asyncio.sleep(self.slow_for)
