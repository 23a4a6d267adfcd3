"""Photos, files, contacts and places inside messages."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Any

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.world.content_models import Content, Media, StoredFile

HOME_DC = 2


def media_out(content: Content, date: int) -> Any:
    """A message's media, None for a text."""
    if content.media is not None:
        return _file_out(content.media, date)
    if content.contact is not None:
        contact = content.contact
        return types.MessageMediaContact(
            contact.phone_number,
            contact.first_name,
            contact.last_name,
            contact.vcard,
            contact.user_id or 0,
        )
    if content.location is not None:
        place = content.location
        return types.MessageMediaGeo(types.GeoPoint(place.longitude, place.latitude, 0))
    if content.poll is not None or content.dice is not None or content.special is not None:
        return types.MessageMediaUnsupported()
    return None


def _file_out(media: Media, date: int) -> Any:
    number = number_of(media.file)
    if media.kind == "photo":
        size = types.PhotoSize("y", media.width, media.height, media.file.size)
        photo = types.Photo(number, number, b"", tl_codec.moment(date), [size], HOME_DC)
        return types.MessageMediaPhoto(photo=photo, spoiler=media.spoiler or None)
    document = types.Document(
        number,
        number,
        b"",
        tl_codec.moment(date),
        media.file.mime,
        media.file.size,
        HOME_DC,
        _attributes(media),
    )
    return types.MessageMediaDocument(
        document=document,
        spoiler=media.spoiler or None,
        video=media.kind == "video" or None,
        voice=media.kind == "voice" or None,
        round=media.kind == "video_note" or None,
    )


def _attributes(media: Media) -> list[Any]:
    attributes: list[Any] = [types.DocumentAttributeFilename(media.file.name)]
    match media.kind:
        case "video" | "animation" | "video_note":
            attributes.append(
                types.DocumentAttributeVideo(
                    float(media.duration),
                    media.width,
                    media.height,
                    round_message=media.kind == "video_note" or None,
                )
            )
        case "audio" | "voice":
            attributes.append(
                types.DocumentAttributeAudio(
                    media.duration,
                    voice=media.kind == "voice" or None,
                    title=media.title or None,
                    performer=media.performer or None,
                )
            )
        case "sticker":
            empty = types.InputStickerSetEmpty()
            attributes.append(types.DocumentAttributeSticker(media.emoji, empty))
    if media.kind == "animation":
        attributes.append(types.DocumentAttributeAnimated())
    return attributes


def number_of(file: StoredFile) -> int:
    """A file's 64-bit id, from the unique id."""
    (number,) = struct.unpack("<q", sha256(file.unique_id.encode()).digest()[:8])
    return int(number)
