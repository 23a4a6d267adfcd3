"""Message links store the visitor's topic, the header's message, and a pending album."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("relays") as table:
        table.add_column(sa.Column("topic_id", sa.BigInteger(), nullable=True))
        table.add_column(
            sa.Column("headed", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(
            sa.Column("album", sa.String(length=64), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("relays") as table:
        table.drop_column("album")
        table.drop_column("headed")
        table.drop_column("topic_id")
