"""Files: their bytes once, however often they are sent, and a file_id for each bot.

A file_id is good for the bot that got it and no other.
https://core.telegram.org/bots/api#sending-files
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes

from sandbox.world.errors import bad_request
from sandbox.world.values import StoredFile

_FOLDERS = {"image": "photos", "video": "videos", "audio": "music"}
WRONG_ID = "wrong file identifier/HTTP URL specified"


class FileStore:
    """Keeps bytes under their digest, so that the same bytes are the same file."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        """By unique id."""
        self.blobs: dict[str, bytes] = {}

    def put(self, data: bytes, name: str, mime: str = "") -> StoredFile:
        """Keep a file; the same bytes under the same name are the same file."""
        mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        digest = hashlib.sha256(name.encode() + b"\0" + data).digest()
        unique_id = "AQAD" + base64.urlsafe_b64encode(digest[:12]).decode().rstrip("=")
        known = self.files.get(unique_id)
        if known is not None:
            return known
        folder = _FOLDERS.get(mime.partition("/")[0], "documents")
        suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
        stored = StoredFile(
            file_id=_id_for(unique_id, 0),
            unique_id=unique_id,
            path=f"{folder}/file_{len(self.files)}{suffix}",
            name=name,
            mime=mime,
            size=len(data),
        )
        self.files[unique_id] = stored
        self.blobs[unique_id] = data
        return stored

    def id_for(self, file: StoredFile, viewer_id: int) -> str:
        """The file_id a bot is shown."""
        return _id_for(file.unique_id, viewer_id)

    def by_id(self, file_id: str, viewer_id: int) -> StoredFile:
        """The file behind a file_id.

        Raises:
            ApiError: it is no file_id, or another bot's.
        """
        unique_id = file_id[4:20]
        file = self.files.get("AQAD" + unique_id)
        if file is None or file_id != _id_for(file.unique_id, viewer_id):
            raise bad_request(WRONG_ID)
        return file

    def by_path(self, path: str) -> StoredFile | None:
        return next((file for file in self.files.values() if file.path == path), None)

    def data(self, file: StoredFile) -> bytes:
        return self.blobs[file.unique_id]


def _id_for(unique_id: str, viewer_id: int) -> str:
    mark = hashlib.sha256(f"{unique_id}:{viewer_id}".encode()).digest()[:15]
    return "BQAC" + unique_id[4:] + base64.urlsafe_b64encode(mark).decode()
