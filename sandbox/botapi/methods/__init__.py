"""The Bot API's methods. Importing this fills the table in :mod:`sandbox.botapi.call`."""

from __future__ import annotations

from sandbox.botapi.methods import (
    callbacks,
    chats,
    commands,
    editing,
    files,
    forwarding,
    intake,
    managed,
    marks,
    media,
    members,
    polls,
    profile,
    sending,
    topics,
)

__all__ = [
    "callbacks",
    "chats",
    "commands",
    "editing",
    "files",
    "forwarding",
    "intake",
    "managed",
    "marks",
    "media",
    "members",
    "polls",
    "profile",
    "sending",
    "topics",
]
