"""State of the world, as one serializable value."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.world.business_models import BusinessConnection, Story
from sandbox.world.chats import Chat
from sandbox.world.content_models import StoredFile
from sandbox.world.payment_models import Invoice, OwnedGift, StarTransaction
from sandbox.world.peers import Account, Bot, Channel, Group
from sandbox.world.sticker_models import Sticker, StickerSet

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
    sticker_sets: dict[str, StickerSet] = field(default_factory=dict)
    """By lower-case name."""
    stickers: dict[str, Sticker] = field(default_factory=dict)
    """By the unique id of their file."""
    invoices: dict[str, Invoice] = field(default_factory=dict)
    """By slug, and by ``chat key:message id`` once sent."""
    stars: dict[int, int] = field(default_factory=dict)
    """Balances of people and bots."""
    star_transactions: list[StarTransaction] = field(default_factory=list)
    gifts: dict[int, list[OwnedGift]] = field(default_factory=dict)
    """By owner."""
    business: dict[str, BusinessConnection] = field(default_factory=dict)
    stories: dict[int, list[Story]] = field(default_factory=dict)
    """By whose they are."""
    game_scores: dict[str, dict[int, int]] = field(default_factory=dict)
    """By bot and game, scores by person."""
    inline_messages: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Chat and message of each inline_message_id."""
    next_serial: int = 1
    """For ids of polls, callbacks, media groups."""
