"""Names for PostgreSQL's advisory locks: a key space for each purpose.

They share one space of 64-bit numbers
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS), in which a
person's id could meet the number of something else.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum


class Purpose(StrEnum):
    """What is locked."""

    MIGRATION = "migration"
    AUDIT_CHAIN = "audit chain"
    OWNER = "owner"
    """One person's bots are counted."""
    KEY_ROTATION = "key rotation"


def lock_key(purpose: Purpose, ident: int | str = "") -> int:
    """A signed 64-bit number that only this purpose and identifier have."""
    digest = hashlib.sha256(f"controlbot:{purpose}:{ident}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
