"""The two paddings under the server's key, and the whole exchange by each."""

from __future__ import annotations

import os
from hashlib import sha1, sha256
from typing import Any

import pytest
from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import functions, types

from sandbox.mtproto.errors import HandshakeError
from sandbox.mtproto.handshake import Handshake
from sandbox.mtproto.server_key import ServerKey
from sandbox.world.logins import Logins


@pytest.fixture(scope="module")
def key() -> ServerKey:
    return ServerKey.generate()


def rsa(key: ServerKey, block: bytes) -> bytes:
    number = pow(int.from_bytes(block, "big"), 65537, key._modulus)
    return number.to_bytes(256, "big")


def old_padding(key: ServerKey, data: bytes) -> bytes:
    return rsa(key, bytes(1) + sha1(data).digest() + data + os.urandom(235 - len(data)))


def new_padding(key: ServerKey, data: bytes) -> bytes:
    """RSA_PAD. https://core.telegram.org/mtproto/auth_key"""
    padded = data + os.urandom(192 - len(data))
    while True:
        one_time = os.urandom(32)
        hashed = padded[::-1] + sha256(one_time + padded).digest()
        sealed = AES.encrypt_ige(hashed, one_time, bytes(32))
        mask = sha256(sealed).digest()
        block = bytes(a ^ b for a, b in zip(one_time, mask, strict=True)) + sealed
        if int.from_bytes(block, "big") < key._modulus:
            return rsa(key, block)


@pytest.mark.parametrize("padding", [old_padding, new_padding])
def test_both_paddings_open(key: ServerKey, padding: Any) -> None:
    data = os.urandom(96)
    assert key.open(padding(key, data))[:96] == data


@pytest.mark.parametrize("size", [256, 255, 0])
def test_nonsense_does_not_open(key: ServerKey, size: int) -> None:
    with pytest.raises(HandshakeError):
        key.open(rsa(key, bytes(1) + os.urandom(255))[:size])


def test_pem_goes_there_and_back(key: ServerKey) -> None:
    again = ServerKey.from_pem(key.private_pem)
    assert again.fingerprint == key.fingerprint
    assert key.public_pem.startswith("-----BEGIN RSA PUBLIC KEY-----")


@pytest.mark.parametrize("padding", [old_padding, new_padding])
def test_whole_exchange(key: ServerKey, padding: Any) -> None:
    logins = Logins()
    shake = Handshake(key, logins, 2)
    offer = shake.answer(functions.ReqPqMultiRequest(7))
    new_nonce = int.from_bytes(os.urandom(32), "little", signed=True)
    inner = types.PQInnerDataDc(
        offer.pq, b"\x49\x4c\x55\x3b", b"\x53\x91\x10\x73", 7, offer.server_nonce, new_nonce, 2
    )
    answer = shake.answer(
        functions.ReqDHParamsRequest(
            7, offer.server_nonce, inner.p, inner.q, key.fingerprint, padding(key, bytes(inner))
        )
    )
    secret = generate_key_data_from_nonce(offer.server_nonce, new_nonce)
    opened = AES.decrypt_ige(answer.encrypted_answer, *secret)
    params = BinaryReader(opened[20:]).tgread_object()
    prime = int.from_bytes(params.dh_prime, "big")
    ours = int.from_bytes(os.urandom(256), "big")
    public = pow(params.g, ours, prime).to_bytes(256, "big")
    client = bytes(types.ClientDHInnerData(7, offer.server_nonce, 0, public))
    hashed = sha1(client).digest() + client
    sealed = AES.encrypt_ige(hashed + bytes(-len(hashed) % 16), *secret)
    done = shake.answer(functions.SetClientDHParamsRequest(7, offer.server_nonce, sealed))
    shared = pow(int.from_bytes(params.g_a, "big"), ours, prime).to_bytes(256, "big")
    auth_key = AuthKey(shared)
    assert done.new_nonce_hash1 == auth_key.calc_new_nonce_hash(new_nonce, 1)
    assert logins.keys[auth_key.key_id].auth_key == shared


def test_steps_out_of_order(key: ServerKey) -> None:
    shake = Handshake(key, Logins(), 2)
    offer = shake.answer(functions.ReqPqMultiRequest(7))
    with pytest.raises(HandshakeError):
        shake.answer(functions.SetClientDHParamsRequest(7, offer.server_nonce, bytes(336)))
    with pytest.raises(HandshakeError):
        shake.answer(functions.SetClientDHParamsRequest(8, offer.server_nonce, bytes(336)))
