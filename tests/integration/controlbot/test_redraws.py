"""Redraws are merged and made for open windows only (faults B11, K8)."""

from __future__ import annotations

import asyncio

from controlbot.bot.redraws import Redraws
from tenants.domain.model import UserId
from tenants.support.background_tasks import BackgroundTasks
from tests.integration.controlbot.conftest import ADA, House


async def test_ten_thousand_states_draw_the_open_windows_only() -> None:
    """An outage of Telegram with 10,000 bots was 20,000 passes through the dispatcher."""
    drawn: list[UserId] = []

    async def draw(user_id: UserId, *, outdated: bool) -> None:
        drawn.append(user_id)

    async def is_live(user_id: UserId) -> bool:
        return user_id % 1_000 == 0

    nursery = BackgroundTasks("test")
    redraws = Redraws(nursery, draw, is_live)
    for _ in range(2):
        for user_id in range(10_000):
            redraws.request(UserId(user_id))
    await asyncio.sleep(0.5)
    assert sorted(drawn) == list(range(0, 10_000, 1_000))
    await nursery.close()


async def test_who_has_no_such_window_open_is_not_drawn_for(house: House) -> None:
    await house.agree(ADA)
    await house.person(ADA).send("/help")
    before = len(house.shown.drawn)
    house.platform.redraws.request(ADA)
    await house.platform.nursery.drain(5)
    assert len(house.shown.drawn) == before
    await house.person(ADA).send("/status")
    before = len(house.shown.drawn)
    house.platform.redraws.request(ADA)
    house.platform.redraws.request(ADA)
    await house.platform.nursery.drain(5)
    assert len(house.shown.drawn) == before + 1


async def test_a_second_fast_tap_leaves_the_person_where_they_are(house: House) -> None:
    """K8: fast taps threw people out of their window."""
    await house.agree(ADA)
    await house.tenant_of(ADA)
    ada = house.person(ADA)
    await ada.send("/status")
    card = house.last()
    await house.press(ada, "⚙️ Features")
    house.shown.sent_messages.append(card)
    await house.press(ada, "⚙️ Features")
    assert "can do" in (house.shown.drawn[-1].text or "")
