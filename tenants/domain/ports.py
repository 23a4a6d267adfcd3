"""The edges: what the ground floor asks of the world outside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tenants.domain.model import BotProfile, BotToken, ChatId, TenantId, UserId


class Clock(Protocol):
    """The two times there are. ``monotonic`` for deadlines, ``now`` (UTC) for people."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProbe:
    """What Telegram says of a token before it is taken in."""

    profile: BotProfile
    webhook_url: str
    """Empty when none is set. https://core.telegram.org/bots/api#webhookinfo"""
    pending_updates: int


class TokenProber(Protocol):
    async def probe(self, token: BotToken) -> TokenProbe:
        """Ask getMe and getWebhookInfo.

        Raises:
            TokenRejected: Telegram answered 401 or 404.
            TelegramUnavailable: it did not answer with sense.
        """
        ...


class MasterKeyProvider(Protocol):
    """Where the key-encryption key comes from: a file, a command, the environment."""

    async def current(self) -> tuple[str, bytes]:
        """The key's id (its fingerprint) and its 32 bytes.

        Raises:
            MasterKeyMissing: there is none.
        """
        ...

    async def by_id(self, key_id: str) -> bytes:
        """A key in use before, while a rotation runs.

        Raises:
            MasterKeyMissing: there is none by that id.
        """
        ...

    async def ids(self) -> list[str]:
        """The ids of all keys there are, the one in use first."""
        ...

    async def create(self) -> None:
        """Make the very first key where that can be done here; else do nothing."""
        ...

    async def begin_rotation(self) -> None:
        """Put a new key in front of the one in use, where that can be done here."""
        ...

    async def retire(self) -> None:
        """Forget all keys but the one in use, where that can be done here."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run something, until ``deadline`` on the monotonic clock."""

    name: str
    epoch: int
    deadline: float


class Ownership(Protocol):
    """Who may run what. In one process: a row and a heartbeat; later: shards."""

    async def acquire(self, name: str) -> Lease | None: ...

    async def release(self, lease: Lease) -> None: ...

    def holds(self, lease: Lease) -> bool: ...


class Signals(Protocol):
    """'Look at this tenant now', between processes or inside one."""

    async def wake(self, tenant_id: TenantId) -> None: ...

    def on_wake(self, listener: Callable[[TenantId], Awaitable[None]]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatistics:
    """A channel's figures as its owner's account sees them."""

    title: str
    username: str
    members: int
    posts: int
    views: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMessage:
    """A message in one of the account's chats. Telegram's own notices never become one."""

    tenant_id: TenantId
    chat_id: ChatId
    message_id: int
    sender_id: UserId
    outgoing: bool
    text: str
    date: datetime


class AccountGateway(Protocol):
    """What features may ask of a tenant's own account. The pool of mtproto/ satisfies it."""

    async def is_connected(self, tenant_id: TenantId) -> bool: ...

    def borrow(self, tenant_id: TenantId) -> AbstractAsyncContextManager[BorrowedAccount]:
        """Connect on demand and hold for the length of the block.

        Raises:
            AccountNotConnected: no usable session.
            AccountBusy: a flood wait stands.
        """
        ...


class BorrowedAccount(Protocol):
    async def channel_statistics(self, channels: Sequence[str]) -> list[ChannelStatistics]: ...

    async def recent_messages(self, chat: str, limit: int = 50) -> list[AccountMessage]: ...


class Feed(Protocol):
    """Hands one update of one tenant's bot to whoever handles it."""

    def __call__(self, tenant_id: TenantId, update: dict[str, Any], /) -> Awaitable[None]: ...
