"""The ways MTProto packets are framed over TCP, detected by a connection's first bytes.

https://core.telegram.org/mtproto/mtproto-transports
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import zlib
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

ABRIDGED = b"\xef"
INTERMEDIATE = b"\xee\xee\xee\xee"
PADDED = b"\xdd\xdd\xdd\xdd"
LONGEST_PACKET = 16 * 1024 * 1024
OBFUSCATED_HEADER = 64
PLAIN_HEAD = 20
SEALED_HEAD = 24


class BadPacketError(Exception):
    """The bytes are not a packet of this transport."""


class Wire(Protocol):
    """A two-way stream of bytes: plain, or under obfuscation."""

    async def read(self, count: int) -> bytes: ...

    def write(self, data: bytes) -> None: ...


class Transport(Protocol):
    """Packets over a byte stream."""

    async def receive(self) -> bytes:
        """The next packet.

        Raises:
            asyncio.IncompleteReadError: the peer went away.
            BadPacketError: the bytes are not a packet.
        """
        ...

    def send(self, packet: bytes) -> None: ...


class PlainWire:
    """The socket itself, with the bytes already read put back."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ahead: bytes = b""
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._ahead = ahead

    async def read(self, count: int) -> bytes:
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        if len(taken) < count:
            taken += await self._reader.readexactly(count - len(taken))
        return taken

    def write(self, data: bytes) -> None:
        self._writer.write(data)


class ObfuscatedWire:
    """AES-256-CTR both ways, its keys taken from the client's first 64 bytes.

    https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
    """

    def __init__(self, wire: Wire, header: bytes) -> None:
        self._wire = wire
        backwards = header[55:7:-1]
        self._incoming = _counter(header[8:40], header[40:56])
        self._outgoing = _counter(backwards[:32], backwards[32:48])
        self.tag = self._incoming.update(header)[56:60]

    async def read(self, count: int) -> bytes:
        return self._incoming.update(await self._wire.read(count))

    def write(self, data: bytes) -> None:
        self._wire.write(self._outgoing.update(data))


def _counter(key: bytes, initial: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.CTR(initial)).encryptor()


class Full:
    """Length, sequence number, packet, CRC-32."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._sent = 0

    async def receive(self) -> bytes:
        head = await self._wire.read(8)
        length = _checked(struct.unpack_from("<i", head)[0] - 8, least=4)
        body = await self._wire.read(length)
        if struct.unpack("<I", body[-4:])[0] != zlib.crc32(head + body[:-4]):
            raise BadPacketError("checksum")
        return body[:-4]

    def send(self, packet: bytes) -> None:
        framed = struct.pack("<ii", len(packet) + 12, self._sent) + packet
        self._sent += 1
        self._wire.write(framed + struct.pack("<I", zlib.crc32(framed)))


class Abridged:
    """One byte of length in words of four, or 0x7f and three bytes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def receive(self) -> bytes:
        words = (await self._wire.read(1))[0] & 0x7F  # the top bit asks for a quick ack
        if words == 0x7F:
            words = int.from_bytes(await self._wire.read(3), "little")
        return await self._wire.read(_checked(words * 4))

    def send(self, packet: bytes) -> None:
        words = len(packet) // 4
        short = words < 0x7F
        head = bytes([words]) if short else b"\x7f" + words.to_bytes(3, "little")
        self._wire.write(head + packet)


class Intermediate:
    """Four bytes of length."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def receive(self) -> bytes:
        (length,) = struct.unpack("<I", await self._wire.read(4))
        return await self._wire.read(_checked(length & 0x7FFFFFFF))

    def send(self, packet: bytes) -> None:
        self._wire.write(struct.pack("<I", len(packet)) + packet)


class Padded(Intermediate):
    """The same with up to 15 random bytes after it; its length follows from its format."""

    async def receive(self) -> bytes:
        packet = await super().receive()
        return packet[: _own_length(packet)]

    def send(self, packet: bytes) -> None:
        """Pads by 3 at most, so that clients that cut to a multiple of four work too."""
        super().send(packet + os.urandom(os.urandom(1)[0] % 4))


def _own_length(packet: bytes) -> int:
    """Key id 0, message id, length, message; or key id, message key, blocks of 16 bytes."""
    if len(packet) < PLAIN_HEAD:
        return len(packet) // 4 * 4
    if packet[:8] == bytes(8):
        return PLAIN_HEAD + int(struct.unpack_from("<i", packet, 16)[0])
    return SEALED_HEAD + (len(packet) - SEALED_HEAD) // 16 * 16


def hang_up(writer: asyncio.StreamWriter) -> None:
    """Abort a connection: the peer gets a reset, not an end of file."""
    lingering = struct.pack("ii", 1, 0)
    socket_ = writer.get_extra_info("socket")
    if socket_ is not None:
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    writer.transport.abort()


def _checked(length: int, least: int = 1) -> int:
    if not least <= length <= LONGEST_PACKET:
        raise BadPacketError("length")
    return length


BY_TAG: dict[bytes, type[Abridged] | type[Intermediate]] = {
    ABRIDGED * 4: Abridged,
    INTERMEDIATE: Intermediate,
    PADDED: Padded,
}


async def detect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Transport:
    """Detect the framing by a new connection's first bytes.

    Raises:
        asyncio.IncompleteReadError: the peer went away.
        BadPacketError: an obfuscated stream of an unknown transport.
    """
    first = await reader.readexactly(1)
    if first == ABRIDGED:
        return Abridged(PlainWire(reader, writer))
    first += await reader.readexactly(3)
    if first in BY_TAG:
        return BY_TAG[first](PlainWire(reader, writer))
    first += await reader.readexactly(4)
    if first[4:] == bytes(4):  # the sequence number of the first full packet
        return Full(PlainWire(reader, writer, first))
    header = first + await reader.readexactly(OBFUSCATED_HEADER - len(first))
    wire = ObfuscatedWire(PlainWire(reader, writer), header)
    if wire.tag not in BY_TAG:
        raise BadPacketError("obfuscation")
    return BY_TAG[wire.tag](wire)
