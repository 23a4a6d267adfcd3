"""Encryption and decryption of messages: MTProto 2.0.

https://core.telegram.org/mtproto/description
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from hashlib import sha256

from telethon.crypto import AES

from sandbox.mtproto.errors import BadEnvelopeError

HEAD = 32
"""Salt, session id, message id, sequence number, length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One decrypted message."""

    salt: int
    session_id: int
    message_id: int
    sequence: int
    body: bytes


def key_id_of(packet: bytes) -> int:
    """The key id of a packet; 0 for none."""
    key_id: int = struct.unpack_from("<Q", packet)[0]
    return key_id


def open_envelope(auth_key: bytes, packet: bytes) -> Envelope:
    """Decrypt a client's packet.

    Raises:
        BadEnvelopeError: its checksum does not match.
    """
    message_key, sealed = packet[8:24], packet[24:]
    if len(sealed) < HEAD or len(sealed) % 16:
        raise BadEnvelopeError("length")
    plain = AES.decrypt_ige(sealed, *_derive(auth_key, message_key, 0))
    if sha256(auth_key[88:120] + plain).digest()[8:24] != message_key:
        raise BadEnvelopeError("message key")
    salt, session_id, message_id, sequence, length = struct.unpack_from("<qqqii", plain)
    if not 0 <= length <= len(plain) - HEAD or length % 4:
        raise BadEnvelopeError("length")
    return Envelope(
        salt=salt,
        session_id=session_id,
        message_id=message_id,
        sequence=sequence,
        body=plain[HEAD : HEAD + length],
    )


def seal_envelope(auth_key: bytes, key_id: int, envelope: Envelope) -> bytes:
    """Encrypt a message of the server."""
    head = struct.pack(
        "<qqqii",
        envelope.salt,
        envelope.session_id,
        envelope.message_id,
        envelope.sequence,
        len(envelope.body),
    )
    plain = head + envelope.body
    plain += os.urandom(-(len(plain) + 12) % 16 + 12)
    message_key = sha256(auth_key[96:128] + plain).digest()[8:24]
    sealed: bytes = AES.encrypt_ige(plain, *_derive(auth_key, message_key, 8))
    return struct.pack("<Q", key_id) + message_key + sealed


def _derive(auth_key: bytes, message_key: bytes, side: int) -> tuple[bytes, bytes]:
    """AES key and IV; ``side`` is 0 for what clients send, 8 for what the server sends."""
    first = sha256(message_key + auth_key[side : side + 36]).digest()
    second = sha256(auth_key[side + 40 : side + 76] + message_key).digest()
    key = first[:8] + second[8:24] + first[24:]
    initial = second[:8] + first[8:24] + second[24:]
    return key, initial
