"""Events for listeners in this process. They are not durable."""

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
    """A tenant was created or its desired state was changed."""

    tenant_id: TenantId
    owner_id: UserId
    desired: Desired
    generation: int
    by: UserId | None = None
    reason: str = ""
    created: bool = False
    restarted: bool = False
    """The desired state is the same; only a restart is requested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantObserved(Event):
    """A tenant's observed state has changed."""

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
    """Dead-lettered updates were requeued."""

    tenant_id: TenantId
    update_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesDropped(Event):
    """One or more people flooded a bot; some of their updates were dropped."""

    tenant_id: TenantId
    owner_id: UserId
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantErased(Event):
    tenant_id: TenantId
    owner_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTokenSubmitted(Event):
    """Another person submitted the token of this tenant's bot and was refused."""

    tenant_id: TenantId
    owner_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRenamed(Event):
    """A bot's name or username has changed at Telegram; the stored one was updated."""

    tenant_id: TenantId
    owner_id: UserId
    former_username: str
    username: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTransferred(Event):
    """Telegram reported another owner of a managed bot. The tenant is assigned to them and
    paused until they switch it on; the former owner's account and conversations are erased."""

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
    """The second step of an impersonation: changes are now allowed."""

    tenant_id: TenantId
    owner_id: UserId
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationFinished(Event):
    tenant_id: TenantId
    owner_id: UserId
    by: UserId
    expired: bool = False
    """True when it expired, False when it was ended by a person."""


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
    """The platform was down for more than a day; Telegram kept the last 24 hours."""

    since: datetime
    lost_until: datetime
    """Messages sent between the two times are lost."""


class EventBus:
    """Calls listeners one after another; a failure is logged and the others still run."""

    def __init__(self) -> None:
        self._listeners: dict[type[Event], list[Listener[Any]]] = defaultdict(list)

    def listen(self, kind: type[E], listener: Listener[E]) -> Callable[[], None]:
        """Call ``listener`` with each event of exactly ``kind``. Returns an unsubscribe
        function."""
        self._listeners[kind].append(listener)
        return lambda: self._listeners[kind].remove(listener)

    async def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners[type(event)]):
            try:
                await listener(event)
            except Exception:
                log.exception("listener failed", event_kind=type(event).__name__)
