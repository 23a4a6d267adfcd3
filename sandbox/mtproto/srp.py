"""The server's side of the SRP password check.

https://core.telegram.org/api/srp
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sandbox.world.logins import Password
from sandbox.world.two_step_password import GENERATOR, NUMBER_BYTES, PRIME, PRIME_BYTES

OPEN_CHALLENGES = 1_000
EXPONENT_BITS = 512


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that waits for its proof. ``public`` is ``B``."""

    id: int
    secret: int
    public: int
    password: Password


class Challenges:
    """Open password challenges; each is valid for one answer."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, Challenge] = OrderedDict()

    def ask(self, password: Password) -> Challenge:
        secret = secrets.randbits(EXPONENT_BITS) | 1 << (EXPONENT_BITS - 1)
        verifier = int.from_bytes(password.verifier, "big")
        public = (MULTIPLIER * verifier + pow(GENERATOR, secret, PRIME)) % PRIME
        challenge = Challenge(secrets.randbits(62), secret, public, password)
        self._open[challenge.id] = challenge
        if len(self._open) > OPEN_CHALLENGES:
            self._open.popitem(last=False)
        return challenge

    def check(self, answer: Any, password: Password) -> str | None:
        """The error's name of an ``inputCheckPasswordSRP``, or None when the proof is valid."""
        challenge = self._open.pop(getattr(answer, "srp_id", 0), None)
        if challenge is None or challenge.password != password:
            return "SRP_ID_INVALID"
        theirs = int.from_bytes(answer.A, "big")
        if not 1 < theirs < PRIME - 1:
            return "SRP_PASSWORD_CHANGED"
        fits = hmac.compare_digest(answer.M1, _proof(challenge, theirs))
        return None if fits else "PASSWORD_HASH_INVALID"


def _proof(challenge: Challenge, theirs: int) -> bytes:
    """``M1`` as the client that knows the password computes it."""
    verifier = int.from_bytes(challenge.password.verifier, "big")
    scrambler = int.from_bytes(_hash(number(theirs), number(challenge.public)), "big")
    shared = pow(theirs * pow(verifier, scrambler, PRIME), challenge.secret, PRIME)
    mixed = bytes(
        left ^ right
        for left, right in zip(_hash(PRIME_BYTES), _hash(number(GENERATOR)), strict=True)
    )
    return _hash(
        mixed,
        _hash(challenge.password.salt1),
        _hash(challenge.password.salt2),
        number(theirs),
        number(challenge.public),
        _hash(number(shared)),
    )


def number(value: int) -> bytes:
    """A number as it is hashed: 256 bytes, big-endian."""
    return value.to_bytes(NUMBER_BYTES, "big")


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


MULTIPLIER = int.from_bytes(_hash(PRIME_BYTES, number(GENERATOR)), "big")
"""``k``."""
