"""What Telegram finds out about files by itself, as python-telegram-bot's live tests expect it
(https://github.com/python-telegram-bot/python-telegram-bot, ``tests/_files``)."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from aiogram import types as t

from sandbox.seed_pictures import landscape
from sandbox.world.media_info import MediaInfo, media_info
from tests.integration.sandbox_botapi.bot_stage import BotStage


def upload(data: bytes, name: str) -> t.BufferedInputFile:
    return t.BufferedInputFile(data, name)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def video(width: int, height: int, seconds: int, version: int = 0) -> bytes:
    """The headers of an MP4 file."""
    if version:
        times = struct.pack(">BxxxQQIQ", 1, 0, 0, 1000, seconds * 1000)
    else:
        times = struct.pack(">BxxxIIII", 0, 0, 0, 1000, seconds * 1000)
    track = bytes(76) + struct.pack(">II", width << 16, height << 16)
    movie = box(b"mvhd", times) + box(b"trak", box(b"tkhd", track))
    return box(b"ftyp", b"isom") + box(b"mdat", bytes(9)) + box(b"moov", movie)


def voice(seconds: int) -> bytes:
    """The first and the last page of an Ogg Opus file."""
    head = b"OggS" + bytes(24) + b"OpusHead\x01\x01" + struct.pack("<H", 312) + bytes(7)
    return head + b"OggS\x00\x04" + struct.pack("<q", 312 + seconds * 48_000) + bytes(14)


def photo(width: int, height: int) -> bytes:
    rows = (b"\0" + b"\xff" * width) * height
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize("version", [0, 1])
def test_size_and_length_are_read_from_a_video(version: int) -> None:
    known = media_info(video(360, 640, 5, version))
    assert known == MediaInfo(width=360, height=640, duration=5)


def test_nothing_is_known_of_broken_files() -> None:
    for data in (video(360, 640, 5), voice(3)):
        for length in range(len(data)):
            media_info(data[:length])
    assert media_info(b"\0\0\0\0ftyp") == media_info(b"words") == MediaInfo()


async def test_the_files_own_size_and_length_count(stage: BotStage) -> None:
    send: Any = stage.aiogram
    film = await send.send_video(
        stage.person.id, upload(video(360, 640, 5), "a.mp4"), width=1, height=1, duration=9
    )
    assert (film.video.width, film.video.height, film.video.duration) == (360, 640, 5)
    said = await send.send_voice(stage.person.id, upload(voice(3), "a.ogg"))
    assert said.voice.duration == 3
    round_one = await send.send_video_note(stage.person.id, upload(video(240, 240, 3), "b.mp4"))
    assert round_one.video_note.length == 240
    told = await send.send_voice(stage.person.id, upload(b"no sound", "c.ogg"), duration=7)
    assert told.voice.duration == 7, "what cannot be read is taken as given"


async def test_a_thumbnail_has_its_own_size(stage: BotStage) -> None:
    sent = await stage.aiogram.send_audio(
        stage.person.id, upload(b"music", "a.mp3"), thumbnail=upload(photo(50, 40), "t.png")
    )
    shown = sent.audio.thumbnail
    assert (shown.width, shown.height) == (50, 40)


async def test_stickers_and_image_files_get_a_thumbnail(stage: BotStage) -> None:
    data, _, _ = landscape("sea")
    for kind, name in (("document", "a.png"), ("sticker", "a.webp")):
        send = getattr(stage.aiogram, f"send_{kind}")
        sent = getattr(await send(stage.person.id, upload(data, name)), kind)
        assert (sent.thumbnail.width, sent.thumbnail.height) == (320, 213)
    plain = await stage.aiogram.send_document(stage.person.id, upload(b"text", "a.txt"))
    assert plain.document.thumbnail is None


async def test_a_photo_is_kept_in_1280_at_most(stage: BotStage) -> None:
    send = stage.aiogram.send_photo
    sent = await send(stage.person.id, upload(photo(1920, 1080), "a.png"))
    assert [(one.width, one.height) for one in sent.photo] == [
        (90, 51),
        (320, 180),
        (800, 450),
        (1280, 720),
    ]
    for size in sent.photo:
        again = await send(stage.person.id, size.file_id)
        assert again.photo == sent.photo


async def test_a_live_photo_stands_in_albums_and_takes_the_place_of_media(stage: BotStage) -> None:
    """https://core.telegram.org/bots/api#inputmedialivephoto"""
    me = stage.person.id
    film = await stage.aiogram.send_video(me, upload(video(600, 400, 2), "a.mp4"))
    still = await stage.aiogram.send_photo(me, upload(photo(600, 400), "a.png"))
    live = t.InputMediaLivePhoto(media=film.video.file_id, photo=still.photo[-1].file_id)
    first, second = await stage.aiogram.send_media_group(
        me, [live, t.InputMediaPhoto(media=still.photo[-1].file_id)]
    )
    assert (first.live_photo.duration, first.live_photo.width) == (2, 600)
    edited = await stage.aiogram.edit_message_media(live, chat_id=me, message_id=second.message_id)
    assert edited.live_photo.photo == still.photo
