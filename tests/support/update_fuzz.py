"""Updates made from aiogram's own types, and spoilt: unknown kinds and tags, missing and extra
fields, wrong types, hostile strings, extreme numbers."""

from __future__ import annotations

import json
import types
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Any, Final, Literal, Union, get_args, get_origin

from aiogram.types import Update
from pydantic import BaseModel

from tenants.bot.update_header import KINDS

HOSTILE: Final = (
    "",
    "x",
    "/start",
    "/forgetme yes",
    "\x00",
    "\u202e\u2066 left",
    "\ud83d",
    "𝕬" * 5000,
    "<b><a href='tg://user?id=1'>",
    '"><b>x',
    "{{7*7}} %s {0}",
    "'; DROP TABLE updates_inbox; --",
    "a" * 70_000,
)
NUMBERS: Final = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**70, 10**30)
_DEPTH: Final = 3


class UpdateFuzz:
    """``people``: who the updates are from, mostly."""

    def __init__(self, random: Random, people: range, kinds: list[str]) -> None:
        self._random = random
        self._people = people
        self._kinds = kinds

    def update(self, update_id: int) -> bytes:
        """One update as a server might send it; sometimes its JSON is spoilt too."""
        kind = self._random.choice([*self._kinds, *self._kinds, *sorted(KINDS), "teleport"])
        body: Any = {"some": "thing"}
        if kind in KINDS:
            body = self._value(Update.model_fields[kind].annotation, 0)
        if isinstance(body, dict):
            self._make_likely(body)
            self._spoil(body)
        update: dict[str, Any] = {"update_id": update_id, kind: body}
        if self._rarely(20):
            update["another"] = {"x": 1}
        raw = json.dumps(update, ensure_ascii=self._rarely(2)).encode("utf-8", "surrogatepass")
        return raw.replace(b"thing", b"\xff\xfe") if self._rarely(10) else raw

    def _make_likely(self, body: dict[str, Any]) -> None:
        """A private chat with one of the people, so that handlers are reached."""
        person = self._random.choice(self._people)
        if "from" in body or "chat" in body:
            body["from"] = {"id": person, "is_bot": False, "first_name": "P"}
            body["chat"] = {"id": person, "type": "private", "first_name": "P"}
        if "date" in body:
            body["date"] = 1_780_000_000

    def _spoil(self, body: Any) -> None:
        """Change some places of an object."""
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 5))):
            place = body
            while isinstance(place, dict) and place:
                key = self._random.choice(list(place))
                deeper = place[key]
                if isinstance(deeper, dict) and deeper and not self._rarely(3):
                    place = deeper
                    continue
                self._spoil_field(place, key)
                break

    def _spoil_field(self, place: dict[str, Any], key: str) -> None:
        match self._random.randrange(5):
            case 0:
                del place[key]
            case 1:
                place[key] = self._random.choice(HOSTILE)
            case 2:
                place[key] = self._random.choice(NUMBERS)
            case 3:
                place[key] = self._random.choice((None, [], {}, [[]], {"type": "hologram"}, 1.5))
            case _:
                place["field_of_tomorrow"] = {"type": "hologram", "id": 2**64}

    def _value(self, annotation: Any, depth: int) -> Any:
        origin = get_origin(annotation)
        if origin is Literal:
            return self._random.choice(get_args(annotation))
        if origin in {Union, types.UnionType}:
            return self._value(self._random.choice(_options(annotation)), depth)
        if origin is list:
            if depth >= _DEPTH:
                return []
            return [self._value(get_args(annotation)[0], depth + 1) for _ in range(2)]
        if isinstance(annotation, type):
            return self._of_type(annotation, depth)
        return self._random.choice(HOSTILE)

    def _of_type(self, kind: type, depth: int) -> Any:
        if issubclass(kind, BaseModel):
            return self._object(kind, depth)
        if issubclass(kind, Enum):
            return self._random.choice([member.value for member in kind])
        if issubclass(kind, bool):
            return self._rarely(2)
        if issubclass(kind, (int, datetime, timedelta)):
            return self._random.randrange(1, 2_000_000_000)
        if issubclass(kind, float):
            return self._random.random()
        return self._random.choice(("word", *HOSTILE[:6]))

    def _object(self, model: type[BaseModel], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            wanted = field.is_required() or (depth < 2 and self._rarely(6))
            if wanted and depth <= _DEPTH + 2:
                value = self._value(field.annotation, depth + 1)
                if value is not None:
                    found[field.alias or name] = value
        return found

    def _rarely(self, one_in: int) -> bool:
        return self._random.randrange(one_in) == 0


def _options(annotation: Any) -> list[Any]:
    return [option for option in get_args(annotation) if option is not type(None)]
