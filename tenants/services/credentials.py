"""Tenants' sealed secrets, by kind."""

from __future__ import annotations

from typing import Final

from tenants.domain.errors import SecretMissing
from tenants.domain.model import BotToken, Secret, TenantId
from tenants.domain.ports import Clock
from tenants.security.vault import Vault, key_version
from tenants.store import Database, UnitOfWork
from tenants.store.keys import WrappedKey

BOT_TOKEN: Final = "bot_token"
WEBHOOK_SECRET: Final = "webhook_secret"


class Credentials:
    """For the runner and the login flow. No interface shows the returned values."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    async def put(self, uow: UnitOfWork, tenant_id: TenantId, kind: str, secret: Secret) -> None:
        """Seal and store, replacing an existing secret. The tenant must have its key."""
        sealed = await self._vault.seal(
            uow,
            tenant_id,
            table="secrets",
            column="sealed",
            row_id=kind,
            plaintext=secret.reveal(),
        )
        version = key_version(sealed)
        await uow.secrets.put(tenant_id, kind, sealed, version, self._clock.now())

    async def get(self, uow: UnitOfWork, tenant_id: TenantId, kind: str) -> Secret | None:
        """The secret, or None when there is none of that kind.

        Raises:
            SecretMissing: the tenant's key was erased.
            Tampered: the row is not the one that was sealed.
        """
        sealed = await uow.secrets.get(tenant_id, kind)
        if sealed is None:
            return None
        plain = await self._vault.open(
            uow, tenant_id, table="secrets", column="sealed", row_id=kind, sealed=sealed
        )
        return Secret(plain.decode())

    async def open(
        self, tenant_id: TenantId, kind: str, sealed: bytes, wrapped: WrappedKey | None
    ) -> Secret:
        """Open a secret whose rows were read in bulk. Raises as :meth:`get`."""
        plain = await self._vault.open_under(
            wrapped, tenant_id, table="secrets", column="sealed", row_id=kind, sealed=sealed
        )
        return Secret(plain.decode())

    async def token(self, tenant_id: TenantId) -> BotToken:
        """The tenant's bot token.

        Raises:
            SecretMissing: there is none, or its key was erased.
            Tampered: the row is not the one that was sealed.
        """
        async with self._db.read() as uow:
            secret = await self.get(uow, tenant_id, BOT_TOKEN)
        if secret is None:
            raise SecretMissing()
        return BotToken.parse(secret.reveal())
