"""Invite links, join requests and boosts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class InviteLink:
    """https://core.telegram.org/bots/api#chatinvitelink"""

    hash: str
    """What follows ``https://t.me/``."""
    creator_id: int
    name: str = ""
    expires: int = 0
    limit: int = 0
    """How many may join by it; 0 is no limit."""
    by_request: bool = False
    primary: bool = False
    revoked: bool = False
    period: int = 0
    """Seconds of a subscription; 0 is none."""
    price: int = 0
    joined: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://t.me/{self.hash}"


@dataclass(slots=True, kw_only=True)
class JoinRequest:
    """https://core.telegram.org/bots/api#chatjoinrequest"""

    user_id: int
    date: int
    link: str = ""
    """The link's hash, when there was one."""


@dataclass(slots=True, kw_only=True)
class Boost:
    """https://core.telegram.org/bots/api#chatboost"""

    id: str
    user_id: int
    added: int
    expires: int
