"""Business connections and stories.

https://core.telegram.org/bots/api#businessconnection
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RIGHTS = (
    "can_reply",
    "can_read_messages",
    "can_delete_sent_messages",
    "can_delete_all_messages",
    "can_edit_name",
    "can_edit_bio",
    "can_edit_profile_photo",
    "can_edit_username",
    "can_change_gift_settings",
    "can_view_gifts_and_stars",
    "can_convert_gifts_to_stars",
    "can_transfer_and_upgrade_gifts",
    "can_transfer_stars",
    "can_manage_stories",
)
"""https://core.telegram.org/bots/api#businessbotrights"""


@dataclass(slots=True, kw_only=True)
class BusinessConnection:
    """A bot that acts for a person in their private chats."""

    id: str
    account_id: int
    bot_id: int
    date: int
    rights: tuple[str, ...] = RIGHTS
    enabled: bool = True

    def may(self, right: str) -> bool:
        return right in self.rights


@dataclass(slots=True, kw_only=True)
class Story:
    """https://core.telegram.org/bots/api#story"""

    id: int
    account_id: int
    date: int
    expires: int
    kind: str
    """photo or video."""
    file: str
    """The file's unique id."""
    caption: str = ""
    areas: list[dict[str, Any]] = field(default_factory=list)
