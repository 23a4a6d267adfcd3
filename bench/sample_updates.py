"""Sample updates for benchmarks, in Telegram's format."""

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


def chatter_update(update_id: int, person: int) -> dict[str, Any]:
    """A reply in a group with a mention: the most frequent update of bots in groups."""
    chat = {"id": -1_001_000_000_000 - person % 7, "type": "supergroup", "title": "Neighbours"}
    sender = {"id": person, "is_bot": False, "first_name": "Person", "username": f"person{person}"}
    earlier = {
        "message_id": update_id - 1,
        "from": sender | {"id": person + 1},
        "chat": chat,
        "date": 1_700_000_000,
        "text": "does anybody know when the shop opens?",
    }
    message = {
        "message_id": update_id,
        "from": sender,
        "chat": chat,
        "date": 1_700_000_060,
        "reply_to_message": earlier,
        "text": "@person at nine, I think",
        "entities": [{"offset": 0, "length": 7, "type": "mention"}],
    }
    return {"update_id": update_id, "message": message}
