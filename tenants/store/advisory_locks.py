"""Keys for PostgreSQL's advisory locks, separate for each purpose.

The locks share one space of 64-bit numbers
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS), in which a
person's id could equal the number of another lock.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum


class Purpose(StrEnum):
    """What the lock protects."""

    MIGRATION = "migration"
    AUDIT_CHAIN = "audit chain"
    OWNER = "owner"
    """Counting one person's bots."""
    KEY_ROTATION = "key rotation"


def lock_key(purpose: Purpose, ident: int | str = "") -> int:
    """A signed 64-bit number, unique to this purpose and identifier."""
    digest = hashlib.sha256(f"controlbot:{purpose}:{ident}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
