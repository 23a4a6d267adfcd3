"""Message ids, sequence numbers and memory of a session; envelopes; TL corners."""

from __future__ import annotations

import os
import struct
import time

import pytest
from telethon.errors import TypeNotFoundError
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked

from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import BadEnvelopeError
from sandbox.mtproto.message_crypto import Envelope, open_envelope, seal_envelope
from sandbox.mtproto.session_state import (
    ID_NOT_OF_CLIENT,
    ID_TOO_HIGH,
    ID_TOO_LOW,
    REMEMBERED,
    Stream,
    unpack_container,
)


def message_id(age: float = 0) -> int:
    return int((time.time() - age) * 2**32) & ~3


def test_server_ids_grow_and_tell_their_kind() -> None:
    stream = Stream(1)
    pushes = [stream.outgoing(b"", content=True) for _ in range(50)]
    answers = [stream.outgoing(b"", content=True, answers=number) for number in range(50)]
    ids = [one.message_id for one in pushes + answers]
    assert ids == sorted(set(ids))
    assert {one.message_id % 4 for one in pushes} == {3}
    assert {one.message_id % 4 for one in answers} == {1}


def test_sequence_counts_content_only() -> None:
    stream = Stream(1)
    kinds = (True, False, True, False, False, True)
    assert [stream.outgoing(b"", content=one).sequence for one in kinds] == [1, 2, 3, 4, 4, 5]


@pytest.mark.parametrize(
    ("age", "extra", "code"),
    [
        (0, 0, None),
        (299, 0, None),
        (302, 0, ID_TOO_LOW),
        (-32, 0, ID_TOO_HIGH),
        (0, 1, ID_NOT_OF_CLIENT),
    ],
)
def test_client_ids_are_judged(age: float, extra: int, code: int | None) -> None:
    assert Stream(1).objection(message_id(age) + extra) == code


def test_states_of_messages() -> None:
    stream = Stream(1)
    seen, answered, coming = message_id(2), message_id(1), message_id()
    assert stream.first_sight(seen)
    assert not stream.first_sight(seen)
    stream.first_sight(answered)
    stream.outgoing(b"", content=True, answers=answered)
    assert stream.state_of([seen, answered, coming, message_id(9)]) == bytes([4, 36, 2, 1])


def test_answers_stay_until_acknowledged_and_do_not_pile_up() -> None:
    stream = Stream(1)
    first = stream.outgoing(b"one", content=True, answers=4)
    second = stream.outgoing(b"two", content=True, answers=8)
    stream.acknowledge([first.message_id])
    assert stream.unacknowledged() == [second]
    assert stream.unacknowledged([first.message_id]) == []
    for number in range(REMEMBERED + 50):
        stream.outgoing(b"", content=True, answers=number)
    assert len(stream.unacknowledged()) == REMEMBERED


def test_containers() -> None:
    stream = Stream(1)
    inner = [stream.outgoing(body, content=True) for body in (b"1234", b"12345678")]
    body = stream.container(inner).body
    assert unpack_container(body) == [(one.message_id, one.sequence, one.body) for one in inner]
    assert unpack_container(body[:-4]) is None
    assert unpack_container(body[:4] + struct.pack("<i", 5000) + body[8:]) is None


def test_envelope_of_the_server_is_not_opened_as_a_clients() -> None:
    key = os.urandom(256)
    envelope = Envelope(salt=1, session_id=2, message_id=3, sequence=4, body=b"body")
    packet = seal_envelope(key, 5, envelope)
    with pytest.raises(BadEnvelopeError):
        open_envelope(key, packet)
    with pytest.raises(BadEnvelopeError):
        open_envelope(key, packet[:30])


def test_tl_in_and_out() -> None:
    ping = functions.PingRequest(7)
    assert tl_codec.read(bytes(GzipPacked(bytes(ping)))).ping_id == 7
    assert tl_codec.write(True) == struct.pack("<I", 0x997275B5)
    assert tl_codec.write([types.PeerUser(1)])[:8] == struct.pack("<II", 0x1CB5C415, 1)
    assert tl_codec.method_name(functions.auth.SendCodeRequest("1", 1, "", None)) == "auth.sendCode"
    assert tl_codec.method_name(ping) == "ping"


def test_tl_that_is_none() -> None:
    with pytest.raises(TypeNotFoundError):
        tl_codec.read(b"\x01\x02\x03\x04")
    with pytest.raises(ValueError, match="unreadable"):
        tl_codec.read(bytes(functions.PingRequest(7))[:6])
    bomb = bytes(GzipPacked(bytes(8 * 1024 * 1024)))
    with pytest.raises(ValueError, match="too large"):
        tl_codec.read(bomb)
