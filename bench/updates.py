"""The updates that benchmarks feed: what a person types, as Telegram sends it."""

from __future__ import annotations

from typing import Any


def text_update(update_id: int, person: int, text: str) -> dict[str, Any]:
    """A private message. https://core.telegram.org/bots/api#update"""
    sender = {"id": person, "is_bot": False, "first_name": "Person", "language_code": "en"}
    chat = {"id": person, "type": "private", "first_name": "Person"}
    message = {
        "message_id": update_id,
        "date": 1_700_000_000,
        "from": sender,
        "chat": chat,
        "text": text,
    }
    return {"update_id": update_id, "message": message}


def reaction_update(update_id: int, person: int) -> dict[str, Any]:
    """Something no handler asked for. https://core.telegram.org/bots/api#messagereactionupdated"""
    reaction = {
        "chat": {"id": person, "type": "private", "first_name": "Person"},
        "message_id": 1,
        "user": {"id": person, "is_bot": False, "first_name": "Person"},
        "date": 1_700_000_000,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": "\N{THUMBS UP SIGN}"}],
    }
    return {"update_id": update_id, "message_reaction": reaction}
