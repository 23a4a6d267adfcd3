"""One person can't fill the control bot's window: what is too much is skipped, and said once."""

from __future__ import annotations

import json
from typing import Any

from tenants.bot.peek import Peek, peek
from tenants.limits import Rate
from tenants.runner.control import ControlLanes
from tenants.tasks import Nursery

FEW = Rate(per_second=0.001, burst=3)
EVE, ADA = 66, 77


def tap(update_id: int, user_id: int) -> Peek:
    body = {"from": {"id": user_id, "language_code": "ru"}, "data": "forged"}
    return peek(json.dumps({"update_id": update_id, "callback_query": body}).encode())


class Door:
    """Lanes whose updates and notices are written down."""

    def __init__(self) -> None:
        self.fed: list[int] = []
        self.told: list[tuple[int, str]] = []
        self.nursery = Nursery("test")
        self.lanes = ControlLanes(self._feed, self.nursery, self._flooded, FEW)

    async def _feed(self, raw: dict[str, Any]) -> None:
        self.fed.append(raw["update_id"])

    async def _flooded(self, user_id: int, language_code: str) -> None:
        self.told.append((user_id, language_code))


async def test_a_flood_is_cut_off_and_its_sender_told_once() -> None:
    door = Door()
    for update_id in range(100):
        door.lanes.put(tap(update_id, EVE))
    assert door.lanes.put(tap(100, ADA)) is not None
    assert await door.lanes.drain(5)
    assert sorted(door.fed) == [0, 1, 2, 100]
    assert door.told == [(EVE, "ru")]


async def test_what_was_skipped_counts_as_handled() -> None:
    """Else Telegram would bring it again for ever."""
    door = Door()
    for update_id in range(10):
        door.lanes.put(tap(update_id, EVE))
    assert door.lanes.is_handled(9)
    assert door.lanes.put(tap(9, EVE)) is None
    assert await door.lanes.drain(5)


async def test_what_telegram_says_is_never_skipped() -> None:
    """A bot made in one tap is announced once."""
    door = Door()
    for update_id in range(10):
        door.lanes.put(tap(update_id, EVE))
    body = {"user": {"id": EVE}, "bot": {"id": 5}}
    announced = peek(json.dumps({"update_id": 50, "managed_bot": body}).encode())
    assert door.lanes.put(announced) is not None
    assert await door.lanes.drain(5)
    assert 50 in door.fed
