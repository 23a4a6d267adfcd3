"""Authorises logins, checks consent and selects the API credentials."""

from __future__ import annotations

from typing import Final

import msgspec

from mtproto.accounts.repository import USABLE
from mtproto.client.server_address import ApiCredentials
from tenants.domain.errors import ConsentRequired, StateConflict
from tenants.domain.model import Actor, Secret, TenantId
from tenants.security.authorization import Permission
from tenants.services import Services

API_SECRET: Final = "telegram_api"
"""The kind of the secret that holds a person's own api_id and api_hash."""


class LoginAccess:
    """Authorises logins and selects API credentials."""

    def __init__(self, services: Services, api: ApiCredentials | None) -> None:
        self._services = services
        self._access = services.access
        self._api = api

    async def admit(self, actor: Actor, tenant_id: TenantId) -> None:
        """Raises AccessDenied unless the actor is the tenant's owner, not impersonating."""
        async with self._access.reading(actor, Permission.HOLD_SECRETS, tenant_id):
            pass

    async def admit_new(self, actor: Actor, tenant_id: TenantId) -> None:
        """As :meth:`admit`, before a new login.

        Raises:
            ConsentRequired: the person has not agreed to the current consent text.
            StateConflict: an account is connected already.
        """
        async with self._access.reading(actor, Permission.HOLD_SECRETS, tenant_id) as (uow, _):
            account = await uow.accounts.get(tenant_id)
        if account is not None and account.state in USABLE:
            raise StateConflict(state=account.state)
        if await self._services.people.consent_needed(actor.user_id):
            raise ConsentRequired(version=self._services.limits.consent_version)

    async def credentials(self, tenant_id: TenantId) -> ApiCredentials | None:
        """The person's own API credentials, else the platform's."""
        async with self._services.db.read() as uow:
            own = await self._services.credentials.get(uow, tenant_id, API_SECRET)
        if own is None:
            return self._api
        api_id, api_hash = msgspec.json.decode(own.reveal(), type=tuple[int, str])
        return ApiCredentials(api_id=api_id, api_hash=Secret(api_hash))

    async def brought(self, actor: Actor, tenant_id: TenantId) -> bool:
        """Whether the person uses their own API credentials."""
        async with self._access.reading(actor, Permission.VIEW, tenant_id) as (uow, _):
            return await uow.secrets.get(tenant_id, API_SECRET) is not None

    async def bring_credentials(
        self, actor: Actor, tenant_id: TenantId, own: ApiCredentials | None
    ) -> None:
        """Use the person's own API credentials for their next login; None: the platform's."""
        async with self._access.writing(actor, Permission.HOLD_SECRETS, tenant_id) as (uow, _):
            verb = "bring" if own else "remove"
            await self._services.audit.record(
                uow, actor, f"account:api:{verb}", tenant_id=tenant_id
            )
            if own is None:
                await uow.secrets.delete(tenant_id, API_SECRET)
                return
            plain = msgspec.json.encode((own.api_id, own.api_hash.reveal())).decode()
            await self._services.credentials.put(uow, tenant_id, API_SECRET, Secret(plain))
