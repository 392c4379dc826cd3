"""The holidays of a programme"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        # Those that are there already go on as they were: on every day of the year, until their file says otherwise.
        batch_op.add_column(sa.Column("holidays", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("Go back to a backup: nobody is written to on a holiday by accident.")
