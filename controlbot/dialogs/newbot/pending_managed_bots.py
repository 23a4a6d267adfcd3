"""Bots that Telegram created for a user before consent. Nothing lists managed bots, so their
ids are kept until the user agrees."""

from __future__ import annotations

from controlbot.bot.context import RequestContext
from tenants.domain.model import BotId
from tenants.store.fsm import FsmRecord


async def remember(scene: RequestContext, bot_id: BotId) -> None:
    async with scene.services.db.write() as uow:
        there = await uow.fsm.get(_key(scene))
        bots = [*(there.data["bots"] if there else []), int(bot_id)]
        record = FsmRecord(
            key=_key(scene),
            state=None,
            data={"bots": sorted(set(bots))},
            user_id=scene.real.user_id,
        )
        await uow.fsm.put(record, scene.services.clock.now())


async def waiting(scene: RequestContext) -> list[BotId]:
    """Return the pending bots and remove them from the list."""
    async with scene.services.db.write() as uow:
        there = await uow.fsm.get(_key(scene))
        if there is None:
            return []
        await uow.fsm.delete([there.key])
    return [BotId(bot_id) for bot_id in there.data["bots"]]


def _key(scene: RequestContext) -> str:
    return f"control:waiting:{scene.real.user_id}"
