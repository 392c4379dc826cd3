"""The hours in which people of a programme are written to"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        # Those that are there already keep the hours that people were given without being asked.
        batch_op.add_column(sa.Column("hours_start", sa.Time(), nullable=False, server_default="09:00:00"))
        batch_op.add_column(sa.Column("hours_end", sa.Time(), nullable=False, server_default="20:00:00"))


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: nobody is written to at night by accident.")
