"""Everything a person or a tenant has here, as plain rows without secrets."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Table, select

from tenants.model import TenantId, UserId
from tenants.store import tables
from tenants.store.repository import Repository

OF_TENANT: Final[dict[str, Table]] = {
    "bot": tables.tenants,
    "account": tables.accounts,
    "login under way": tables.logins,
    "features": tables.tenant_features,
    "audience": tables.audience,
    "messages linked": tables.relays,
    "updates": tables.updates_inbox,
    "conversations": tables.fsm,
    "usage by hour": tables.usage_hourly,
    "looks by the team": tables.impersonations,
    "record": tables.audit,
}
OF_PERSON: Final[dict[str, Table]] = {
    "person": tables.people,
    "role": tables.roles,
    "windows": tables.fsm,
    "buttons armed": tables.nonces,
    "notices": tables.notices,
}
NOT_EXPORTED: Final[dict[str, str]] = {
    "tenant_keys": "wrapped keys: secrets",
    "secrets": "sealed tokens and credentials: secrets",
}
"""Tables with rows of a tenant or person that stay here, and why."""
_JSON: Final = frozenset({"options", "details", "data", "params", "update_state", "payload"})
_SECRET: Final = frozenset({"nonce"})


class ExportRepository(Repository):
    """Sealed, wrapped and other binary columns are left out, but for a message's own words."""

    async def tenant(self, tenant_id: TenantId) -> dict[str, list[dict[str, Any]]]:
        """All rows of a tenant, by a heading."""
        found = {}
        for heading, table in OF_TENANT.items():
            key = table.c.id if table is tables.tenants else table.c.tenant_id
            found[heading] = await self._rows(table, key == tenant_id)
        return found

    async def person(self, user_id: UserId) -> dict[str, list[dict[str, Any]]]:
        """All rows of a person that hang on no tenant, by a heading, and their own deeds."""
        found = {}
        for heading, table in OF_PERSON.items():
            mine = table.c.user_id == user_id
            if table is tables.fsm:
                mine &= table.c.tenant_id.is_(None)
            found[heading] = await self._rows(table, mine)
        deeds = tables.audit
        found["record"] = await self._rows(
            deeds, (deeds.c.actor_id == user_id) & deeds.c.tenant_id.is_(None)
        )
        return found

    async def _rows(self, table: Table, which: ColumnElement[bool]) -> list[dict[str, Any]]:
        columns = [column for column in table.c if _is_told(column)]
        keys = list(table.primary_key.columns)
        rows = await self._connection.execute(select(*columns).where(which).order_by(*keys))
        return [{key: _plain(key, value) for key, value in row.items()} for row in rows.mappings()]


def _is_told(column: ColumnElement[Any]) -> bool:
    if column.key in _SECRET:
        return False
    return column.key == "payload" or not isinstance(column.type, LargeBinary)


def _plain(key: str, value: Any) -> Any:
    """What was stored as JSON is JSON in the export."""
    if key not in _JSON or not value:
        return value
    return json.loads(value)
