"""A window does not go on saying that all is well when somebody else has changed that."""

from __future__ import annotations

import pytest
from aiogram_dialog import StartMode

from controlbot.dialogs.states import Home
from controlbot.widgets.layout import notice
from tests.integration.controlbot.conftest import ADA, OWNER, House


@pytest.mark.usefixtures("telling")
async def test_suspended_it_no_longer_says_all_set(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    await house.person(ADA).send("/start")
    async with house.platform.windows.foreground(ADA) as manager:
        assert manager is not None
        data = {**notice("You are all set"), "tenant_id": tenant.id}
        await manager.start(Home.card, data=data, mode=StartMode.RESET_STACK)
    assert "You are all set" in (house.last().text or "")
    boss = await house.services.access.actor_for(OWNER)
    await house.services.lifecycle.suspend(boss, tenant.id, tenant.generation, "soup")
    await house.platform.nursery.drain(5)
    assert "Suspended" in (house.last().text or "")
    assert "You are all set" not in (house.last().text or "")
