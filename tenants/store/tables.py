"""The tables, the same on SQLite and PostgreSQL. Migrations are compared with this file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from tenants.store.column_types import GivenText, Id, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_tenant(**options: Any) -> Column[int]:
    """The tenant a row belongs to; the row is deleted with the tenant."""
    return Column("tenant_id", Id, ForeignKey("tenants.id", ondelete="CASCADE"), **options)


meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

tenants = Table(
    "tenants",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("owner_id", BigInteger, nullable=False, index=True),
    Column("bot_id", BigInteger, nullable=False, unique=True),
    Column("bot_username", String(64), nullable=False),
    Column("bot_name", String(256), nullable=False),
    Column("managed", Boolean, nullable=False),
    Column("verified", Boolean, nullable=False, server_default=false()),
    Column("desired", String(16), nullable=False, index=True),
    Column("desired_reason", Text, nullable=False, server_default=""),
    Column("desired_by", BigInteger),
    Column("desired_until", UtcDateTime, index=True),
    Column("generation", Integer, nullable=False, server_default=text("1")),
    Column("throttle", String(16), nullable=False),
    Column("rate_limit", Float, nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("observed", String(16), nullable=False),
    Column("observed_detail", Text, nullable=False, server_default=""),
    Column("observed_at", UtcDateTime),
    Column("created_by", BigInteger, nullable=False),
    Column("managing_admin", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    sqlite_autoincrement=True,
)

tenant_keys = Table(
    "tenant_keys",
    metadata,
    _of_tenant(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kek_id", String(32), nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

platform_keys = Table(
    "platform_keys",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("kek_id", String(32), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    _of_tenant(primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("key_version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", GivenText(256), nullable=False),
    Column("language", String(8)),
    Column("language_code", GivenText(16)),
    Column("consent_version", String(32)),
    Column("consent_at", UtcDateTime),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(16), nullable=False),
    Column("granted_by", BigInteger, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    _of_tenant(primary_key=True),
    Column("account_user_id", BigInteger, nullable=False, index=True),
    Column("display_name", String(256), nullable=False),
    Column("username", String(64), nullable=False, server_default=""),
    Column("phone_index", LargeBinary, index=True),
    Column("phone_sealed", LargeBinary),
    Column("state", String(24), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("session_sealed", LargeBinary),
    Column("update_state", Text, nullable=False, server_default=""),
    Column("not_before", UtcDateTime),
    Column("connected_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
)

logins = Table(
    "logins",
    metadata,
    _of_tenant(primary_key=True),
    Column("actor_id", BigInteger, nullable=False),
    Column("method", String(8), nullable=False),
    Column("step", String(24), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("deadline", UtcDateTime, nullable=False, index=True),
    Column("not_before", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# No foreign key here and in usage_hourly: rows of many tenants share one statement, and a
# tenant erased meanwhile must not fail the others' rows. Erasure deletes both explicitly.
updates_inbox = Table(
    "updates_inbox",
    metadata,
    Column("tenant_id", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_key", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("received_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("error", Text),
    Column("payload", LargeBinary),
    sqlite_with_rowid=False,
)
Index(
    "ix_updates_inbox_pending",
    updates_inbox.c.tenant_id,
    updates_inbox.c.update_id,
    sqlite_where=updates_inbox.c.state != 1,
    postgresql_where=updates_inbox.c.state != 1,
)
Index(
    "ix_updates_inbox_deferred",
    updates_inbox.c.tenant_id,
    updates_inbox.c.chat_key,
    sqlite_where=updates_inbox.c.state == 4,
    postgresql_where=updates_inbox.c.state == 4,
)
Index(
    "ix_updates_inbox_done",
    updates_inbox.c.done_at,
    sqlite_where=updates_inbox.c.done_at.is_not(None),
    postgresql_where=updates_inbox.c.done_at.is_not(None),
)

# No foreign key: a row is about an erased bot. It stays as long as the restriction applies.
restrictions = Table(
    "restrictions",
    metadata,
    Column("tenant_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("suspended", Boolean, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("until", UtcDateTime),
    Column("throttle", String(16), nullable=False),
    Column("rate_limit", Float),
    Column("concurrency", Integer),
    Column("created_at", UtcDateTime, nullable=False),
)

fsm = Table(
    "fsm",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("tenant_id", Id, ForeignKey("tenants.id", ondelete="CASCADE"), index=True),
    Column("user_id", BigInteger, index=True),
    Column("state", String(255)),
    Column("data", Text, nullable=False, server_default="{}"),
    Column("updated_at", UtcDateTime, nullable=False),
)

tenant_features = Table(
    "tenant_features",
    metadata,
    _of_tenant(primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("options", Text, nullable=False, server_default="{}"),
    Column("updated_at", UtcDateTime, nullable=False),
)

relays = Table(
    "relays",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    _of_tenant(nullable=False),
    Column("owner_chat_id", BigInteger, nullable=False),
    Column("owner_message_id", BigInteger, nullable=False),
    Column("audience_chat_id", BigInteger, nullable=False),
    Column("audience_message_id", BigInteger, nullable=False),
    Column("incoming", Boolean, nullable=False),
    Column("topic_id", BigInteger),
    Column("headed", Boolean, nullable=False, server_default=false()),
    Column("album", String(64), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("tenant_id", "owner_chat_id", "owner_message_id", name="uq_relays_owner"),
    Index("ix_relays_audience", "tenant_id", "audience_chat_id", "audience_message_id"),
    sqlite_autoincrement=True,
)

audience = Table(
    "audience",
    metadata,
    _of_tenant(primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", GivenText(256), nullable=False),
    Column("username", GivenText(64), nullable=False, server_default=""),
    Column("language_code", GivenText(16), nullable=False, server_default=""),
    Column("blocked", Boolean, nullable=False, server_default=false()),
    Column("banned", Boolean, nullable=False, server_default=false()),
    Column("messages", Integer, nullable=False, server_default=text("0")),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
)

usage_hourly = Table(
    "usage_hourly",
    metadata,
    Column("tenant_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", UtcDateTime, primary_key=True),
    Column("metric", String(32), primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

impersonations = Table(
    "impersonations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("admin_id", BigInteger, nullable=False, index=True),
    _of_tenant(nullable=False, index=True),
    Column("subject_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("may_write", Boolean, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    sqlite_autoincrement=True,
)

nonces = Table(
    "nonces",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("object_ref", String(128), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Id, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", BigInteger, index=True),
    Column("actor_role", String(16), nullable=False),
    Column("subject_id", BigInteger),
    Column("impersonation_id", BigInteger),
    Column("tenant_id", BigInteger, index=True),
    Column("action", String(64), nullable=False),
    Column("details", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("user_id", BigInteger, nullable=False, index=True),
    # No foreign key: the notice of a bot's erasure is sent after its row was deleted.
    Column("tenant_id", BigInteger, index=True),
    Column("kind", String(48), nullable=False),
    Column("topic", String(96), nullable=False, server_default=""),
    Column("params", Text, nullable=False, server_default="{}"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", UtcDateTime, nullable=False),
    Column("error", String(128), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime, index=True),
    Index("ix_notices_due", "state", "next_at"),
    sqlite_autoincrement=True,
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(128), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", Float(53), nullable=False),
)
