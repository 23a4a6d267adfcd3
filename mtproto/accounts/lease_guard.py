"""Whether this process may use people's keys: only while it holds the data's lease.

One key used from two places at once is killed by Telegram (AUTH_KEY_DUPLICATED), so nothing
connects before the lease is held, and everything is cut at its deadline. Writes need no guard
of their own: the database fences each of them by the lease's epoch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tenants.domain.errors import OwnershipLost

Holds = Callable[[], bool]
"""Whether the lease is held at this moment."""

_LOOK_EVERY: Final = 0.1
"""Seconds; the lease's own margin before another may take it is longer."""


def always() -> bool:
    """Nobody else uses the data (tests, tools)."""
    return True


class Guard:
    """Closed until :meth:`open`."""

    def __init__(self) -> None:
        self._holds: Holds | None = None

    def open(self, holds: Holds = always) -> None:
        """Keys may be used from now on, as long as ``holds`` says so."""
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
        """Return once nothing may be used any more."""
        while self.holds:  # noqa: ASYNC110  # a deadline on a clock has no event
            await asyncio.sleep(_LOOK_EVERY)
