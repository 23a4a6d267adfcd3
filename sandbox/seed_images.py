"""Pictures for the demo, generated, so that the repository has no binary files for them."""

from __future__ import annotations

import math
import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 480, 320

Colour = tuple[int, int, int]
Layer = tuple[float, float, float, Colour]
"""Height, amplitude, frequency and colour."""

SCENES: dict[str, tuple[Colour, Colour, tuple[Layer, ...]]] = {
    "hills": (
        (255, 190, 120),
        (250, 235, 200),
        (
            (0.50, 0.06, 1.3, (196, 150, 120)),
            (0.62, 0.07, 2.1, (140, 140, 84)),
            (0.76, 0.05, 1.7, (88, 118, 62)),
            (0.90, 0.03, 3.1, (52, 86, 48)),
        ),
    ),
    "sea": (
        (92, 156, 214),
        (248, 214, 190),
        (
            (0.56, 0.00, 1.0, (70, 140, 176)),
            (0.70, 0.01, 5.0, (48, 116, 156)),
            (0.84, 0.012, 4.0, (34, 92, 132)),
            (0.95, 0.02, 1.4, (214, 188, 150)),
        ),
    ),
}
SUN = (0.72, 0.34, 0.085)
"""Position and size of the sun, as fractions of the picture."""


@cache
def landscape(scene: str) -> tuple[bytes, int, int]:
    """A PNG of the picture, its width and its height."""
    top, low, layers = SCENES[scene]
    heights = [[_edge(layer, x) for x in range(WIDTH)] for layer in layers]
    rows = bytearray()
    for y in range(HEIGHT):
        sky = _mix(top, low, min(1.0, y / (HEIGHT * 0.6)))
        rows.append(0)
        for x in range(WIDTH):
            colour = sky
            for edge, layer in zip(heights, layers, strict=True):
                if y >= edge[x]:
                    colour = layer[3]
            rows += bytes(_lit(x, y) if colour is sky and _in_sun(x, y) else colour)
    return _png(bytes(rows)), WIDTH, HEIGHT


def _edge(layer: Layer, x: int) -> float:
    stands, sways, often, _ = layer
    turn = x / WIDTH * math.tau * often
    return HEIGHT * (stands + sways * math.sin(turn + often) + sways / 3 * math.sin(turn * 2.7))


def _in_sun(x: int, y: int) -> bool:
    return math.hypot(x - SUN[0] * WIDTH, y - SUN[1] * HEIGHT) < SUN[2] * WIDTH


def _lit(x: int, y: int) -> Colour:
    return _mix((255, 246, 214), (255, 226, 150), (x + y) / (WIDTH + HEIGHT))


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _png(rows: bytes) -> bytes:
    """https://www.w3.org/TR/png-3/"""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
