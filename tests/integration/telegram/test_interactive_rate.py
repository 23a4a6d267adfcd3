"""A thousand people press at once: nobody waits for half a minute, and a 429 is obeyed."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.app import Sandbox
from tenants.domain.model import BotToken
from tenants.telegram import send_limits
from tenants.telegram.http_client import Telegram
from tenants.telegram.send_limits import OutgoingLimits, broadcasting
from tests.support.clock import FakeClock
from tests.support.sandbox_client import ControlApi

PEOPLE = 300


async def started_people(api: ControlApi, bot_id: int, how_many: int) -> list[int]:
    people = [await api.person(f"P{number}") for number in range(how_many)]
    for person in people:
        await person.send(bot_id, "/start")
    return [person.id for person in people]


async def test_replies_to_many_people_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B: 1,000 people pressing at once waited half a minute; here 300 would have waited nine
    seconds. Bulk messages wait until the replies are through."""
    async with Sandbox(fast=True) as box, ControlApi(box.url) as api:
        bot = await api.bot(await api.person("Olga"), "Shop", "pressed_shop_bot")
        people = await started_people(api, bot.id, PEOPLE)
        telegram = Telegram(box.url)
        telegram.limits = OutgoingLimits(FakeClock().monotonic)
        waits: list[float] = []

        async def sleep_for_turn(seconds: float) -> None:
            waits.append(seconds)
            raise TimeoutError

        monkeypatch.setattr(send_limits, "sleep_for_turn", sleep_for_turn)
        try:
            sending = telegram.bot(BotToken.parse(bot.token))
            await asyncio.gather(*(sending.send_message(one, "answer") for one in people))
            assert waits == []
            with broadcasting(), pytest.raises(TimeoutError):
                await sending.send_message(people[0], "news")
            assert waits[0] > 5.0, "seconds until bulk may go on"
        finally:
            await telegram.close()


@pytest.mark.case(43)
async def test_a_bot_that_telegram_slows_down_loses_no_reply() -> None:
    """With Telegram's limits on, what goes beyond them gets 429 and comes later."""
    async with Sandbox(fast=True, limits=True) as box, ControlApi(box.url) as api:
        bot = await api.bot(await api.person("Olga"), "Shop", "pressed_shop_bot")
        people = await started_people(api, bot.id, 90)
        telegram = Telegram(box.url)
        try:
            sending = telegram.bot(BotToken.parse(bot.token))
            async with asyncio.timeout(20):
                await asyncio.gather(*(sending.send_message(one, "answer") for one in people))
        finally:
            await telegram.close()
        refused = [call for call in await api.log(bot=bot.id) if call.get("status") == 429]
        assert 0 < len(refused) <= 90, "not tried again and again before retry_after is over"
