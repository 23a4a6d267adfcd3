"""Pictures that are drawn, and sizes read from files."""

from __future__ import annotations

import struct

import pytest

from sandbox.control.pictures import picture_size
from sandbox.seed_pictures import HEIGHT, SCENES, WIDTH, landscape


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_picture(scene: str) -> None:
    data, width, height = landscape(scene)
    assert picture_size(data) == (width, height) == (WIDTH, HEIGHT)


def test_sizes_are_read_from_headers() -> None:
    gif = b"GIF89a" + struct.pack("<HH", 30, 20)
    jpeg = (
        b"\xff\xd8\xff\xe0\x00\x10" + b"J" * 14 + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 7, 9)
    )
    assert picture_size(gif) == (30, 20)
    assert picture_size(jpeg + b"\x00" * 9) == (9, 7)
    assert picture_size(b"plain text") == (0, 0)
    assert picture_size(b"\xff\xd8\xff") == (0, 0)
