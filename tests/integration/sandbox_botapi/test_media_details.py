"""What Telegram finds out about files by itself, as python-telegram-bot's live tests expect it
(https://github.com/python-telegram-bot/python-telegram-bot, ``tests/_files``)."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from aiogram import types as t

from sandbox.seed_images import landscape
from sandbox.world.media_info import MediaInfo, media_info
from sandbox.world.peers import Game
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


async def test_an_animated_sticker_has_a_thumbnail(stage: BotStage) -> None:
    """As the icons of topics have."""
    icons = await stage.aiogram.get_forum_topic_icon_stickers()
    assert (icons[0].thumbnail.width, icons[0].thumbnail.height) == (128, 128)


@pytest.mark.parametrize(("kind", "name"), [("document", "a.gif"), ("sticker", "a.webp")])
async def test_a_picture_from_another_machine_is_a_picture(
    stage: BotStage, kind: str, name: str
) -> None:
    send = getattr(stage.aiogram, f"send_{kind}")
    sent = getattr(await send(stage.person.id, f"https://example.com/{name}"), kind)
    assert sent.thumbnail.width == 320


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


async def test_a_chat_has_a_small_and_a_big_photo(stage: BotStage) -> None:
    group = stage.world.add_group(stage.person.id, "G")
    stage.world.join(stage.bot.id, group.id)
    group.photo = stage.world.files.put(photo(640, 640), "a.png", kind="photo")
    shown = (await stage.aiogram.get_chat(group.id)).photo
    assert shown.small_file_id != shown.big_file_id
    for one in (shown.small_file_id, shown.big_file_id):
        assert (await stage.aiogram.get_file(one)).file_path.startswith("photos/")


async def test_polls_their_options_and_explanations_have_media(stage: BotStage) -> None:
    """https://core.telegram.org/bots/api#pollmedia"""
    me = stage.person.id
    sent = await stage.aiogram.send_photo(me, upload(photo(600, 400), "a.png"))
    given = t.InputMediaPhoto(media=sent.photo[-1].file_id)
    asked = await stage.aiogram.send_poll(
        me,
        "Which?",
        [
            t.InputPollOption(text="a", media=t.InputMediaLocation(latitude=1, longitude=2)),
            t.InputPollOption(text="b", media=t.InputMediaLink(url="https://example.com/b")),
            t.InputPollOption(text="c"),
        ],
        type="quiz",
        correct_option_ids=[0],
        media=given,
        explanation="So it is",
        explanation_media=t.InputMediaVenue(latitude=1, longitude=2, title="Shop", address="1 St"),
    )
    first, second, third = asked.poll.options
    assert asked.poll.media.photo == sent.photo
    assert asked.poll.explanation_media.venue.title == "Shop"
    assert (first.media.location.latitude, second.media.link.url) == (1, "https://example.com/b")
    assert third.media is None


async def test_media_that_a_poll_cannot_have_are_refused(stage: BotStage) -> None:
    for media in ({"type": "sticker", "media": "x"}, {"type": "location", "latitude": 91}):
        answer = await stage.call(
            "sendPoll", chat_id=stage.person.id, question="?", options=["a", "b"], media=media
        )
        assert answer["error_code"] == 400


PAGE = "https://telegram.org/page"


@pytest.mark.parametrize(
    ("text", "given", "wanted"),
    [
        (f"see {PAGE}", None, {"url": PAGE}),
        ("see telegram.org", None, {"url": "http://telegram.org"}),
        (PAGE, {"show_above_text": True}, {"url": PAGE, "show_above_text": True}),
        (PAGE, {"url": "https://core.telegram.org"}, {"url": "https://core.telegram.org"}),
        (PAGE, {"is_disabled": True}, {"is_disabled": True}),
        ("http://shop.invalid", None, None),
        ("no link", None, None),
    ],
)
async def test_the_page_of_a_link_preview_is_named(
    stage: BotStage, text: str, given: dict[str, Any] | None, wanted: dict[str, Any] | None
) -> None:
    sent = await stage.call(
        "sendMessage", chat_id=stage.person.id, text=text, link_preview_options=given
    )
    assert sent["result"].get("link_preview_options") == wanted


async def test_a_game_shows_its_high_scores(stage: BotStage) -> None:
    """https://core.telegram.org/bots/api#game, ``text``"""
    me = stage.person.id
    stage.bot.games["chess"] = Game(title="Chess", description="For two")
    first = await stage.aiogram.send_game(me, "chess")
    assert first.game.animation.file_id
    assert first.game.text is None
    where = {"chat_id": me, "message_id": first.message_id}
    quiet = await stage.aiogram.set_game_score(me, 3, disable_edit_message=True, **where)
    assert quiet.game.text is None
    shown = await stage.aiogram.set_game_score(me, 5, **where)
    assert "5" in shown.game.text
    assert (await stage.aiogram.send_game(me, "chess")).game.text == shown.game.text
