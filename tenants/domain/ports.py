"""Protocols for the external dependencies of tenants/."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tenants.domain.model import BotProfile, BotToken, ChatId, TenantId, UserId


class Clock(Protocol):
    """``monotonic`` for deadlines, ``now`` (UTC) for times that are stored or shown."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProbe:
    """Telegram's answers about a token before its bot is connected."""

    profile: BotProfile
    webhook_url: str
    """Empty when none is set. https://core.telegram.org/bots/api#webhookinfo"""
    pending_updates: int


class TokenProber(Protocol):
    async def probe(self, token: BotToken) -> TokenProbe:
        """Call getMe and getWebhookInfo.

        Raises:
            TokenRejected: Telegram answered 401 or 404.
            TelegramUnavailable: no answer or an invalid one.
        """
        ...


class MasterKeyProvider(Protocol):
    """A source of the key-encryption key: a file, a command, the environment."""

    async def current(self) -> tuple[str, bytes]:
        """The key's id (its fingerprint) and its 32 bytes.

        Raises:
            MasterKeyMissing: there is none.
        """
        ...

    async def by_id(self, key_id: str) -> bytes:
        """A previously used key, while a rotation runs.

        Raises:
            MasterKeyMissing: there is none with that id.
        """
        ...

    async def ids(self) -> list[str]:
        """The ids of all keys, the one in use first."""
        ...

    async def create(self) -> None:
        """Create the first key if the source can be written; else do nothing."""
        ...

    async def begin_rotation(self) -> None:
        """Insert a new key before the one in use, if the source can be written."""
        ...

    async def retire(self) -> None:
        """Remove all keys but the one in use, if the source can be written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run something, until ``deadline`` on the monotonic clock."""

    name: str
    epoch: int
    deadline: float


class Ownership(Protocol):
    """Leases on what to run. In one process: a row and a heartbeat; later: shards."""

    async def acquire(self, name: str) -> Lease | None: ...

    async def release(self, lease: Lease) -> None: ...

    def holds(self, lease: Lease) -> bool: ...


class Signals(Protocol):
    """Requests to reconcile a tenant now, between processes or inside one."""

    async def wake(self, tenant_id: TenantId) -> None: ...

    def on_wake(self, listener: Callable[[TenantId], Awaitable[None]]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatistics:
    """A channel's statistics, visible to its owner's account."""

    title: str
    username: str
    members: int
    posts: int
    views: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMessage:
    """A message in one of the account's chats, never a Telegram service notification."""

    tenant_id: TenantId
    chat_id: ChatId
    message_id: int
    sender_id: UserId
    outgoing: bool
    text: str
    date: datetime


class AccountGateway(Protocol):
    """Access of features to a tenant's own account. Implemented by the pool of mtproto/."""

    async def is_connected(self, tenant_id: TenantId) -> bool: ...

    def borrow(self, tenant_id: TenantId) -> AbstractAsyncContextManager[BorrowedAccount]:
        """Connect on demand and stay connected for the length of the block.

        Raises:
            AccountNotConnected: no usable session.
            AccountBusy: a flood wait is in effect.
        """
        ...


class BorrowedAccount(Protocol):
    async def channel_statistics(self, channels: Sequence[str]) -> list[ChannelStatistics]: ...

    async def recent_messages(self, chat: str, limit: int = 50) -> list[AccountMessage]: ...


class Feed(Protocol):
    """Passes an update of a tenant's bot to its handler."""

    def __call__(self, tenant_id: TenantId, update: dict[str, Any], /) -> Awaitable[None]: ...
