"""Whether this process may use accounts' keys: only while it holds the data's lease.

Telegram revokes a key that is used from two places at once (AUTH_KEY_DUPLICATED), so nothing
connects before the lease is held, and all connections are closed at its deadline. Writes need
no guard: the database fences each of them by the lease's epoch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tenants.domain.errors import OwnershipLost

Holds = Callable[[], bool]
"""Whether the lease is held now."""

_LOOK_EVERY: Final = 0.1
"""Seconds between checks; shorter than the lease's margin before another may take it."""


def always() -> bool:
    """For tests and tools: no other process uses the data."""
    return True


class Guard:
    """Closed until :meth:`open`."""

    def __init__(self) -> None:
        self._holds: Holds | None = None

    def open(self, holds: Holds = always) -> None:
        """Allow the use of keys from now on, as long as ``holds`` returns True."""
        self._holds = holds

    def close(self) -> None:
        self._holds = None

    @property
    def holds(self) -> bool:
        return self._holds is not None and self._holds()

    def require(self) -> None:
        """Raises OwnershipLost when no key may be used."""
        if not self.holds:
            raise OwnershipLost(epoch=None)

    async def lost(self) -> None:
        """Return when keys may no longer be used."""
        while self.holds:  # noqa: ASYNC110  # a deadline on a clock has no event
            await asyncio.sleep(_LOOK_EVERY)
