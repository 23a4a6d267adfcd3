"""What happened, told to whoever listens in this process. Nothing durable rests on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog

from tenants.domain.model import Desired, Observed, TenantId, Throttle, UserId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that has been committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredStateChanged(Event):
    """A tenant was created or somebody changed what is wanted of it."""

    tenant_id: TenantId
    owner_id: UserId
    desired: Desired
    generation: int
    by: UserId | None = None
    reason: str = ""
    created: bool = False
    restarted: bool = False
    """What is wanted is the same; it is only to be started anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantObserved(Event):
    """The supervisor sees a tenant in another state."""

    tenant_id: TenantId
    owner_id: UserId
    observed: Observed
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantThrottled(Event):
    tenant_id: TenantId
    owner_id: UserId
    throttle: Throttle
    by: UserId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLimitsChanged(Event):
    """A tenant's rate limit or concurrency was changed."""

    tenant_id: TenantId
    owner_id: UserId
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesReleased(Event):
    """Updates that were put aside wait to be handled again."""

    tenant_id: TenantId
    update_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesDropped(Event):
    """One or more people flooded a bot, and so many of their updates were not kept."""

    tenant_id: TenantId
    owner_id: UserId
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantErased(Event):
    tenant_id: TenantId
    owner_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTokenSubmitted(Event):
    """Somebody else came with the token of this tenant's bot and was refused."""

    tenant_id: TenantId
    owner_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRenamed(Event):
    """A bot has another name or username at Telegram; what is stored follows it."""

    tenant_id: TenantId
    owner_id: UserId
    former_username: str
    username: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTransferred(Event):
    """Telegram says that a managed bot is somebody else's now. The tenant is theirs and is
    paused until they switch it on; the former owner's account and conversations are gone."""

    tenant_id: TenantId
    owner_id: UserId
    former_owner_id: UserId
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturesChanged(Event):
    tenant_id: TenantId
    owner_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Event):
    """A tenant's own account was connected, lost or disconnected."""

    tenant_id: TenantId
    owner_id: UserId
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationBegan(Event):
    tenant_id: TenantId
    owner_id: UserId
    by: UserId
    reason: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationMayWrite(Event):
    """The second step: who looks may now change things as well."""

    tenant_id: TenantId
    owner_id: UserId
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationFinished(Event):
    tenant_id: TenantId
    owner_id: UserId
    by: UserId
    expired: bool = False
    """Its time was over, rather than that they went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerUnreachable(Event):
    """A tenant's bot could not write to its owner, who has not started it or blocked it. The
    notice about it is in the outbox."""

    tenant_id: TenantId
    owner_id: UserId
    waiting: int


E = TypeVar("E", bound=Event)
Listener = Callable[[E], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DowntimeExceeded(Event):
    """The platform is back after more than a day; Telegram kept the last 24 hours."""

    since: datetime
    lost_until: datetime
    """What people wrote between the two moments is lost."""


class EventBus:
    """Calls listeners one after another; one that fails is logged and the rest go on."""

    def __init__(self) -> None:
        self._listeners: dict[type[Event], list[Listener[Any]]] = defaultdict(list)

    def listen(self, kind: type[E], listener: Listener[E]) -> Callable[[], None]:
        """Call ``listener`` with each event of exactly ``kind``. Returns the way to stop."""
        self._listeners[kind].append(listener)
        return lambda: self._listeners[kind].remove(listener)

    async def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners[type(event)]):
            try:
                await listener(event)
            except Exception:
                log.exception("listener failed", event_kind=type(event).__name__)
