"""The master key sealed by HashiCorp Vault's transit engine; only Vault can open it.

A file holds the key as sealed by Vault (``vault:v1:…``), one per line as in a plain key file.
Vault opens it at start; afterwards the platform runs without Vault until the next start.
A stolen disk reveals no key; Vault controls and logs who may open it.
https://developer.hashicorp.com/vault/api-docs/secret/transit
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from tenants.domain.errors import MasterKeyMissing
from tenants.security.master_keys import KEY_BYTES, FileKeyProvider, MasterKey

T = TypeVar("T")

_SECONDS: Final = 10
_BITS: Final = KEY_BYTES * 8


class TransitKeyProvider(FileKeyProvider):
    """Needs the extra ``vault`` (hvac). Address, token and certificates come from Vault's
    environment variables: VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT.

    Args:
        path: the file with the sealed key.
        engine: ``mount/key``, or the key alone for the usual mount ``transit``.
    """

    about: ClassVar[str] = "controlbot's master key, sealed by Vault. Worth nothing without it."

    def __init__(self, path: Path, engine: str) -> None:
        super().__init__(path)
        mount, _, self._name = engine.strip("/").rpartition("/")
        self._mount = mount or "transit"
        self.where = f"{path}, sealed by Vault's {self._mount}/{self._name}"

    async def _parse(self, lines: list[str]) -> list[MasterKey]:
        if not lines:
            raise MasterKeyMissing(key_id="", where=self.where, why="empty")
        return await asyncio.to_thread(self._ask, lambda vault: self._opened(vault, lines))

    async def _new_line(self) -> str:
        """https://developer.hashicorp.com/vault/api-docs/secret/transit#generate-data-key"""

        def make(vault: Any) -> str:
            # "wrapped": the key itself is then read from the file, as on every later start.
            answer = vault.secrets.transit.generate_data_key(
                name=self._name, key_type="wrapped", bits=_BITS, mount_point=self._mount
            )
            return str(answer["data"]["ciphertext"])

        return await asyncio.to_thread(self._ask, make)

    def _opened(self, vault: Any, lines: list[str]) -> list[MasterKey]:
        """https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data"""
        keys = []
        for line in lines:
            answer = vault.secrets.transit.decrypt_data(
                name=self._name, ciphertext=line, mount_point=self._mount
            )
            key = base64.b64decode(answer["data"]["plaintext"], validate=True)
            if len(key) != KEY_BYTES:
                raise ValueError("a key of the wrong length")
            keys.append(MasterKey.of(key))
        return keys

    def _ask(self, question: Callable[[Any], T]) -> T:
        """Send a request to Vault over a new connection, because requests are rare.

        Raises:
            MasterKeyMissing: no answer, or an answer without a key. Raised without a cause,
                whose text might contain the request.
        """
        try:
            import hvac
            import requests
        except ImportError:
            raise self._failed("hvac") from None
        vault = None
        try:
            vault = hvac.Client(timeout=_SECONDS, allow_redirects=False)
            return question(vault)
        except (hvac.exceptions.VaultError, requests.RequestException, ValueError) as error:
            failed = self._failed("vault", kind=type(error).__name__)
        except (KeyError, TypeError):
            failed = self._failed("vault", kind="no sense")
        finally:
            if vault is not None:
                vault.adapter.close()
        raise failed

    def _failed(self, why: str, **more: str) -> MasterKeyMissing:
        return MasterKeyMissing(key_id="", where=self.where, why=why, **more)
