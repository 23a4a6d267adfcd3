"""Logging a person's own account in: one flow for QR, phone and re-login."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mtproto.steps import LoginMethod, Step
from tenants.model import Actor, Secret, TenantId

Watcher = Callable[[Step], Awaitable[None]]
Listener = Callable[[TenantId, Step], Awaitable[None]]
"""Called with every step a login takes by itself, of whichever tenant."""


class Logins:
    """The logins in progress, one a tenant; each survives a restart of the process.

    Every method checks that the actor may connect an account to that tenant (its owner,
    never somebody who impersonates) and raises AccessDenied otherwise.
    """

    async def begin(self, actor: Actor, tenant_id: TenantId, method: LoginMethod | str) -> Step:
        """Start over by ``method``; an unfinished login is cancelled first.

        Returns ShowQr, NeedPhone or Failed.

        Raises:
            ConsentRequired: the person has not agreed to the words in force.
            StateConflict: an account is connected already (``state="connected"``).
        """
        raise NotImplementedError

    async def current(self, actor: Actor, tenant_id: TenantId) -> Step | None:
        """The step the login stands at, or None when none is in progress."""
        raise NotImplementedError

    async def submit_phone(self, actor: Actor, tenant_id: TenantId, phone: Secret) -> Step:
        raise NotImplementedError

    async def submit_code(self, actor: Actor, tenant_id: TenantId, code: Secret) -> Step:
        raise NotImplementedError

    async def resend_code(self, actor: Actor, tenant_id: TenantId) -> Step:
        """Send the code again, by the next way Telegram offers."""
        raise NotImplementedError

    async def code_exposed(self, actor: Actor, tenant_id: TenantId) -> Step:
        """The person typed or forwarded the code as a message: Telegram has invalidated it.

        Returns NeedCode with the problem CODE_EXPOSED; offer :meth:`resend_code` or QR.
        """
        raise NotImplementedError

    async def submit_password(self, actor: Actor, tenant_id: TenantId, password: Secret) -> Step:
        raise NotImplementedError

    async def cancel(self, actor: Actor, tenant_id: TenantId) -> None:
        """Give the login up: its code is cancelled with Telegram and its row erased."""
        raise NotImplementedError

    def watch(self, tenant_id: TenantId, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` with each step this login takes by itself (a new QR code, a scan,
        its time running out). Returns the way to stop."""
        raise NotImplementedError

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Like :meth:`watch`, for the logins of all tenants (also those resumed at start)."""
        raise NotImplementedError
