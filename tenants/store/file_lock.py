"""An operating system lock on a file, held by one process until it ends.

The kernel releases it when the process ends for any reason. It needs no renewal, no disk
writes and no database, so that a full disk, a locked database or a blocked event loop cannot
lose it.

https://man7.org/linux/man-pages/man2/flock.2.html,
https://learn.microsoft.com/en-us/cpp/c-runtime-library/reference/locking
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

_NOTE_BYTES: Final = 512
_FIRST_BYTE: Final = 4096
"""Windows locks a range of bytes, which others cannot read: the byte after the note."""


class FileLock:
    """Two objects on one path exclude each other, also in one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        return self._handle is not None

    def acquire(self) -> bool:
        """Take the lock without waiting. False: another holds it.

        Raises:
            OSError: the file can't be created, or its file system supports no locks.
        """
        while self._handle is None:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            if not _lock(handle):
                os.close(handle)
                return False
            if _is_at(handle, self.path):
                self._handle = handle
                return True
            os.close(handle)  # Removed between opening and locking: the path is another file.
        return True

    def in_place(self) -> bool:
        """Whether the locked file is still the one at the path: if it was removed, another
        process could lock a new file."""
        return self._handle is not None and _is_at(self._handle, self.path)

    def note(self, text: str) -> None:
        """Write a note for :meth:`read` by others. A full disk is not an error."""
        assert self._handle is not None, "held"
        data = text.encode()[:_NOTE_BYTES]
        with contextlib.suppress(OSError):
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, data.ljust(_NOTE_BYTES))

    def read(self) -> str:
        """The note of the current or last holder; empty when there is none."""
        with contextlib.suppress(OSError):
            return self.path.read_bytes()[:_NOTE_BYTES].decode(errors="replace").strip()
        return ""

    def release(self) -> None:
        """Release. The file stays: removing it would allow two processes to hold the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    mine = os.fstat(handle)
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        os.lseek(handle, _FIRST_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
