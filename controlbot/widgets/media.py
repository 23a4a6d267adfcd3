"""Images generated in memory."""

from __future__ import annotations

import hashlib
from io import BytesIO

import segno
from aiogram.types import ContentType
from aiogram_dialog.api.entities import MediaAttachment, MediaId
from aiogram_dialog.api.protocols import MediaIdStorageProtocol

MADE = "made:"


class GeneratedPhoto(MediaAttachment):
    """A generated PNG. It has no URL, so it is never cached by Telegram's file id."""

    def __init__(self, data: bytes, filename: str) -> None:
        digest = hashlib.sha256(data).hexdigest()
        super().__init__(ContentType.PHOTO, url=MADE + digest)
        self.data = data
        self.filename = filename


def qr_photo(text: str) -> GeneratedPhoto:
    """``text`` as a QR code, large and with a quiet zone, so that phones can read it."""
    buffer = BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="png", scale=10, border=4)
    return GeneratedPhoto(buffer.getvalue(), "qr.png")


class MediaIds(MediaIdStorageProtocol):
    """File ids by bot: one bot's file id is not valid for another.

    The library's own storage ignores the bot. Only the control bot draws windows here and its
    images are generated each time, so nothing is stored.
    """

    async def get_media_id(self, *_key: object, **_more: object) -> MediaId | None:
        return None

    async def save_media_id(self, *_key: object, **_more: object) -> None:
        return None
