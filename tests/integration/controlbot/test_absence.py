"""After a long absence each owner of a bot that is to run is told, once, in their language."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.controlbot.conftest import ADA, OWNER, House


@pytest.mark.case(51)
@pytest.mark.usefixtures("telling")
async def test_owners_are_told_which_hours_are_lost(house: House) -> None:
    await house.agree(ADA, "ru")
    await house.tenant_of(ADA)
    await house.agree(OWNER)
    await house.services.presence.here()
    house.clock.pass_by(timedelta(hours=30).total_seconds())
    await house.services.presence.came_back()
    await house.platform.nursery.drain(5)
    told = [call for call in house.bot.calls if getattr(call, "chat_id", None) == ADA]
    assert "Сервис не работал больше суток" in told[-1].text
    assert not [call for call in house.bot.calls if getattr(call, "chat_id", None) == OWNER]
