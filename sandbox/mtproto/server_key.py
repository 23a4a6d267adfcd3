"""The server's RSA key, which encrypts a client's first secret."""

from __future__ import annotations

import hashlib
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from telethon.crypto import AES
from telethon.tl import TLObject

from sandbox.mtproto.errors import HandshakeError

BLOCK = 256
PADDED_DATA = 192


class ServerKey:
    """A 2048-bit RSA key and Telegram's two ways of padding what is sent under it."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private
        numbers = private.private_numbers()
        self._exponent = numbers.d
        self._modulus = numbers.public_numbers.n
        self.fingerprint = _fingerprint(numbers.public_numbers)

    @classmethod
    def generate(cls) -> ServerKey:
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @classmethod
    def from_pem(cls, pem: str) -> ServerKey:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(key)

    @property
    def private_pem(self) -> str:
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public_pem(self) -> str:
        """PKCS#1, as clients take it: ``BEGIN RSA PUBLIC KEY``."""
        public = self._private.public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
        ).decode()

    def open(self, encrypted: bytes) -> bytes:
        """A client's data, with padding after it.

        Telethon pads the old way (SHA-1 in front), newer clients by RSA_PAD.
        https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication

        Raises:
            HandshakeError: neither padding matches.
        """
        if len(encrypted) != BLOCK:
            raise HandshakeError("the encrypted part is not 256 bytes long")
        number = pow(int.from_bytes(encrypted, "big"), self._exponent, self._modulus)
        block = number.to_bytes(BLOCK, "big")
        return _unpad_new(block) or _unpad_old(block)


def _unpad_new(block: bytes) -> bytes | None:
    """RSA_PAD: a one-time AES key, hidden under the hash of what it encrypts."""
    hidden, sealed = block[:32], block[32:]
    mask = hashlib.sha256(sealed).digest()
    key = bytes(left ^ right for left, right in zip(hidden, mask, strict=True))
    opened = AES.decrypt_ige(sealed, key, bytes(32))
    padded = opened[:PADDED_DATA][::-1]
    fits = hashlib.sha256(key + padded).digest() == opened[PADDED_DATA:]
    return padded if fits else None


def _unpad_old(block: bytes) -> bytes:
    """SHA-1 of the data, the data, random bytes. Only the hash shows where the data ends."""
    expected, rest = block[1:21], block[21:]
    running = hashlib.sha1()  # noqa: S324 - the protocol's
    for end, byte in enumerate(rest, start=1):
        running.update(bytes([byte]))
        if running.digest() == expected:
            return rest[:end]
    raise HandshakeError("the encrypted part does not open")


def _fingerprint(public: rsa.RSAPublicNumbers) -> int:
    """The low 64 bits of SHA-1 over the key's bare TL form."""
    whole = b"".join(
        TLObject.serialize_bytes(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        for number in (public.n, public.e)
    )
    fingerprint: int = struct.unpack("<q", hashlib.sha1(whole).digest()[-8:])[0]  # noqa: S324 - the protocol's
    return fingerprint
