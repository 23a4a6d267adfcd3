"""Uploaded parts of files, kept until the file is sent."""

from __future__ import annotations

from collections import OrderedDict

from sandbox.mtproto.errors import RpcRefusal

LARGEST_PART = 512 * 1024
MOST_BYTES = 20 * 1024 * 1024
"""Limit of one file in the sandbox; Telegram accepts 2 GB."""
MOST_FILES = 50


class Uploads:
    """By person and the id they chose, the oldest dropped first."""

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[int, int], dict[int, bytes]] = OrderedDict()

    def keep(self, user_id: int, file_id: int, part: int, data: bytes) -> None:
        """https://core.telegram.org/method/upload.saveFilePart

        Raises:
            RpcRefusal: FILE_PART_INVALID, FILE_PART_EMPTY, FILE_PART_TOO_BIG, FILE_PARTS_INVALID.
        """
        if part < 0:
            raise RpcRefusal(400, "FILE_PART_INVALID")
        if not data:
            raise RpcRefusal(400, "FILE_PART_EMPTY")
        if len(data) > LARGEST_PART:
            raise RpcRefusal(400, "FILE_PART_TOO_BIG")
        parts = self._parts.setdefault((user_id, file_id), {})
        if sum(map(len, parts.values())) + len(data) > MOST_BYTES:
            raise RpcRefusal(400, "FILE_PARTS_INVALID")
        parts[part] = data
        if len(self._parts) > MOST_FILES:
            self._parts.popitem(last=False)

    def take(self, user_id: int, file_id: int, parts: int) -> bytes:
        """The complete file; its parts are dropped.

        Raises:
            RpcRefusal: FILE_PART_x_MISSING, FILE_PARTS_INVALID.
        """
        kept = self._parts.get((user_id, file_id))
        if kept is None or parts < 1:
            raise RpcRefusal(400, "FILE_PARTS_INVALID")
        for part in range(parts):
            if part not in kept:
                raise RpcRefusal(400, f"FILE_PART_{part}_MISSING")
        del self._parts[user_id, file_id]
        return b"".join(kept[part] for part in range(parts))
