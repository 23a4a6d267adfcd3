"""Table of notices to be sent to users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
INDEXED = ("user_id", "tenant_id", "done_at")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger()),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("topic", sa.String(96), nullable=False, server_default=""),
        sa.Column("params", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("error", sa.String(128), nullable=False, server_default=""),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_autoincrement=True,
    )
    for column in INDEXED:
        op.create_index(f"ix_notices_{column}", "notices", [column])
    op.create_index("ix_notices_due", "notices", ["state", "next_at"])


def downgrade() -> None:
    op.drop_table("notices")
