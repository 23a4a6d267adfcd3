"""One person costs the others nothing at the control bot (faults B6, R5): what is too much is
skipped at intake and said once; secrets in it are deleted; a slow handler keeps nobody waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from aiogram.exceptions import TelegramServerError
from aiogram.methods import GetMe

from tenants.bot.update_header import UpdateHeader, parse_header
from tenants.domain.model import BotToken
from tenants.runner.control_bot.chat_queues import LANE, PERSON, ControlLanes
from tenants.runner.control_bot.poller import ControlPoller
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.rate_limits import Rate
from tenants.telegram.get_updates import PollFailed

FEW = Rate(per_second=0.001, burst=3)
EVE, ADA = 66, 77
TOKEN = BotToken.parse("777001:" + "C" * 35)


def raw_tap(update_id: int, user_id: int) -> bytes:
    body = {"from": {"id": user_id, "language_code": "ru"}, "data": "forged"}
    return json.dumps({"update_id": update_id, "callback_query": body}).encode()


def tap(update_id: int, user_id: int) -> UpdateHeader:
    return parse_header(raw_tap(update_id, user_id))


def raw_message(update_id: int, user_id: int, text: str = "hello") -> bytes:
    chat = {"id": user_id, "type": "private"}
    message = {"message_id": update_id, "chat": chat, "from": {"id": user_id}, "text": text}
    return json.dumps({"update_id": update_id, "message": message}).encode()


class Door:
    """Lanes whose updates and notices are written down."""

    def __init__(self, person: Rate = FEW) -> None:
        self.fed: list[int] = []
        self.told: list[tuple[int, str]] = []
        self.cleaned: list[int] = []
        self.slow: set[int] = set()
        self.go_on = asyncio.Event()
        self.fail_with: list[Exception] = []
        self.nursery = BackgroundTasks("test")
        self.lanes = ControlLanes(self, self.nursery, person)

    async def __call__(self, raw: dict[str, Any]) -> None:
        if raw["update_id"] in self.slow:
            await self.go_on.wait()
        if self.fail_with:
            raise self.fail_with.pop()
        self.fed.append(raw["update_id"])

    async def flooded(self, user_id: int, language_code: str) -> None:
        self.told.append((user_id, language_code))

    async def delete_secrets(self, updates: Sequence[UpdateHeader]) -> None:
        self.cleaned += [seen.update_id for seen in updates]


class Api:
    """getUpdates as Telegram answers it: from the offset on, 100 at most."""

    def __init__(self, updates: Sequence[bytes]) -> None:
        self.updates = list(updates)
        self.confirmed = 0
        self.polls = 0
        self.broken: list[Exception] = []

    async def get(
        self, _token: BotToken, *, offset: int | None, limit: int, wait: int, allowed: Any
    ) -> list[msgspec.Raw]:
        self.polls += 1
        if self.broken:
            raise self.broken.pop()
        if offset is not None:
            self.confirmed = max(self.confirmed, offset)
        kept = [raw for raw in self.updates if _id_of(raw) >= self.confirmed][:limit]
        if not kept and wait:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0)
        return [msgspec.Raw(raw) for raw in kept]


def _id_of(raw: bytes) -> int:
    return int(raw.split(b'"update_id": ')[1].split(b",")[0].rstrip(b"}"))


def poller(api: Api, door: Door) -> ControlPoller:
    return ControlPoller(TOKEN, api, door.lanes, [], 50)  # type: ignore[arg-type]


async def until(condition: Any, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


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
    announced = parse_header(json.dumps({"update_id": 50, "managed_bot": body}).encode())
    assert door.lanes.put(announced) is not None
    assert not door.lanes.release(50)
    assert await door.lanes.drain(5)
    assert 50 in door.fed


async def test_skipped_messages_are_looked_through_for_secrets() -> None:
    door = Door()
    for update_id in range(10):
        door.lanes.put(parse_header(raw_message(update_id, EVE)))
    assert await door.lanes.drain(5)
    assert door.cleaned == list(range(3, 10))


async def test_a_lane_is_bounded() -> None:
    door = Door(PERSON)
    door.slow = {0}
    for update_id in range(30):
        door.lanes.put(tap(update_id, EVE))
    await until(lambda: door.told)
    door.go_on.set()
    assert await door.lanes.drain(5)
    assert len(door.fed) == LANE


@pytest.mark.parametrize("count", [200, 3_000])
async def test_a_flood_costs_only_its_sender(count: int) -> None:
    """R5: others were answered after 32 s, and with 3,000 messages not within 110 s."""
    door = Door(PERSON)
    door.slow = {0}  # Its answers are paced: one a second and chat.
    flood = [raw_message(update_id, EVE) for update_id in range(count)]
    api = Api([*flood, raw_tap(count, ADA)])
    polling = asyncio.create_task(poller(api, door).run())  # noqa: TID251
    try:
        await until(lambda: count in door.fed)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await door.nursery.close()


async def test_slow_handlers_of_many_people_keep_nobody_waiting() -> None:
    """B6: past Telegram's window of 100 updates nobody was heard."""
    door = Door(PERSON)
    people = range(120)
    door.slow = set(people)
    api = Api([raw_tap(person, 1_000 + person) for person in people] + [raw_tap(500, ADA)])
    polling = asyncio.create_task(poller(api, door).run())  # noqa: TID251
    try:
        await until(lambda: 500 in door.fed)
        door.go_on.set()
        await until(lambda: len(door.fed) == 121)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await door.nursery.close()


async def test_few_updates_are_acknowledged_only_after_they_were_handled() -> None:
    door = Door(PERSON)
    door.slow = {1}
    api = Api([raw_tap(1, EVE), raw_tap(2, ADA)])
    polling = asyncio.create_task(poller(api, door).run())  # noqa: TID251
    try:
        await until(lambda: door.fed == [2])
        await asyncio.sleep(0.5)
        assert api.confirmed == 0
        assert api.polls < 10, "it does not poll without a pause"
        door.go_on.set()
        await until(lambda: api.confirmed == 3)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await door.nursery.close()


@pytest.mark.parametrize(
    "bad",
    [
        b'{"update_id": 5, "message": {"text": "\xff\xfe"}}',
        b'{"update_id": 5, "message": {"text": "\\ud800"}}',
        b'{"update_id": 5, "message": [1, 2]}',
        b'{"update_id": 5}',
    ],
)
async def test_an_unreadable_update_stops_nothing(bad: bytes) -> None:
    """B18, R11: a lone surrogate or a bad UTF-8 byte stopped the poller for good."""
    door = Door(PERSON)
    api = Api([bad, raw_tap(6, ADA)])
    polling = asyncio.create_task(poller(api, door).run())  # noqa: TID251
    try:
        await until(lambda: 6 in door.fed)
        await until(lambda: api.confirmed == 7)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await door.nursery.close()


@pytest.mark.parametrize(
    "error", [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), RuntimeError()]
)
async def test_no_error_ends_polling(error: Exception) -> None:
    door = Door(PERSON)
    api = Api([raw_tap(6, ADA)])
    api.broken = [error, PollFailed("http_502")]
    polling = asyncio.create_task(poller(api, door).run())  # noqa: TID251
    try:
        await until(lambda: 6 in door.fed)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await door.nursery.close()


async def test_an_update_is_handed_over_again_after_an_outage() -> None:
    """P3: an update whose answer met a 5xx was dropped."""
    door = Door(PERSON)
    door.fail_with = [TelegramServerError(method=GetMe(), message="Bad Gateway")]
    door.lanes.put(tap(1, ADA))
    assert await door.lanes.drain(5)
    assert door.fed == [1]


async def test_what_people_write_does_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """R14."""
    door = Door(PERSON)
    door.fail_with = [ValueError("input_value='my secret password'")]
    door.lanes.put(tap(1, ADA))
    assert await door.lanes.drain(5)
    assert "secret password" not in caplog.text
    assert "ValueError" in caplog.text
