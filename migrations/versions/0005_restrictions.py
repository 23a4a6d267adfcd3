"""Restrictions are kept after their bot is deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restrictions",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("throttle", sa.String(length=16), nullable=False),
        sa.Column("rate_limit", sa.Float(), nullable=True),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_restrictions")),
    )
    op.create_index(op.f("ix_restrictions_user_id"), "restrictions", ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_restrictions_user_id"), table_name="restrictions")
    op.drop_table("restrictions")
