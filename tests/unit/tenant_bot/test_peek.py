"""A glance at raw updates, and what features want of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from aiogram import Router

from tenants.bot.features.api import Feature, Interest, Options
from tenants.bot.features.builtin import our_features
from tenants.bot.features.registry import Registry
from tenants.bot.update_header import parse_header
from tenants.domain.model import FeatureChoice

PRIVATE = {"id": 7, "type": "private", "first_name": "A"}
SENDER = {"id": 7, "is_bot": False, "first_name": "A", "language_code": "fa"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": 0, "chat": PRIVATE, "from": SENDER, **fields}


def raw(**update: Any) -> bytes:
    return json.dumps({"update_id": 5, **update}).encode()


def test_a_message() -> None:
    seen = parse_header(raw(message=message(text="/Start@some_bot  payload")))
    assert (seen.update_id, seen.kind, seen.chat_key) == (5, "message", 7)
    assert (seen.user_id, seen.language_code) == (7, "fa")
    assert seen.command == "start"
    assert seen.private


def test_a_press_belongs_to_its_messages_chat() -> None:
    group = {"message_id": 3, "date": 0, "chat": {"id": -9, "type": "supergroup"}}
    seen = parse_header(
        raw(callback_query={"id": "1", "from": SENDER, "message": group, "data": "x"})
    )
    assert (seen.chat_key, seen.user_id, seen.data) == (-9, 7, "x")


@pytest.mark.parametrize("text", ["/", "/ start", "hello", "", None])
def test_no_command(text: str | None) -> None:
    assert parse_header(raw(message=message(text=text))).command == ""


def test_a_kind_of_tomorrow_is_seen_as_its_kind() -> None:
    seen = parse_header(raw(teleported={"chat": "not an object"}))
    assert (seen.kind, seen.chat_key) == ("teleported", 0)


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"update_id": "x"}', b"<html>"])
def test_what_is_no_update(broken: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        parse_header(broken)


def test_the_inbox_wants_private_messages_only() -> None:
    chosen = Registry(our_features()).choose({})
    group = message(chat={"id": -1, "type": "group"}, text="hi")
    assert chosen.wants(parse_header(raw(message=message(text="hi"))))
    assert not chosen.wants(parse_header(raw(message=group)))
    assert not chosen.wants(parse_header(raw(poll={"id": "1"})))
    assert "poll" not in chosen.allowed_updates


def test_a_switched_off_feature_wants_nothing_and_an_essential_one_stays() -> None:
    off = FeatureChoice(enabled=False, options={})
    chosen = Registry(our_features()).choose({"inbox": off, "privacy": off})
    assert not chosen.wants(parse_header(raw(edited_message=message(text="hi"))))
    assert chosen.wants(parse_header(raw(message=message(text="/privacy"))))


def test_options_that_do_not_fit_fall_back() -> None:
    choice = FeatureChoice(enabled=True, options={"greeting": ["not", "text"]})
    chosen = Registry(our_features()).choose({"start": choice})
    assert chosen.options["start"].model_dump() == {"greeting": ""}


def test_a_key_is_taken_once() -> None:
    def plain(key: str) -> Feature:
        return Feature(
            key=key,
            title="T",
            about="A",
            build_router=Router,
            interests=(Interest(kind="message"),),
            options=Options,
        )

    with pytest.raises(ValueError, match="two features"):
        Registry([plain("x"), plain("x")])
