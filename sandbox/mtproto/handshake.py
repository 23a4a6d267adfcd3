"""The key exchange that creates an authorization key.

https://core.telegram.org/mtproto/auth_key
"""

from __future__ import annotations

import os
import secrets
import time
from hashlib import sha1
from typing import Any

from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import functions, types

from sandbox.mtproto.errors import HandshakeError
from sandbox.mtproto.server_key import ServerKey
from sandbox.world.logins import Logins
from sandbox.world.two_step_password import GENERATOR, NUMBER_BYTES, PRIME, PRIME_BYTES

PQ = 0x17ED48941A08F981.to_bytes(8, "big")
"""A product of two primes for the client to split, its proof of work; Telegram's own example."""

EXPONENT_BITS = 512
"""Enough for a safe prime, and four times faster than a full-length exponent."""


class Handshake:
    """One client's key exchange: three requests, in order."""

    def __init__(self, key: ServerKey, logins: Logins, dc: int) -> None:
        self._key = key
        self._logins = logins
        self._dc = dc
        self._nonce = 0
        self._server_nonce = 0
        self._new_nonce = 0
        self._secret = 0

    def answer(self, request: Any) -> Any:
        """The answer to one unencrypted request.

        Raises:
            HandshakeError: a step is out of order or invalid.
        """
        if isinstance(request, functions.ReqPqMultiRequest | functions.ReqPqRequest):
            return self._offer(request)
        if request.nonce != self._nonce or request.server_nonce != self._server_nonce:
            raise HandshakeError("another handshake's nonce")
        if isinstance(request, functions.ReqDHParamsRequest):
            return self._exchange(request)
        if isinstance(request, functions.SetClientDHParamsRequest):
            return self._finish(request)
        raise HandshakeError("no step of a key exchange")

    def _offer(self, request: Any) -> Any:
        self._nonce = request.nonce
        self._server_nonce = int.from_bytes(os.urandom(16), "little", signed=True)
        return types.ResPQ(self._nonce, self._server_nonce, PQ, [self._key.fingerprint])

    def _exchange(self, request: Any) -> Any:
        inner = _read(self._key.open(request.encrypted_data))
        if not isinstance(inner, types.PQInnerData | types.PQInnerDataDc):
            raise HandshakeError("not the inner data of a lasting key")
        if inner.nonce != self._nonce or inner.server_nonce != self._server_nonce:
            raise HandshakeError("another handshake's inner data")
        self._new_nonce = inner.new_nonce
        self._secret = secrets.randbits(EXPONENT_BITS) | 1 << (EXPONENT_BITS - 1)
        ours = pow(GENERATOR, self._secret, PRIME).to_bytes(NUMBER_BYTES, "big")
        answer = bytes(
            types.ServerDHInnerData(
                self._nonce, self._server_nonce, GENERATOR, PRIME_BYTES, ours, int(time.time())
            )
        )
        hashed = sha1(answer).digest() + answer  # noqa: S324 - the protocol's
        padded = hashed + os.urandom(-len(hashed) % 16)
        sealed = AES.encrypt_ige(padded, *self._temporary())
        return types.ServerDHParamsOk(self._nonce, self._server_nonce, sealed)

    def _finish(self, request: Any) -> Any:
        if not self._secret:
            raise HandshakeError("a step was left out")
        inner = _read(AES.decrypt_ige(request.encrypted_data, *self._temporary())[20:])
        theirs = int.from_bytes(inner.g_b, "big")
        if not 1 < theirs < PRIME - 1:
            raise HandshakeError("a weak number")
        shared = pow(theirs, self._secret, PRIME).to_bytes(NUMBER_BYTES, "big")
        key = AuthKey(shared)
        self._logins.add_key(key.key_id, shared, self._first_salt(), self._dc)
        proof = key.calc_new_nonce_hash(self._new_nonce, 1)
        self._secret = 0
        return types.DhGenOk(self._nonce, self._server_nonce, proof)

    def _temporary(self) -> tuple[bytes, bytes]:
        key, initial = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return key, initial

    def _first_salt(self) -> int:
        """The first 8 bytes of both nonces, exclusive-or."""
        new = self._new_nonce.to_bytes(32, "little", signed=True)[:8]
        server = self._server_nonce.to_bytes(16, "little", signed=True)[:8]
        mixed = bytes(left ^ right for left, right in zip(new, server, strict=True))
        return int.from_bytes(mixed, "little", signed=True)


def _read(data: bytes) -> Any:
    try:
        return BinaryReader(data).tgread_object()
    except Exception as error:
        raise HandshakeError("unreadable inner data") from error
