"""Hidden callback data in a text is taken out before anything reads it."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram_dialog.utils import join_reply_callback, split_reply_callback

from controlbot.bot.update_filter import without_hidden_data
from controlbot.dialogs.newbot.token_text import find_token
from tenants.domain.errors import MalformedToken

TOKEN = "123456789:" + "A" * 35


def update(text: str) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 1, "text": text}}


@pytest.mark.case(19)
def test_a_text_with_hidden_data_is_an_ordinary_text() -> None:
    forged = join_reply_callback("hello", "abc\x1dadmin")
    assert split_reply_callback(forged)[1]
    bare = without_hidden_data(update(forged))["message"]["text"]
    assert bare == "hello"
    assert not split_reply_callback(bare)[1]


def test_other_updates_pass_as_they_are() -> None:
    for raw in ({"update_id": 1}, {"update_id": 1, "message": {"photo": []}}, update("سلام")):
        assert without_hidden_data(raw) == raw


def test_a_token_is_found_in_botfathers_message() -> None:
    text = f"Use this token to access the HTTP API:\n{TOKEN}\nKeep your token secure."
    assert find_token(text).reveal() == TOKEN


@pytest.mark.case(9)
@pytest.mark.parametrize(
    "text", ["", "²23456789:" + "A" * 35, TOKEN + "/x", TOKEN + "#", "0" + TOKEN, TOKEN + "\u200b"]
)
def test_a_part_of_something_is_no_token(text: str) -> None:
    with pytest.raises(MalformedToken):
        find_token(text)
