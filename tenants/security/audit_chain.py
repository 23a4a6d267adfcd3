"""The audit log: who did what, on whose behalf, to which tenant, in an HMAC chain.

An entry's code (HMAC-SHA-256, RFC 2104) covers the entry and the code before it; the head
(last sequence number and code) is stored separately with its own code. So edited, deleted and
truncated entries are detected. Whoever can write to the database and has the master key can
forge all of it: against that, store :meth:`Audit.head` elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

import structlog

from tenants.domain.errors import AuditBroken, AuditUnavailable
from tenants.domain.model import Actor, Secret, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.security.log_redaction import redact
from tenants.security.vault import Vault
from tenants.store.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

SYSTEM: Final = "system"
_START: Final = b"\0" * 32
_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain; can be stored elsewhere as an anchor."""

    sequence: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.sequence}:{self.mac.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``<sequence>:<hex>``. Raises ValueError."""
        sequence, _, mac = text.strip().partition(":")
        return cls(sequence=int(sequence), mac=bytes.fromhex(mac))


class Audit:
    """Writes the chain and checks it."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def record(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        action: str,
        *,
        tenant_id: TenantId | None = None,
        subject_id: UserId | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Add an entry, in the transaction of the action and before it. Returns its sequence.

        Args:
            actor: None when the platform acts by itself.
            action: ``subject:object:action``, for example ``tenant:bot:suspend``.
            subject_id: the affected person; by default on whose behalf the actor acts.

        Raises:
            AuditUnavailable: the entry could not be written. Do not catch it: the action must
                not be done without its entry.
        """
        effective = subject_id if subject_id is not None else actor and actor.subject_id
        row: dict[str, Any] = {
            "at": self._clock.now(),
            "actor_id": actor and actor.user_id,
            "actor_role": actor.role.value if actor else SYSTEM,
            "subject_id": effective,
            "impersonation_id": actor and actor.impersonation_id,
            "tenant_id": tenant_id,
            "action": action,
            "details": _written(details or {}),
        }

        def write(stored: str | None) -> tuple[dict[str, Any], str]:
            last = self._opened(stored) or Head(sequence=0, mac=_START)
            row["sequence"] = last.sequence + 1
            row["mac"] = self._mac(last.mac, row)
            return row, self._sealed(Head(sequence=row["sequence"], mac=row["mac"]))

        try:
            await uow.audit.append(write)
        except AuditUnavailable:
            log.exception("audit entry not written", action=action)
            raise
        return int(row["sequence"])

    async def head(self, uow: UnitOfWork) -> Head:
        """The end of the chain as stored.

        Raises:
            AuditBroken: the stored head was changed or deleted.
        """
        return self._opened(await uow.audit.head()) or Head(sequence=0, mac=_START)

    async def verify(
        self,
        uow: UnitOfWork,
        *,
        anchor: Head | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Head:
        """Verify the complete chain. Returns its head.

        Args:
            anchor: a head stored elsewhere, which must be part of the chain.

        Raises:
            AuditBroken: ``sequence`` is the first entry that is wrong or missing, ``why`` one
                of edited, missing, truncated, head, anchor.
        """
        total = await uow.audit.count()
        at = Head(sequence=0, mac=_START)
        async for row in uow.audit.in_order():
            if row["sequence"] != at.sequence + 1:
                raise AuditBroken(sequence=at.sequence + 1, why="missing")
            at = Head(sequence=row["sequence"], mac=self._mac(at.mac, row))
            if not hmac.compare_digest(at.mac, row["mac"]):
                raise AuditBroken(sequence=at.sequence, why="edited")
            if anchor and anchor.sequence == at.sequence and anchor.mac != at.mac:
                raise AuditBroken(sequence=at.sequence, why="anchor")
            if progress and at.sequence % _EVERY == 0:
                progress(at.sequence, total)
        await self._check_end(uow, at, anchor)
        if progress:
            progress(at.sequence, total)
        return at

    async def _check_end(self, uow: UnitOfWork, at: Head, anchor: Head | None) -> None:
        head = self._opened(await uow.audit.head())
        if head is None and at.sequence:
            raise AuditBroken(sequence=at.sequence, why="head")
        promised = max(head.sequence if head else 0, anchor.sequence if anchor else 0)
        if promised > at.sequence:
            raise AuditBroken(sequence=at.sequence + 1, why="truncated")
        if head is not None and head != at:
            raise AuditBroken(sequence=head.sequence + 1, why="head")

    def _mac(self, before: bytes, row: Mapping[str, Any]) -> bytes:
        at: datetime = row["at"]
        fields = [
            row["sequence"],
            at.astimezone(UTC).isoformat(timespec="microseconds"),
            row["actor_id"],
            row["actor_role"],
            row["subject_id"],
            row["impersonation_id"],
            row["tenant_id"],
            row["action"],
            row["details"],
        ]
        canonical = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()
        return self._digest(b"row\0" + before + canonical)

    def _sealed(self, head: Head) -> str:
        return f"{head}:{self._digest(b'head' + bytes(1) + str(head).encode()).hex()}"

    def _opened(self, stored: str | None) -> Head | None:
        if stored is None:
            return None
        text, _, _ = stored.rpartition(":")
        try:
            head = Head.parse(text)
        except ValueError:
            raise AuditBroken(sequence=0, why="head") from None
        if not hmac.compare_digest(self._sealed(head).encode(), stored.encode()):
            raise AuditBroken(sequence=head.sequence, why="head")
        return head

    def _digest(self, data: bytes) -> bytes:
        return hmac.digest(self._vault.audit_key(), data, hashlib.sha256)


def _written(details: Mapping[str, Any]) -> str:
    """Details as JSON. Raises for a value that looks like a secret."""
    if any(isinstance(value, Secret) for value in details.values()):
        raise TypeError("a secret in audit details")
    shown = {
        key: redact(value) if isinstance(value, str) else value for key, value in details.items()
    }
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str)
