"""Shared values: ids, states, roles, secrets and the tenant itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, NewType, NoReturn, Self, TypeVar

from tenants.domain.errors import MalformedToken

TenantId = NewType("TenantId", int)
UserId = NewType("UserId", int)
BotId = NewType("BotId", int)
ChatId = NewType("ChatId", int)

T = TypeVar("T")


class Desired(StrEnum):
    """Desired state of a tenant's bot. Stored; changed by people only."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Switched off by its own tenant."""
    SUSPENDED = "suspended"
    """Switched off by the platform's staff; its tenant cannot switch it on again."""
    ERASING = "erasing"
    """Being erased: nothing runs, rows are being deleted."""


class Observed(StrEnum):
    """Observed state, from the supervisor. Never overwrites :class:`Desired`."""

    STOPPED = "stopped"
    STARTING = "starting"
    ONLINE = "online"
    BACKING_OFF = "backing_off"
    """Telegram is unreachable or asked to wait; retried automatically."""
    TOKEN_REVOKED = "token_revoked"
    """Telegram answered 401; waits for a new token."""
    USED_ELSEWHERE = "used_elsewhere"
    """Telegram answered 409: another program polls the bot or owns its webhook."""
    QUARANTINED = "quarantined"
    """Quarantined: its handlers, key or row keep failing; needs a person's action."""


class Throttle(StrEnum):
    """How much of the platform a tenant may use, in descending order."""

    NORMAL = "normal"
    SLOW = "slow"
    NO_BROADCASTS = "no_broadcasts"
    RECEIVE_ONLY = "receive_only"


class Role(StrEnum):
    """A person's role on this platform. The highest role applies."""

    OWNER = "owner"
    ADMIN = "admin"
    AUDITOR = "auditor"
    TENANT = "tenant"
    COMANAGER = "comanager"


class Secret:
    """A string that must not be shown: its repr is masked and it cannot be pickled.

    Python cannot wipe strings, so keep a secret short-lived and call :meth:`reveal`
    only where the plain text is used.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class BotToken(Secret):
    """A BotFather token whose format has been checked.

    aiogram's own check is weaker: ``123:../../bot999:ZZZ/x?`` passes it and calls another
    bot's path.
    """

    __slots__ = ()

    SHAPE: ClassVar[re.Pattern[str]] = re.compile(r"([1-9][0-9]{5,15}):[A-Za-z0-9_-]{30,64}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a token; surrounding white space is allowed.

        Raises:
            MalformedToken: the text is not ``<digits>:<30 to 64 of A-Z a-z 0-9 _ ->``.
        """
        stripped = text.strip(" \t\r\n")
        if not cls.SHAPE.fullmatch(stripped):
            raise MalformedToken()
        return cls(stripped)

    @property
    def bot_id(self) -> BotId:
        return BotId(int(self.reveal().partition(":")[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts and, while impersonating, on whose behalf.

    ``user_id`` is always the real person. ``subject_id`` is the effective one: the same
    person, or the tenant being impersonated.
    """

    user_id: UserId
    role: Role
    subject_id: UserId
    impersonation_id: int | None = None
    may_write: bool = True
    """False while impersonating read-only."""
    language: str = "en"

    @property
    def impersonates(self) -> bool:
        return self.impersonation_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotProfile:
    """What getMe says of a bot. https://core.telegram.org/bots/api#getme"""

    bot_id: BotId
    username: str
    name: str
    can_manage_bots: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One person's bot as stored. Secrets are stored separately."""

    id: TenantId
    owner_id: UserId
    bot_id: BotId
    bot_username: str
    bot_name: str
    managed: bool
    """Created as a managed bot: the control bot can fetch its token again."""
    verified: bool
    desired: Desired
    desired_reason: str
    desired_by: UserId | None
    desired_until: datetime | None
    generation: int
    """Incremented by each change of the desired state; compared by the supervisor."""
    throttle: Throttle
    rate_limit: float
    """Updates per second received for this tenant."""
    concurrency: int
    """Chats of this tenant handled at the same time."""
    observed: Observed
    observed_detail: str
    observed_at: datetime | None
    created_by: UserId
    managing_admin: UserId | None
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the control bot."""

    user_id: UserId
    name: str
    language: str | None
    """The language they chose; None before."""
    language_code: str | None
    """The language of their Telegram app."""
    consent_version: str | None
    consent_at: datetime | None
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Impersonation:
    """An admin's impersonation of a tenant, with a reason and an end."""

    id: int
    admin_id: UserId
    tenant_id: TenantId
    subject_id: UserId
    reason: str
    may_write: bool
    began_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureChoice:
    """A tenant's settings for one feature. ``options`` fit the feature's options model."""

    enabled: bool
    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A page of items. ``total``: the number of items on all pages."""

    items: list[T]
    total: int
    offset: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLimits:
    """Limits from the settings, for the services."""

    owners: frozenset[UserId] = frozenset()
    control_bot_id: BotId | None = None
    """The control bot's own id, which cannot be connected as a tenant."""
    max_bots_per_user: int = 1
    rate_limit: float = 30.0
    """Updates per second received for a new tenant."""
    concurrency: int = 8
    """Chats of a new tenant handled at the same time."""
    consent_version: str = "1"
