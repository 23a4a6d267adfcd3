"""The vault: one data key per tenant, wrapped by the master key; fields are sealed with it.

A sealed value is ``format(1) ‖ algorithm(1) ‖ key version(4) ‖ nonce(12) ‖ ciphertext+tag``,
AES-256-GCM (NIST SP 800-38D). Its location (tenant, table, column, row) and its key's version
are authenticated with it, so that it cannot be opened at another location.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from datetime import datetime
from typing import Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.domain.errors import MasterKeyMissing, MasterKeyWrong, SecretMissing, Tampered
from tenants.domain.model import TenantId
from tenants.domain.ports import Clock, MasterKeyProvider
from tenants.store.keys import WrappedKey
from tenants.store.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

_FORMAT: Final = 1
_AES_256_GCM: Final = 1
_HEADER: Final = struct.Struct(">BBI")
_NONCE: Final = 12
_TAG: Final = 16

AUDIT_KEY: Final = "audit"
INDEX_KEY: Final = "blind_index"
_PLATFORM_KEYS: Final = (AUDIT_KEY, INDEX_KEY)


class Vault:
    """Seals and opens. Keeps no key in memory after a call, except the platform's own two.

    Those (for the audit log and the blind index) are random and wrapped like a tenant's,
    so that they stay valid after a rotation of the master key.
    """

    def __init__(self, keys: MasterKeyProvider, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._platform: dict[str, bytes] = {}

    async def unlock(self, uow: UnitOfWork) -> None:
        """Check the master key against the stored keys; on the first run create all keys.

        Call it in a write transaction, before any other use of the vault.

        Raises:
            MasterKeyMissing: sealed data exists but there is no master key.
            MasterKeyWrong: the master key is not the one that sealed the data.
            Tampered: one of the platform's own keys was deleted or changed.
        """
        needed = await uow.keys.kek_ids()
        if needed:
            await self.check(needed)
        else:
            await self._keys.create()
        for name in _PLATFORM_KEYS:
            self._platform[name] = await self._platform_key(uow, name, first_run=not needed)

    async def check(self, needed: set[str]) -> None:
        """Check that every key of ``needed`` is available. Changes nothing."""
        for key_id in sorted(needed):
            try:
                await self._keys.by_id(key_id)
            except MasterKeyMissing as missing:
                found, _ = await self._keys.current()  # Raises when there is none at all.
                raise MasterKeyWrong(
                    expected=key_id, found=found, where=missing.params["where"]
                ) from None

    async def create_key(self, uow: UnitOfWork, tenant_id: TenantId) -> None:
        """Create a new tenant's data key, in the transaction that creates the tenant."""
        await self._add_key(uow, tenant_id, os.urandom(32))

    async def erase_key(self, uow: UnitOfWork, tenant_id: TenantId) -> None:
        """Delete the tenant's data key: values sealed with it cannot be read any more.

        Copies in the database files are removed by ``Database.forget_deleted``.
        """
        await uow.keys.erase(tenant_id)

    async def seal(
        self,
        uow: UnitOfWork,
        tenant_id: TenantId,
        *,
        table: str,
        column: str,
        row_id: int | str,
        plaintext: bytes | str,
    ) -> bytes:
        """Seal a value for exactly one location.

        Raises:
            SecretMissing: the tenant has no key.
        """
        wrapped = await uow.keys.newest(tenant_id)
        key = await self._data_key(wrapped)
        version = wrapped.version if wrapped else 0
        aad = place(tenant_id, table, column, row_id, version)
        data = plaintext.encode() if isinstance(plaintext, str) else plaintext
        return seal_with(key, version, data, aad)

    async def open(
        self,
        uow: UnitOfWork,
        tenant_id: TenantId,
        *,
        table: str,
        column: str,
        row_id: int | str,
        sealed: bytes,
    ) -> bytes:
        """Open a value that was sealed for this location.

        Raises:
            SecretMissing: the key was erased.
            Tampered: the value was sealed for another location, or was changed.
        """
        try:
            wrapped = await uow.keys.get(tenant_id, key_version(sealed))
        except InvalidTag:
            wrapped = None  # Another format: cannot be opened.
        return await self.open_under(
            wrapped, tenant_id, table=table, column=column, row_id=row_id, sealed=sealed
        )

    async def open_under(
        self,
        wrapped: WrappedKey | None,
        tenant_id: TenantId,
        *,
        table: str,
        column: str,
        row_id: int | str,
        sealed: bytes,
    ) -> bytes:
        """As :meth:`open`, with the tenant's wrapped key of that version already read."""
        try:
            version = key_version(sealed)
            key = await self._data_key(wrapped)
            return open_with(key, sealed, place(tenant_id, table, column, row_id, version))
        except InvalidTag:
            log.error("sealed value tampered with", tenant=tenant_id, table=table, column=column)
            raise Tampered(table=table, column=column) from None

    def blind_index(self, purpose: str, value: str) -> bytes:
        """A keyed fingerprint, to find equal values without decrypting them."""
        key = hmac.digest(self._platform[INDEX_KEY], purpose.encode(), hashlib.sha256)
        return hmac.digest(key, value.encode(), hashlib.sha256)

    def audit_key(self) -> bytes:
        return self._platform[AUDIT_KEY]

    async def rewrap(self, key: WrappedKey) -> WrappedKey:
        """The same data key, wrapped by the current master key.

        Raises:
            Tampered: the wrapped key does not open with the master key it names.
        """
        kek_id, kek = await self._keys.current()
        data_key = await self._data_key(key)
        return WrappedKey(key.owner, key.version, kek_id, _wrap(kek, kek_id, key, data_key))

    async def _platform_key(self, uow: UnitOfWork, name: str, *, first_run: bool) -> bytes:
        stored = await uow.keys.platform(name)
        if stored is not None:
            return await self._data_key(stored)
        if not first_run:
            # Not replaced by a new key: that would allow starting a forged audit log.
            log.error("a key of the platform is gone", key=name)
            raise Tampered(table="platform_keys", column="wrapped")
        fresh = os.urandom(32)
        await self._add_key(uow, name, fresh)
        return fresh

    async def _add_key(self, uow: UnitOfWork, owner: TenantId | str, data_key: bytes) -> None:
        await uow.keys.lock_for_adding()
        kek_id, kek = await self._keys.current()
        unwrapped = WrappedKey(owner, 1, kek_id, b"")
        wrapped = _wrap(kek, kek_id, unwrapped, data_key)
        await uow.keys.add(WrappedKey(owner, 1, kek_id, wrapped), self._now())

    async def _data_key(self, key: WrappedKey | None) -> bytes:
        if key is None:
            raise SecretMissing()
        kek = await self._keys.by_id(key.kek_id)
        nonce, ciphertext = key.wrapped[:_NONCE], key.wrapped[_NONCE:]
        try:
            return AESGCM(kek).decrypt(nonce, ciphertext, _wrapping(key, key.kek_id))
        except (InvalidTag, ValueError):
            log.error("wrapped key tampered with", owner=key.owner)
            raise Tampered(table="keys", column="wrapped") from None

    def _now(self) -> datetime:
        return self._clock.now()


def place(tenant_id: int, table: str, column: str, row_id: int | str, version: int) -> bytes:
    """The location a sealed value is bound to; each part is prefixed with its length."""
    return _joined(tenant_id, table, column, row_id, version)


def seal_with(key: bytes, version: int, plaintext: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    header = _HEADER.pack(_FORMAT, _AES_256_GCM, version)
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + aad)


def open_with(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Raises InvalidTag."""
    header, rest = sealed[: _HEADER.size], sealed[_HEADER.size :]
    return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], header + aad)


def key_version(sealed: bytes) -> int:
    """Version of the tenant's key that sealed it. Raises InvalidTag for another format."""
    if len(sealed) < _HEADER.size + _NONCE + _TAG:
        raise InvalidTag
    form, algorithm, version = _HEADER.unpack_from(sealed)
    if (form, algorithm) != (_FORMAT, _AES_256_GCM):
        raise InvalidTag
    return int(version)


def _wrap(kek: bytes, kek_id: str, key: WrappedKey, data_key: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(kek).encrypt(nonce, data_key, _wrapping(key, kek_id))


def _wrapping(key: WrappedKey, kek_id: str) -> bytes:
    kind = "platform" if isinstance(key.owner, str) else "tenant"
    return _joined(kind, key.owner, key.version, kek_id)


def _joined(*parts: object) -> bytes:
    encoded = [str(part).encode() for part in parts]
    return b"".join(struct.pack(">I", len(part)) + part for part in encoded)
