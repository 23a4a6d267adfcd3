"""The message layer on the wire, by a client made of bare bytes."""

from __future__ import annotations

import asyncio
import os
import struct
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked

from sandbox.world.logins import Session


class Bare:
    """Seals and opens by the page, and knows nothing else.

    https://core.telegram.org/mtproto/description
    """

    def __init__(self, box: Any, session: Session) -> None:
        self.box = box
        self.session = session
        self.salt = session.salt
        self.session_id = int.from_bytes(os.urandom(7), "little")
        self.sequence = 0
        self.last_id = 0

    async def connect(self) -> None:
        server = self.box.server
        self.reader, self.writer = await asyncio.open_connection(server.host, server.port)
        self.writer.write(b"\xee" * 4)

    def next_id(self) -> int:
        self.last_id = max(self.last_id + 4, int(time.time() * 2**32) & ~3)
        return self.last_id

    def send(self, body: bytes, *, message_id: int | None = None, content: bool = True) -> int:
        message_id = message_id or self.next_id()
        sequence = self.sequence * 2 + content
        self.sequence += content
        head = struct.pack("<qqqii", self.salt, self.session_id, message_id, sequence, len(body))
        plain = head + body
        plain += os.urandom(-(len(plain) + 12) % 16 + 12)
        key = self.session.auth_key
        message_key = sha256(key[88:120] + plain).digest()[8:24]
        sealed = AES.encrypt_ige(plain, *derive(key, message_key, 0))
        packet = struct.pack("<Q", self.session.key_id) + message_key + sealed
        self.writer.write(struct.pack("<I", len(packet)) + packet)
        return message_id

    async def packet(self) -> bytes:
        (length,) = struct.unpack("<I", await self.reader.readexactly(4))
        return await self.reader.readexactly(length)

    async def receive(self) -> list[tuple[int, Any]]:
        """The next packet's messages with their ids."""
        async with asyncio.timeout(20):
            packet = await self.packet()
        key = self.session.auth_key
        plain = AES.decrypt_ige(packet[24:], *derive(key, packet[8:24], 8))
        message_id, _, length = struct.unpack_from("<qii", plain, 16)
        message = BinaryReader(plain[32 : 32 + length]).tgread_object()
        if hasattr(message, "messages"):
            return [(one.msg_id, one.obj) for one in message.messages]
        return [(message_id, message)]

    async def receive_one(self, kind: str) -> tuple[int, Any]:
        """The next message of a kind."""
        while True:
            for message_id, message in await self.receive():
                if type(message).__name__ == kind:
                    return message_id, message


def derive(key: bytes, message_key: bytes, side: int) -> tuple[bytes, bytes]:
    first = sha256(message_key + key[side : side + 36]).digest()
    second = sha256(key[side + 40 : side + 76] + message_key).digest()
    return first[:8] + second[8:24] + first[24:], second[:8] + first[8:24] + second[24:]


@pytest.fixture
async def bare(box: Any) -> AsyncIterator[Bare]:
    key = AuthKey(os.urandom(256))
    session = box.world.logins.add_key(key.key_id, key.key, 77)
    client = Bare(box, session)
    await client.connect()
    yield client
    client.writer.close()


NEAREST = bytes(functions.help.GetNearestDcRequest())


async def test_new_session_is_announced_once(bare: Bare) -> None:
    first = bare.send(NEAREST)
    _, created = await bare.receive_one("NewSessionCreated")
    assert (created.first_msg_id, created.server_salt) == (first, 77)
    _, answer = await bare.receive_one("RpcResult")
    assert answer.req_msg_id == first
    bare.send(NEAREST)
    assert "NewSessionCreated" not in [type(one).__name__ for _, one in await bare.receive()]


async def test_wrong_salt_is_corrected(bare: Bare) -> None:
    bare.salt = 1
    sent = bare.send(NEAREST)
    _, bad = await bare.receive_one("BadServerSalt")
    assert (bad.bad_msg_id, bad.error_code, bad.new_server_salt) == (sent, 48, 77)


@pytest.mark.parametrize(("shift", "code"), [(-400 * 2**32, 16), (100 * 2**32, 17), (1, 18)])
async def test_wrong_message_ids_are_told(bare: Bare, shift: int, code: int) -> None:
    sent = bare.send(NEAREST, message_id=bare.next_id() + shift)
    _, bad = await bare.receive_one("BadMsgNotification")
    assert (bad.bad_msg_id, bad.error_code) == (sent, code)


async def test_even_sequence_of_a_call_is_told(bare: Bare) -> None:
    bare.send(NEAREST, content=False)
    _, bad = await bare.receive_one("BadMsgNotification")
    assert bad.error_code == 35


async def test_broken_container_is_told(bare: Bare) -> None:
    bare.send(struct.pack("<Iiqii", 0x73F1F8DC, 1, bare.next_id(), 1, 4000), content=False)
    _, bad = await bare.receive_one("BadMsgNotification")
    assert bad.error_code == 64


async def test_repeated_request_gets_the_same_answer_and_is_done_once(bare: Bare) -> None:
    sent = bare.send(NEAREST)
    answer_id, _ = await bare.receive_one("RpcResult")
    bare.send(NEAREST, message_id=sent)
    again_id, again = await bare.receive_one("RpcResult")
    assert (again_id, again.req_msg_id) == (answer_id, sent)


async def test_unacknowledged_answer_comes_again_after_a_new_connection(bare: Bare) -> None:
    bare.send(NEAREST)
    answer_id, _ = await bare.receive_one("RpcResult")
    bare.writer.close()
    await bare.connect()
    bare.send(bytes(functions.PingRequest(1)), content=False)
    again_id, _ = await bare.receive_one("RpcResult")
    assert again_id == answer_id
    bare.send(bytes(types.MsgsAck([answer_id])), content=False)
    bare.send(bytes(types.MsgResendReq([answer_id])), content=False)
    _, state = await bare.receive_one("MsgsStateInfo")
    assert len(state.info) == 1


async def test_pings_states_and_salts(bare: Bare) -> None:
    ping = bare.send(bytes(functions.PingRequest(42)), content=False)
    _, pong = await bare.receive_one("Pong")
    assert (pong.msg_id, pong.ping_id) == (ping, 42)
    asked = bare.send(bytes(types.MsgsStateReq([ping, bare.next_id()])), content=False)
    _, state = await bare.receive_one("MsgsStateInfo")
    assert (state.req_msg_id, [ord(one) for one in state.info]) == (asked, [4, 2])
    bare.send(bytes(functions.GetFutureSaltsRequest(3)), content=False)
    _, salts = await bare.receive_one("FutureSalts")
    assert [one.salt for one in salts.salts] == [77]


async def test_zipped_call_and_unknown_constructor(bare: Bare) -> None:
    bare.send(bytes(GzipPacked(NEAREST)))
    _, good = await bare.receive_one("RpcResult")
    assert good.error is None
    bare.send(struct.pack("<I", 0x12345678))
    _, bad = await bare.receive_one("RpcResult")
    assert bad.error.error_message.startswith("INPUT_METHOD_INVALID")
    bare.send(bytes(functions.help.GetSupportRequest()))
    _, missing = await bare.receive_one("RpcResult")
    assert (missing.error.error_code, missing.error.error_message) == (400, "METHOD_INVALID")


async def test_stranger_may_not_call(bare: Bare) -> None:
    bare.send(bytes(functions.updates.GetStateRequest()))
    _, answer = await bare.receive_one("RpcResult")
    assert (answer.error.error_code, answer.error.error_message) == (401, "AUTH_KEY_UNREGISTERED")


async def test_destroyed_key_is_answered_404(bare: Bare) -> None:
    bare.send(bytes(functions.DestroyAuthKeyRequest()))
    await bare.receive_one("DestroyAuthKeyOk")
    bare.send(NEAREST)
    assert struct.unpack("<i", await bare.packet()) == (-404,)


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b" " * 64,
        b"\xee" * 4 + struct.pack("<I", 40) + bytes(40),
        b"\xef\x0a" + os.urandom(40),
        os.urandom(4) + b"\x01" * 100,
        b"\xee",
    ],
)
async def test_noise_ends_that_connection_alone(box: Any, bare: Bare, noise: bytes) -> None:
    reader, writer = await asyncio.open_connection(box.server.host, box.server.port)
    writer.write(noise)
    writer.write_eof()
    async with asyncio.timeout(20):
        await reader.read()
    writer.close()
    bare.send(NEAREST)
    assert await bare.receive_one("RpcResult")
