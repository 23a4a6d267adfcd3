"""A handler's database effects: collected while it runs, applied with its done-mark.

No transaction is open while a handler calls Telegram, and a crash before the commit leaves no
effect at all: the update is handled again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tenants.domain.events import Event
from tenants.store import Effect, UnitOfWork

_current: ContextVar[Effects | None] = ContextVar("effects", default=None)


class Effects:
    """The changes that one update's handling will commit. Handlers get it as ``effects``."""

    __slots__ = ("_callbacks", "_effects", "_events", "staged")

    def __init__(self) -> None:
        self._effects: list[Effect] = []
        self._events: list[Event] = []
        self._callbacks: list[Callable[[], None]] = []
        self.staged: dict[Any, Any] = {}
        """Uncommitted writes, for code that reads its own writes."""

    def __bool__(self) -> bool:
        """Whether there is any effect, event or callback."""
        return bool(self._effects or self._events or self._callbacks)

    def add(self, effect: Effect) -> None:
        """Apply ``effect`` in the transaction that marks the update done.

        It may be applied again after a transaction that failed, so it must do nothing but
        write to the unit of work it is given.
        """
        self._effects.append(effect)

    def publish(self, event: Event) -> None:
        """Publish the event once the effects are committed (at most once)."""
        self._events.append(event)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once the effects are committed; it must not block or raise."""
        self._callbacks.append(callback)

    async def apply(self, uow: UnitOfWork) -> None:
        for effect in self._effects:
            await effect(uow)

    def committed(self) -> list[Event]:
        """Run the callbacks and return the events to publish."""
        for callback in self._callbacks:
            callback()
        return self._events


def current_effects() -> Effects | None:
    """The effects of the update being handled in this context."""
    return _current.get()


class collecting:  # noqa: N801  - a context manager, entered for every update
    """``with collecting(effects):`` what is written inside goes into ``effects``."""

    __slots__ = ("_effects", "_token")

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    def __enter__(self) -> None:
        self._token = _current.set(self._effects)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
