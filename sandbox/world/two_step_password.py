"""Two-step verification: the verifier of a password that the server stores.

https://core.telegram.org/api/srp
"""

from __future__ import annotations

import hashlib
import os

from sandbox.world.login_models import Password

# Telegram's own prime. Clients have it built in; any other they would have to check.
PRIME_BYTES = bytes.fromhex(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f"
    "48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37"
    "20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4"
    "a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754"
    "fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f"
    "0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b"
)
PRIME = int.from_bytes(PRIME_BYTES, "big")
GENERATOR = 3
NUMBER_BYTES = 256
ITERATIONS = 100_000


def make_password(plain: str, hint: str = "") -> Password:
    """Salt a password and compute its verifier ``v = g ** x mod p``. About 0.1 s of CPU."""
    salt1, salt2 = os.urandom(40), os.urandom(16)
    secret = int.from_bytes(_digest(plain.encode(), salt1, salt2), "big")
    verifier = pow(GENERATOR, secret, PRIME).to_bytes(NUMBER_BYTES, "big")
    return Password(salt1=salt1, salt2=salt2, verifier=verifier, hint=hint)


def _digest(plain: bytes, salt1: bytes, salt2: bytes) -> bytes:
    """``PH2`` of Telegram's page: SH(PBKDF2(PH1, salt1), salt2)."""
    first = _salted(_salted(plain, salt1), salt2)
    return _salted(hashlib.pbkdf2_hmac("sha512", first, salt1, ITERATIONS), salt2)


def _salted(data: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(salt + data + salt).digest()
