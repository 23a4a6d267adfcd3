"""The world as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.world.logins import Logins
from sandbox.world.managed import Managed
from sandbox.world.taps import Callback


class World(Managed):
    """Everything there is. Each base adds one chapter; see their modules.

    core: lookups · roster: people and bots · talk: new messages · changes: edits, deletions ·
    forwards · taps: buttons · marks: pins, reactions, read · rooms: groups, channels ·
    topics · polls · managed: managed bots.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        logins: Logins | None = None,
        strict: bool = True,
    ) -> None:
        super().__init__(now=now, logins=logins, strict=strict)
        self.callbacks: dict[str, Callback] = {}
        self.found()
