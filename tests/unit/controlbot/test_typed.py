"""Known fault K4: what people type where a secret is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Chat, Contact, Message, MessageEntity, User

from controlbot.dialogs.account.secret_input import find_pair, holds_code, passwords_in, phone_in

HASH = "0123456789abcdef0123456789abcdef"
ANN = User(id=5, is_bot=False, first_name="Ann")


def message(text: str | None = None, **more: Any) -> Message:
    chat = Chat(id=5, type="private")
    return Message(
        message_id=1, date=datetime.now(UTC), chat=chat, from_user=ANN, text=text, **more
    )


def entity(kind: str, offset: int, length: int) -> MessageEntity:
    return MessageEntity(type=kind, offset=offset, length=length)


def reveal(one: Message) -> list[str]:
    return [password.reveal() for password in passwords_in(one)]


def test_a_password_is_kept_as_it_came() -> None:
    for text in ("/start me", "a  b\u00a0c", "é", "e\u0301", "🙂", "token: x"):
        assert reveal(message(text)) == [text]
    assert reveal(message()) == []


def test_formatting_is_turned_back_into_what_was_typed() -> None:
    formatted = message("🙂bold and code", entities=[entity("bold", 2, 4), entity("code", 11, 4)])
    assert reveal(formatted) == ["🙂bold and code", "🙂**bold** and `code`"]
    link = message("a.example is it", entities=[entity("url", 0, 9)])
    assert reveal(link) == ["a.example is it"]


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("12345", 5, True),
        ("1 2 3 4 5", 5, True),
        ("1a2b3c4d5e", 5, True),
        ("۱۲۳۴۵", 5, True),
        ("code: 1-2-3-4-5!", 0, True),
        ("1234", 5, False),
        ("12345", 6, False),
        ("hello", 5, False),
        ("", 0, False),
    ],
)
def test_a_code_is_seen_whatever_lies_between(text: str, length: int, expected: bool) -> None:
    assert holds_code(text, length) is expected


def test_a_contact_of_ones_own_is_international() -> None:
    own = Contact(phone_number="989123456789", first_name="Ann", user_id=5)
    other = Contact(phone_number="0912 345 6789", first_name="Bob", user_id=6)
    assert phone_in(message(contact=own)) == "+989123456789"
    assert phone_in(message(contact=other)) == "0912 345 6789"
    assert phone_in(message("+98 912")) == "+98 912"
    assert phone_in(message()) == ""


@pytest.mark.parametrize(
    "text",
    [
        f"12345 {HASH}",
        f"{HASH}\n12345",
        f"App api_id:\n12345\nApp api_hash:\n{HASH.capitalize()}\nPublic keys: 2",
        f"api_id=۱۲۳۴۵; api_hash='{HASH.upper()}'",
    ],
)
def test_an_application_is_found_in_any_order(text: str) -> None:
    pair = find_pair(text)
    assert pair is not None
    assert (pair.api_id, pair.api_hash.reveal()) == (12345, HASH)


@pytest.mark.parametrize("text", ["", HASH, "12345", f"12345 {HASH}0", f"+12345678 {HASH}"])
def test_half_an_application_is_none(text: str) -> None:
    assert find_pair(text) is None
