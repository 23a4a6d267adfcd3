"""Logins without MTProto: each step leads to the next, and is remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mtproto.login.steps import (
    Account,
    Delivery,
    Done,
    NeedCode,
    NeedPassword,
    NeedPhone,
    ShowQr,
    Step,
)
from tenants.domain.model import TenantId, UserId


class ScriptedLogins:
    """Stands in for :class:`mtproto.login.service.Logins`."""

    def __init__(self) -> None:
        self.steps: dict[TenantId, Step] = {}
        """The last step of each tenant's login."""

    async def begin(self, _actor: Any, tenant_id: TenantId, method: str) -> Step:
        if method == "phone":
            return self._goes_to(tenant_id, NeedPhone())
        expires = datetime.now(UTC) + timedelta(seconds=30)
        return self._goes_to(tenant_id, ShowQr(url="tg://login?token=AAAA", expires_at=expires))

    async def submit_phone(self, _actor: Any, tenant_id: TenantId, *_more: Any) -> Step:
        return self._goes_to(
            tenant_id,
            NeedCode(
                phone_masked="+44…60", length=5, delivered_by=Delivery.APP, next_by=None,
                resend_at=None,
            ),
        )  # fmt: skip

    async def submit_code(self, _actor: Any, tenant_id: TenantId, _code: Any) -> Step:
        return self._goes_to(tenant_id, NeedPassword(hint="the usual"))

    async def submit_password(self, _actor: Any, tenant_id: TenantId, _password: Any) -> Step:
        return self._goes_to(tenant_id, Done(account=Account(user_id=UserId(9), name="Ada")))

    async def current(self, _actor: Any, tenant_id: TenantId) -> Step | None:
        return self.steps.get(tenant_id)

    async def cancel(self, _actor: Any, tenant_id: TenantId) -> None:
        self.steps.pop(tenant_id, None)

    async def brought_credentials(self, _actor: Any, _tenant_id: TenantId) -> bool:
        return True

    def listen(self, _listener: Any) -> Callable[[], None]:
        return lambda: None

    def _goes_to(self, tenant_id: TenantId, step: Step) -> Step:
        self.steps[tenant_id] = step
        return step
