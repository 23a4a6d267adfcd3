"""Files: their bytes stored once, and a file_id for each bot.

A file_id is valid for the bot that got it and no other.
https://core.telegram.org/bots/api#sending-files
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from dataclasses import replace

from sandbox.world.content_models import Media, StoredFile
from sandbox.world.errors import bad_request

_FOLDERS = {"image": "photos", "video": "videos", "audio": "music"}
_KINDS = {
    "photo": ("photos", ".jpg", "image/jpeg"),
    "document": ("documents", "", "application/octet-stream"),
    "video": ("videos", ".mp4", "video/mp4"),
    "audio": ("music", ".mp3", "audio/mpeg"),
    "voice": ("voice", ".oga", "audio/ogg"),
    "animation": ("animations", ".mp4", "video/mp4"),
    "sticker": ("stickers", ".webp", "image/webp"),
    "live_photo": ("videos", ".mp4", "video/mp4"),
    "video_note": ("video_notes", ".mp4", "video/mp4"),
    "thumbnail": ("thumbnails", ".jpg", "image/jpeg"),
}
"""Folder, ending and type of what is sent as this, when its name does not show it."""
WRONG_ID = "wrong file identifier/HTTP URL specified"
PHOTO_BOXES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))
"""Sizes of a photo, by the longer side. https://core.telegram.org/api/files#image-thumbnail-types"""
LARGEST_SIDE = 1280
CHAT_PHOTO = (640, 640)
STICKER = (512, 512)
THUMBNAIL_SIDE = 320
Sized = tuple[StoredFile, int, int]


class FileStore:
    """Keeps bytes under their digest, so that the same bytes are the same file."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        """By unique id."""
        self.blobs: dict[str, bytes] = {}
        self.media: dict[str, Media] = {}
        """What a file was last sent as, by unique id: sent again by its id it is the same. Not
        kept over restarts."""

    def put(self, data: bytes, name: str, mime: str = "", kind: str = "") -> StoredFile:
        """Keep a file; the same bytes under the same name are the same file.

        Args:
            kind: what it is sent as. It decides the folder, and with the name the type.
        """
        unique_id = _unique(kind.encode() + name.encode() + b"\0" + data)
        known = self.files.get(unique_id)
        if known is not None:
            return known
        guessed = mimetypes.guess_type(name)[0]
        suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
        if kind:
            folder, ending, usual = _KINDS.get(kind, _KINDS["document"])
            mime = usual if kind in ("photo", "voice") else guessed or usual
            suffix = ending if kind == "photo" else suffix or ending
        else:
            mime = mime or guessed or "application/octet-stream"
            folder = _FOLDERS.get(mime.partition("/")[0], "documents")
        stored = StoredFile(
            file_id=_id_for(unique_id, 0),
            unique_id=unique_id,
            path=f"{folder}/file_{len(self.files)}{_plain(suffix)}",
            name=name,
            mime=mime,
            size=len(data),
            kind=kind,
        )
        self.files[unique_id] = stored
        self.blobs[unique_id] = data
        return stored

    def sizes(self, photo: StoredFile, width: int, height: int) -> list[Sized]:
        """A photo's sizes, the smallest first. They share its bytes, and are the same whichever
        of them is given. The largest is the photo itself, unless it is larger than Telegram
        keeps."""
        whole = self.files[photo.blob] if photo.blob else photo
        longest = max(width, height)
        found = [
            self._smaller(whole, letter, width, height, box / longest)
            for letter, box in PHOTO_BOXES
            if box < longest
        ]
        return found if longest > LARGEST_SIDE else [*found, (whole, width, height)]

    def thumbnail(self, file: StoredFile, width: int, height: int) -> Sized:
        """A picture that fits into 320 × 320: the file itself, or a smaller size of it."""
        longest = max(width, height)
        if longest <= THUMBNAIL_SIDE:
            return file, width, height
        return self._smaller(file, "m", width, height, THUMBNAIL_SIDE / longest)

    def sticker_thumbnail(self, sticker: StoredFile) -> Sized:
        """Of an animated or a video sticker, 128 × 128. The sandbox draws none: its bytes are
        the sticker's. https://core.telegram.org/bots/api#sticker"""
        return self._smaller(sticker, "m", *STICKER, scale=0.25)

    def chat_photo(self, photo: StoredFile) -> StoredFile:
        """The small one, 160 × 160, of a chat's photo. https://core.telegram.org/bots/api#chatphoto"""
        return self._smaller(photo, "a", *CHAT_PHOTO, scale=0.25)[0]

    def _smaller(
        self, photo: StoredFile, letter: str, width: int, height: int, scale: float
    ) -> Sized:
        unique_id = _unique(f"{photo.unique_id}:{letter}".encode())
        if unique_id not in self.files:
            self.files[unique_id] = replace(
                photo,
                file_id=_id_for(unique_id, 0),
                unique_id=unique_id,
                path=f"photos/file_{len(self.files)}.jpg",
                size=max(int(photo.size * scale * scale), 1),
                blob=photo.blob or photo.unique_id,
            )
        shown = max(round(width * scale), 1), max(round(height * scale), 1)
        return self.files[unique_id], *shown

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
        return self.blobs[file.blob or file.unique_id]


def _unique(data: bytes) -> str:
    digest = hashlib.sha256(data).digest()
    return "AQAD" + base64.urlsafe_b64encode(digest[:12]).decode().rstrip("=")


def _plain(suffix: str) -> str:
    """A file extension that is valid in a path."""
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,10}", suffix) else ""


def _id_for(unique_id: str, viewer_id: int) -> str:
    mark = hashlib.sha256(f"{unique_id}:{viewer_id}".encode()).digest()[:15]
    return "BQAC" + unique_id[4:] + base64.urlsafe_b64encode(mark).decode()
