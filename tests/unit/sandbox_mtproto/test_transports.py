"""Each framing, told apart by its first bytes and read back."""

from __future__ import annotations

import asyncio
import os
import struct
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox.mtproto.transports import BadPacketError, detect

PACKETS = [
    b"ping",
    bytes(16) + struct.pack("<i", 40) + os.urandom(40),
    os.urandom(24 + 480),
    os.urandom(24 + 496),
    os.urandom(24 + 4096),
]


class Sink:
    """Collects what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


def abridged(packet: bytes) -> bytes:
    words = len(packet) // 4
    return (bytes([words]) if words < 127 else b"\x7f" + words.to_bytes(3, "little")) + packet


def intermediate(packet: bytes) -> bytes:
    return struct.pack("<I", len(packet)) + packet


def padded(packet: bytes) -> bytes:
    most = 15 if len(packet) > 20 else 3
    return intermediate(packet + os.urandom(most))


def full(packets: list[bytes]) -> bytes:
    framed = b""
    for number, packet in enumerate(packets):
        bare = struct.pack("<ii", len(packet) + 12, number) + packet
        framed += bare + struct.pack("<I", zlib.crc32(bare))
    return framed


def stream(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def received(data: bytes) -> tuple[Any, Sink, list[bytes]]:
    sink = Sink()
    transport = await detect(stream(data), sink)  # type: ignore[arg-type]
    return transport, sink, [await transport.receive() for _ in PACKETS]


PLAIN = {
    "abridged": b"\xef" + b"".join(map(abridged, PACKETS)),
    "intermediate": b"\xee" * 4 + b"".join(map(intermediate, PACKETS)),
    "padded": b"\xdd" * 4 + b"".join(map(padded, PACKETS)),
    "full": full(PACKETS),
}


@pytest.mark.parametrize("name", PLAIN)
async def test_detected_and_read(name: str) -> None:
    transport, _sink, packets = await received(PLAIN[name])
    assert type(transport).__name__.lower() == name
    assert packets == PACKETS


@pytest.mark.parametrize("name", PLAIN)
async def test_what_is_sent_is_read_by_the_same_rules(name: str) -> None:
    transport, sink, _ = await received(PLAIN[name])
    for packet in PACKETS:
        transport.send(packet)
    mark = {"abridged": b"\xef", "intermediate": b"\xee" * 4, "padded": b"\xdd" * 4, "full": b""}
    _, _, packets = await received(mark[name] + sink.written)
    assert packets == PACKETS


@pytest.mark.parametrize(
    ("tag", "framed"),
    [
        (b"\xef" * 4, abridged),
        (b"\xee" * 4, intermediate),
        (b"\xdd" * 4, padded),
    ],
)
async def test_obfuscated_both_ways(tag: bytes, framed: Any) -> None:
    header = b"\x01" * 8 + os.urandom(48) + tag + os.urandom(4)
    client_out = counter(header[8:40], header[40:56])
    client_in = counter(header[55:23:-1], header[23:7:-1])
    hidden = header[:56] + client_out.update(header)[56:]
    body = client_out.update(b"".join(map(framed, PACKETS)))
    transport, sink, packets = await received(hidden + body)
    assert packets == PACKETS
    transport.send(PACKETS[0])
    answer = client_in.update(sink.written)
    assert PACKETS[0] in answer


def counter(key: bytes, initial: bytes) -> Any:
    return Cipher(algorithms.AES(key), modes.CTR(initial)).encryptor()


async def test_broken_checksum() -> None:
    data = bytearray(full([b"ping"]))
    data[-1] ^= 1
    transport = await detect(stream(bytes(data)), Sink())  # type: ignore[arg-type]
    with pytest.raises(BadPacketError):
        await transport.receive()


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF])
async def test_absurd_length(length: int) -> None:
    data = b"\xee" * 4 + struct.pack("<I", length)
    transport = await detect(stream(data), Sink())  # type: ignore[arg-type]
    with pytest.raises(BadPacketError):
        await transport.receive()


async def test_obfuscation_of_nothing_known() -> None:
    with pytest.raises(BadPacketError):
        await detect(stream(b"\x01" * 64), Sink())  # type: ignore[arg-type]
