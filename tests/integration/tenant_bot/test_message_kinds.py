"""Every kind of message is carried or named, or concerns nobody; none is quarantined (K1, K3)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from aiogram.enums import ContentType
from aiogram.types import Message
from pydantic import BaseModel

from tenants.bot.features.inbox.message_kinds import Treatment, treatment_of
from tenants.support.rate_limits import Rate
from tests.support.inbox_cast import Cast, cast_of, plain, unlimited
from tests.support.minimal_objects import minimal, value_of
from tests.support.runner_env import FAST, RunnerEnv, open_yard

_MESSAGE: Final[type[BaseModel]] = Message
KINDS: Final = sorted(
    kind.value for kind in ContentType if kind not in {ContentType.ANY, ContentType.UNKNOWN}
)
NAMED: Final = {
    "checklist_tasks_added",
    "checklist_tasks_done",
    "chat_shared",
    "gift",
    "gift_upgrade_sent",
    "passport_data",
    "refunded_payment",
    "successful_payment",
    "unique_gift",
    "user_shared",
    "users_shared",
    "web_app_data",
}
CARRIED: Final = {
    "animation",
    "audio",
    "checklist",
    "contact",
    "dice",
    "document",
    "game",
    "giveaway",
    "giveaway_winners",
    "invoice",
    "live_photo",
    "location",
    "paid_media",
    "photo",
    "poll",
    "rich_message",
    "sticker",
    "story",
    "text",
    "venue",
    "video",
    "video_note",
    "voice",
}


def expected(kind: str) -> Treatment:
    if kind in CARRIED:
        return Treatment.CARRIED
    return Treatment.NAMED if kind in NAMED else Treatment.IGNORED


def message_of(kind: str, person: dict[str, Any], message_id: int = 5) -> dict[str, Any]:
    chat = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
    fields: dict[str, Any] = {kind: value_of(_MESSAGE, kind)}
    if kind == "venue":
        fields["location"] = value_of(_MESSAGE, "location")
    return minimal(_MESSAGE, chat=chat, message_id=message_id, **{"from": person, **fields})


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_treatment(kind: str) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Anna"}
    message = Message.model_validate(message_of(kind, person))
    assert message.content_type == kind
    assert treatment_of(message) is expected(kind)


def test_a_kind_that_is_not_known_yet_is_carried() -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Anna"}
    raw = message_of("text", person)
    del raw["text"]
    message = Message.model_validate({**raw, "hologram": {"file_id": "x"}})
    assert treatment_of(message) is Treatment.CARRIED


async def test_each_kind_is_told_and_none_is_quarantined(tmp_path: Path) -> None:
    """The messages are only in the updates, so what would be copied is named as gone."""
    settings = replace(FAST, person_rate=Rate(per_second=1000, burst=1000))
    async with open_yard(tmp_path, settings=settings) as yard:
        await _send_each_kind(yard)


async def _send_each_kind(yard: RunnerEnv) -> None:
    cast = await cast_of(yard, username=None)
    unlimited(yard)
    control = yard.api.bot_control(cast.bot.id)
    person = {"id": cast.anna.id, "is_bot": False, "first_name": "Anna"}
    await cast.anna.send(cast.bot.id, "hello")
    await cast.owner_sees("hello")
    for number, kind in enumerate(KINDS):
        if kind != "text":
            message = message_of(kind, person, 10_000 + number)
            await control.queue_update({"message": message})
    await cast.handled()
    assert (await cast.states())["quarantined"] == 0
    told = await _told(cast)
    assert len(told) == len(CARRIED | NAMED) - 1
    assert all(": " in line for line in told), told


async def _told(cast: Cast) -> list[str]:
    """What stands under the headers."""
    chat = await cast.owner_chat()
    texts = [plain(m.text) for m in chat if plain(m.text).startswith("Anna\n")]
    return [text.split("\n", 1)[1] for text in texts if "hello" not in text]
