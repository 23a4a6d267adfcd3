"""Pictures that are drawn, and sizes read from files."""

from __future__ import annotations

import struct

import pytest

from sandbox.seed_images import HEIGHT, SCENES, WIDTH, landscape
from sandbox.world.image_size import size_of


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_picture(scene: str) -> None:
    data, width, height = landscape(scene)
    assert size_of(data) == (width, height) == (WIDTH, HEIGHT)


def test_sizes_are_read_from_headers() -> None:
    gif = b"GIF89a" + struct.pack("<HH", 30, 20)
    jpeg = (
        b"\xff\xd8\xff\xe0\x00\x10" + b"J" * 14 + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 7, 9)
    )
    assert size_of(gif) == (30, 20)
    assert size_of(jpeg + b"\x00" * 9) == (9, 7)
    assert size_of(b"RIFF\x00\x00\x00\x00WEBPVP8X" + b"\x00" * 8 + b"\x03\0\0\x04\0\0") == (4, 5)
    assert size_of(b"plain text") is None
    assert size_of(b"\xff\xd8\xff") is None
