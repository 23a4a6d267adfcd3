"""Everything the world remembers, as one value that fits into a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.world.chats import Chat
from sandbox.world.peers import Account, Bot, Channel, Group
from sandbox.world.values import StoredFile

FIRST_ACCOUNT = 1_000_001
FIRST_BOT = 7_000_000_001
FIRST_ROOM = -1_001_000_000_001
FIRST_BASIC_GROUP = -4_000_001


@dataclass(slots=True, kw_only=True)
class WorldState:
    accounts: dict[int, Account] = field(default_factory=dict)
    bots: dict[int, Bot] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    last_message_id: int = 0
    next_account: int = FIRST_ACCOUNT
    next_bot: int = FIRST_BOT
    next_room: int = FIRST_ROOM
    next_basic_group: int = FIRST_BASIC_GROUP
    next_serial: int = 1
    """For ids of polls, callbacks, media groups."""
