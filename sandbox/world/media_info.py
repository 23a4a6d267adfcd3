"""Size and duration as Telegram reads them from videos and voice messages.

It uses these, whatever the sender gave, as python-telegram-bot's live tests show
(``tests/_files/test_voice.py``, ``test_videonote.py``); unreadable values are the sender's.
MP4: ISO/IEC 14496-12 (``mvhd``, ``tkhd``). Ogg: https://www.rfc-editor.org/rfc/rfc3533,
Opus in it: https://www.rfc-editor.org/rfc/rfc7845.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_OPUS_RATE = 48_000
_MOST_BOXES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Pixels and whole seconds; 0 when unknown."""

    width: int = 0
    height: int = 0
    duration: int = 0


def media_info(data: bytes) -> MediaInfo:
    """Of an MP4 or Ogg file; zeros for any other, or a broken one."""
    try:
        if data[4:8] == b"ftyp":
            return _mp4(data)
        if data.startswith(b"OggS"):
            return MediaInfo(duration=_ogg_seconds(data))
    except (struct.error, IndexError):
        pass
    return MediaInfo()


def _mp4(data: bytes) -> MediaInfo:
    duration = width = height = 0
    movie = next((body for name, body in _boxes(data) if name == b"moov"), b"")
    for name, body in _boxes(movie):
        if name == b"mvhd":
            duration = _movie_seconds(body)
        elif name == b"trak" and not width:
            width, height = _track_size(body)
    return MediaInfo(width=width, height=height, duration=duration)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 8 > len(data):
            return
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + size if size else len(data)
        if end < at + head:
            return
        yield data[at + 4 : at + 8], data[at + head : end]
        at = end


def _movie_seconds(body: bytes) -> int:
    if body[0] == 1:
        scale, length = struct.unpack(">IQ", body[20:32])
    else:
        scale, length = struct.unpack(">II", body[12:20])
    return round(length / scale) if scale else 0


def _track_size(body: bytes) -> tuple[int, int]:
    """Of a track that is shown; its header ends with both as 16.16 fixed-point numbers."""
    header = next((inner for name, inner in _boxes(body) if name == b"tkhd"), b"")
    width, height = struct.unpack(">II", header[-8:])
    return width >> 16, height >> 16


def _ogg_seconds(data: bytes) -> int:
    """By the last page's position, in samples."""
    last = data.rfind(b"OggS")
    samples: int = struct.unpack("<q", data[last + 6 : last + 14])[0]
    opus = data.find(b"OpusHead", 0, 512)
    vorbis = data.find(b"\x01vorbis", 0, 512)
    if opus >= 0:
        skipped: int = struct.unpack("<H", data[opus + 10 : opus + 12])[0]
        return max(round((samples - skipped) / _OPUS_RATE), 0)
    if vorbis >= 0:
        rate: int = struct.unpack("<I", data[vorbis + 12 : vorbis + 16])[0]
        return max(round(samples / rate), 0) if rate else 0
    return 0
