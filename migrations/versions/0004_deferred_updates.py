"""An index on updates that are deferred because their sender exceeds the rate limit.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_updates_inbox_deferred",
        "updates_inbox",
        ["tenant_id", "chat_key"],
        sqlite_where=sa.text("state = 4"),
        postgresql_where=sa.text("state = 4"),
    )


def downgrade() -> None:
    op.drop_index("ix_updates_inbox_deferred", table_name="updates_inbox")
