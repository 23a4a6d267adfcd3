"""An options model becomes fields that people can set."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import pytest
from pydantic import Field

from controlbot.dialogs.features.option_fields import Kind, field_of, fields_of
from tenants.bot.features.api import Options


class Mood(StrEnum):
    CALM = "calm"
    LOUD = "loud"


class Everything(Options):
    on: bool = True
    words: str = Field("hi", title="Words", max_length=12)
    maybe: str | None = None
    seats: int = 4
    rate: float = 1.5
    tone: Literal["warm", "plain"] = "warm"
    mood: Mood = Mood.CALM
    channels: tuple[str, ...] = ()
    intricate: dict[str, int] = Field(default_factory=dict)


def test_each_kind_has_its_field_and_the_intricate_has_none() -> None:
    kinds = {field.key: field.kind for field in fields_of(Everything)}
    assert kinds == {
        "on": Kind.SWITCH,
        "words": Kind.TEXT,
        "maybe": Kind.TEXT,
        "seats": Kind.NUMBER,
        "rate": Kind.NUMBER,
        "tone": Kind.CHOICE,
        "mood": Kind.CHOICE,
        "channels": Kind.LIST,
    }


def test_a_field_knows_its_title_choices_and_limit() -> None:
    words = field_of(Everything, "words")
    assert words is not None
    assert (words.title, words.longest) == ("Words", 12)
    mood = field_of(Everything, "mood")
    assert mood is not None
    assert mood.choices == ("calm", "loud")
    assert field_of(Everything, "nothing") is None


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("seats", " 7 ", 7),
        ("rate", "2,5", 2.5),
        ("words", " hello ", "hello"),
        ("channels", "@a, @b\n@c", ["@a", "@b", "@c"]),
    ],
)
def test_what_people_write_is_read(key: str, text: str, value: object) -> None:
    field = field_of(Everything, key)
    assert field is not None
    assert field.read(text) == value


def test_a_number_that_is_none_is_refused() -> None:
    field = field_of(Everything, "seats")
    assert field is not None
    with pytest.raises(ValueError, match="could not convert"):
        field.read("many")
