"""Journal of the updates being handled at this moment; it survives the process.

An update whose handler kills or hangs the process would do so again after each start and stop
all tenants' bots. The journal is a small memory-mapped file: an entry costs under a microsecond,
needs no commit, and survives the process (not the machine). Updates found in it at start were
being handled when the process died: they are handled one at a time from then on, and
dead-lettered once two processes died while handling them.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import struct
import time
from pathlib import Path
from typing import Final

import structlog

from tenants.store.inbox_sqlite import UpdateKey

log = structlog.get_logger(__name__)

_SLOT: Final = struct.Struct("<qqqq")
"""Tenant, update_id, process deaths before this try, start time (seconds since 1970)."""
_FREE: Final = _SLOT.pack(0, 0, 0, 0)
_SLOTS: Final = 4096
_KEPT: Final = 2 * 24 * 3600
"""Seconds after which an entry expires."""


class InFlightJournal:
    """Open it once the lease is held; until then, and without a file, nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._map: mmap.mmap | None = None
        self._free: list[int] = []
        self._slots: dict[UpdateKey, int] = {}
        self._suspects: dict[UpdateKey, int] = {}
        self.alone = asyncio.Lock()
        """Held while an update is handled that a process died of."""

    def open(self) -> None:
        """Read the last process's entries and begin to write. If the file can't be opened, that
        is logged and nothing is written."""
        if self._path is None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.ftruncate(descriptor, _SLOT.size * _SLOTS)
                self._map = mmap.mmap(descriptor, _SLOT.size * _SLOTS)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            log.warning("in-flight journal not opened", error=type(error).__name__)
            return
        self._read(self._map)
        if self._suspects:
            log.warning("updates were being handled when the process died", updates=len(self))

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None

    def __len__(self) -> int:
        return len(self._suspects)

    def deaths(self, key: UpdateKey) -> int:
        """How many processes died while handling this update."""
        return self._suspects.get(key, 0)

    def begin(self, key: UpdateKey) -> None:
        """Add an entry before the handler is called."""
        if self._map is None:
            return
        slot = self._slots.get(key)
        if slot is None:
            if not self._free:
                return
            slot = self._slots[key] = self._free.pop()
        deaths = self._suspects.get(key, 0)
        _SLOT.pack_into(self._map, slot * _SLOT.size, *key, deaths + 1, int(time.time()))

    def end(self, key: UpdateKey) -> None:
        """Remove the entry: the handler has ended, with or without an error."""
        slot = self._slots.pop(key, None)
        if slot is not None and self._map is not None:
            self._map[slot * _SLOT.size : (slot + 1) * _SLOT.size] = _FREE
            self._free.append(slot)
        if self._suspects:
            self._suspects.pop(key, None)

    def _read(self, found: mmap.mmap) -> None:
        oldest = time.time() - _KEPT
        for slot in range(_SLOTS):
            tenant_id, update_id, deaths, at = _SLOT.unpack_from(found, slot * _SLOT.size)
            if tenant_id and deaths > 0 and at > oldest:
                key: UpdateKey = (tenant_id, update_id)
                self._suspects[key] = deaths
                self._slots[key] = slot
            else:
                found[slot * _SLOT.size : (slot + 1) * _SLOT.size] = _FREE
                self._free.append(slot)
