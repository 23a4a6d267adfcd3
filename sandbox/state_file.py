"""The world in a file: a killed sandbox is restored at the next start.

The file has tokens, auth keys and texts unencrypted, mode 0600: use no real data.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sandbox.botapi.update_queue import Mailboxes, SavedMailbox
from sandbox.world import World, WorldEvent, WorldState

log = logging.getLogger(__name__)

SAVE_AFTER = 0.1
"""Seconds from a change to its writing; a kill loses at most these. A large world, which takes
long to write, is written less often."""
SHARE = 10
"""At most a tenth of the time is spent on writing."""


@dataclass(slots=True, kw_only=True)
class Saved:
    """Everything that is saved."""

    world: WorldState
    mailboxes: dict[int, SavedMailbox] = field(default_factory=dict)
    logins: dict[str, Any] = field(default_factory=dict)


class StateFile:
    """Writes the world soon after each change, and reads it back.

    Args:
        path: the file. A new one is written beside it and replaces it, so that it is
            always complete.
    """

    def __init__(self, path: Path, world: World, mailboxes: Mailboxes) -> None:
        self._path = path
        self._world = world
        self._mailboxes = mailboxes
        self._timer: asyncio.TimerHandle | None = None
        self._took = 0.0
        """Duration of the last writing in seconds."""
        self._ends: list[Callable[[], None]] = []

    def load(self) -> bool:
        """Load the saved world. False when there is no file yet.

        Raises:
            ValueError: the file is not a state file.
        """
        if not self._path.exists():
            return False
        try:
            saved = msgspec.json.decode(self._path.read_bytes(), type=Saved)
        except msgspec.MsgspecError as error:
            raise ValueError(f"{self._path} is not a sandbox's state file: {error}") from error
        self._world.restore(saved.world)
        self._mailboxes.restore(saved.mailboxes)
        if saved.logins:
            self._world.logins.from_state(saved.logins)
        return True

    def watch(self) -> None:
        """Save after changes from now on."""
        self._ends = [
            self._world.hub.listen(self._on_world),
            self._world.logins.listen(lambda _event: self.touch()),
        ]
        self._mailboxes.on_change = self.touch

    def _on_world(self, _event: WorldEvent) -> None:
        self.touch()

    def touch(self) -> None:
        """Something changed."""
        if self._timer is None:
            wait = max(SAVE_AFTER, SHARE * self._took)
            self._timer = asyncio.get_running_loop().call_later(wait, self.save)

    def save(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        begun = time.perf_counter()
        saved = Saved(
            world=self._world.state,
            mailboxes=self._mailboxes.saved(),
            logins=self._world.logins.to_state(),
        )
        beside = self._path.with_name(self._path.name + ".new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(saved))
        beside.replace(self._path)
        self._took = time.perf_counter() - begun

    def close(self) -> None:
        """Save once more and stop watching."""
        for end in self._ends:
            end()
        self._ends = []
        self._mailboxes.on_change = None
        self.save()
