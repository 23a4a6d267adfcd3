"""The MTProto server that accounts are on, and the API credentials used there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from telethon.crypto import rsa

from tenants.domain.model import Secret

TELEGRAM: Final = "telegram"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A server other than Telegram's: its address and its public key."""

    ip: str
    port: int
    dc: int = 2
    public_key_pem: str

    @classmethod
    def parse(cls, address: str, *, public_key_pem: str, dc: int = 2) -> Self:
        """Read ``ip:port`` (IPv6 in brackets).

        Raises:
            ValueError: the address is not an IP literal with a port (Telethon's session takes
                no host names), or the key is not an RSA public key in PEM.
        """
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", address.strip())
        if match is None or not 0 < int(match[3]) < 65536:
            raise ValueError("expected ip:port, for example 127.0.0.1:8443 or [::1]:8443")
        ip = ipaddress.ip_address(match[1] or match[2])
        return cls(ip=str(ip), port=int(match[3]), dc=dc, public_key_pem=_pkcs1(public_key_pem))

    @property
    def identity(self) -> str:
        """Identifies the server by its key: a session is valid only where it was made."""
        return sha256(self.public_key_pem.encode()).hexdigest()[:16]

    @property
    def ipv6(self) -> bool:
        return ":" in self.ip

    def trust(self) -> None:
        """Make Telethon accept this server's key.

        Its keys are global to the process, but looked up by fingerprint: an added key does
        not weaken the check of other servers.
        """
        rsa.add_key(self.public_key_pem, old=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCredentials:
    """An application's id and hash. https://my.telegram.org, "API development tools"."""

    api_id: int
    api_hash: Secret


def _pkcs1(pem: str) -> str:
    """The key in Telethon's format; accepts PKCS#1 and SubjectPublicKeyInfo."""
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError:
        raise ValueError("the server's public key is not a PEM file") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the server's public key is not an RSA key")
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
