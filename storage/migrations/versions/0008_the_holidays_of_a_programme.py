"""The holidays of a programme, and the hours that people choose for themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        # Those that are there already go on as they were: on every day of the year, until their file says otherwise.
        batch_op.add_column(sa.Column("holidays", sa.String(16), nullable=False, server_default=""))
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("own_zone", sa.String(64), nullable=True))
        batch_op.add_column(sa.Column("own_start", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("own_end", sa.Time(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError(
        "Go back to a backup: nobody is written to on a holiday, or outside hours, by accident."
    )
