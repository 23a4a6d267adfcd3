"""All rows of a person or a tenant, without secrets, for the export."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Table, select, tuple_

from tenants.domain.model import TenantId, UserId
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
    "restrictions": tables.restrictions,
    "notices": tables.notices,
}
NOT_EXPORTED: Final[dict[str, str]] = {
    "tenant_keys": "wrapped keys: secrets",
    "secrets": "sealed tokens and credentials: secrets",
}
"""Tables with rows of a tenant or person that are not exported, and why."""
_JSON: Final = frozenset({"options", "details", "data", "params", "update_state", "payload"})
Row = dict[str, Any]
Key = tuple[Any, ...]
_DONE: Final = 1
"""InboxState.DONE."""
_SECRET: Final = frozenset({"nonce"})


PAGE: Final = 200
"""Rows per page: with payloads of a few kilobytes a page is well under a megabyte."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that belong to a tenant or a person, in the order of their keys."""

    heading: str
    table: Table
    which: ColumnElement[bool]


def parts_of_tenant(tenant_id: TenantId) -> list[Part]:
    """Handled updates are left out: their payload is not stored."""
    parts = []
    for heading, table in OF_TENANT.items():
        which = (table.c.id if table is tables.tenants else table.c.tenant_id) == tenant_id
        if table is tables.updates_inbox:
            which &= table.c.state != _DONE
        parts.append(Part(heading, table, which))
    return parts


def parts_of_person(user_id: UserId) -> list[Part]:
    """Rows that belong to no tenant, and the person's own actions."""
    parts = []
    for heading, table in OF_PERSON.items():
        which = table.c.user_id == user_id
        if table is tables.fsm:
            which &= table.c.tenant_id.is_(None)
        parts.append(Part(heading, table, which))
    entries = tables.audit
    which = (entries.c.actor_id == user_id) & entries.c.tenant_id.is_(None)
    return [*parts, Part("record", entries, which)]


class ExportRepository(Repository):
    """Sealed, wrapped and other binary columns are left out, except messages' content."""

    async def page(self, part: Part, after: Key | None) -> tuple[list[Row], Key | None]:
        """The rows after a key, and the key to continue after; None: no more rows."""
        keys = list(part.table.primary_key.columns)
        query = select(part.table).where(part.which).order_by(*keys).limit(PAGE)
        if after is not None:
            query = query.where(tuple_(*keys) > tuple_(*after))
        found = (await self._connection.execute(query)).mappings().all()
        told = [column.key for column in part.table.c if _is_told(column)]
        rows = [{key: _plain(key, row[key]) for key in told} for row in found]
        if len(found) < PAGE:
            return rows, None
        return rows, tuple(found[-1][key.key] for key in keys)


def _is_told(column: ColumnElement[Any]) -> bool:
    if column.key in _SECRET:
        return False
    return column.key == "payload" or not isinstance(column.type, LargeBinary)


def _plain(key: str, value: Any) -> Any:
    """Values stored as JSON are exported as JSON."""
    if key not in _JSON or not value:
        return value
    return json.loads(value)
